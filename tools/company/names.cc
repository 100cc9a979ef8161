#include "tools/company/names.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace salesops::company {
namespace {

template <typename T, size_t N>
const T& OneOf(Random& random, const std::array<T, N>& choices) {
  return choices[random.Below(N)];
}

struct Syllable {
  const char* chinese;
  const char* english;
};

constexpr std::array<const char*, 30> kSurnames = {
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡",
    "郭", "何", "林", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "邓", "冯", "韩", "曹"};
constexpr std::array<const char*, 30> kGivenNames = {
    "伟",   "芳",   "娜",   "敏",   "静",   "磊",   "洋",   "勇",   "艳",   "杰",
    "建华", "秀英", "志强", "文博", "雨桐", "子涵", "思远", "晓明", "佳怡", "浩然",
    "梓萱", "明哲", "欣妍", "俊杰", "海燕", "国栋", "丽娟", "宇航", "婷婷", "鹏飞"};

constexpr std::array<Syllable, 24> kFirst = {
    {{"华", "Hua"},  {"中", "Zhong"}, {"远", "Yuan"},  {"恒", "Heng"}, {"瑞", "Rui"},
     {"天", "Tian"}, {"金", "Jin"},   {"东", "Dong"},  {"海", "Hai"},  {"新", "Xin"},
     {"鑫", "Xin"},  {"国", "Guo"},   {"宏", "Hong"},  {"嘉", "Jia"},  {"博", "Bo"},
     {"安", "An"},   {"盛", "Sheng"}, {"长", "Chang"}, {"联", "Lian"}, {"正", "Zheng"},
     {"启", "Qi"},   {"凯", "Kai"},   {"佳", "Jia"},   {"广", "Guang"}}};
constexpr std::array<Syllable, 24> kSecond = {
    {{"达", "da"},   {"泰", "tai"},   {"丰", "feng"},  {"信", "xin"},  {"源", "yuan"},
     {"通", "tong"}, {"成", "cheng"}, {"兴", "xing"},  {"隆", "long"}, {"创", "chuang"},
     {"辉", "hui"},  {"诚", "cheng"}, {"和", "he"},    {"业", "ye"},   {"腾", "teng"},
     {"智", "zhi"},  {"科", "ke"},    {"远", "yuan"},  {"利", "li"},   {"康", "kang"},
     {"宇", "yu"},   {"铭", "ming"},  {"晟", "sheng"}, {"航", "hang"}}};

struct Trade {
  const char* industry;
  const char* chinese;
  const char* english;
};
constexpr std::array<Trade, 12> kTrades = {{{"汽车零部件", "汽车部件", "Auto Parts"},
                                            {"电子制造", "电子", "Electronics"},
                                            {"机械设备", "精密机械", "Precision Machinery"},
                                            {"医药", "药业", "Pharmaceuticals"},
                                            {"软件", "软件", "Software"},
                                            {"零售", "商贸", "Trading"},
                                            {"物流", "物流", "Logistics"},
                                            {"新能源", "新能源", "New Energy"},
                                            {"食品", "食品", "Foods"},
                                            {"化工", "化工", "Chemicals"},
                                            {"建筑工程", "建设", "Construction"},
                                            {"教育", "教育科技", "Education Technology"}}};

constexpr std::array<std::array<const char*, 4>, 4> kProvinces = {
    {{"上海", "江苏", "浙江", "山东"},
     {"广东", "福建", "广西", "海南"},
     {"北京", "天津", "河北", "辽宁"},
     {"四川", "重庆", "陕西", "湖北"}}};

struct ForeignPlace {
  const char* country;
  const char* region;
};
constexpr std::array<ForeignPlace, 6> kAbroad = {{{"Singapore", "Singapore"},
                                                  {"Germany", "Bavaria"},
                                                  {"Japan", "Tokyo"},
                                                  {"Viet Nam", "Ho Chi Minh City"},
                                                  {"United States", "California"},
                                                  {"Thailand", "Bangkok"}}};

}  // namespace

std::string PersonName(Random& random) {
  const char* surname = OneOf(random, kSurnames);
  return absl::StrCat(surname, OneOf(random, kGivenNames));
}

CompanyName InventCompany(Random& random) {
  const Syllable first = OneOf(random, kFirst);
  const Syllable second = OneOf(random, kSecond);
  const Trade trade = OneOf(random, kTrades);
  CompanyName name;
  name.chinese = absl::StrCat(first.chinese, second.chinese, trade.chinese, "有限公司");
  name.english = absl::StrCat(first.english, second.english, " ", trade.english, " Co., Ltd.");
  name.domain = absl::AsciiStrToLower(absl::StrCat(first.english, second.english));
  name.industry = trade.industry;
  return name;
}

// Key accounts (the department after the four regional ones) are anywhere in China.
Place PlaceInChina(Random& random, int department) {
  const int part = department < 4 ? department : random.Below(4);
  return {"中国", OneOf(random, kProvinces[part])};
}

Place PlaceAbroad(Random& random) {
  const ForeignPlace place = OneOf(random, kAbroad);
  return {place.country, place.region};
}

}  // namespace salesops::company
