#include "services/performance/domain/incentives/sold_lines.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using testing::ElementsAre;
using testing::IsEmpty;

struct Given {
  size_t group;
  const char* fact;
  const char* line;
  int value;
  bool overlay = false;
};

// "0 t1/1 100": group, fact, line and value.
std::vector<std::string> Shown(const std::vector<Given>& given) {
  std::vector<Credit> credits(given.size());
  std::vector<GroupCredit> of_groups;
  for (size_t i = 0; i < given.size(); ++i) {
    credits[i].fact = given[i].fact;
    credits[i].line = given[i].line;
    credits[i].overlay = given[i].overlay;
    of_groups.push_back({given[i].group, &credits[i], Decimal::FromInt(given[i].value)});
  }
  std::vector<std::string> shown;
  for (const GroupLine& line : SoldLinesOf(credits, of_groups)) {
    shown.push_back(absl::StrCat(line.group, " ", line.credit->fact, "/", line.credit->line, " ",
                                 line.value.ToString()));
  }
  return shown;
}

TEST(SoldLinesOf, CreditsOfALineAddUpByGroup) {
  EXPECT_THAT(Shown({{1, "t1", "1", 30}, {0, "t2", "1", 5}, {1, "t1", "1", 70}, {1, "t1", "2", 9}}),
              ElementsAre("0 t2/1 5", "1 t1/1 100", "1 t1/2 9"));
  EXPECT_THAT(Shown({}), IsEmpty());
}

TEST(SoldLinesOf, OverlaysCountOnlyWhereThereIsNothingElse) {
  EXPECT_THAT(Shown({{0, "t1", "1", 500, true}, {0, "t1", "1", 100}, {1, "t1", "1", 50, true}}),
              ElementsAre("0 t1/1 100", "1 t1/1 50"));
  // A credit of nothing is one too.
  EXPECT_THAT(Shown({{0, "t1", "1", 500, true}, {0, "t1", "1", 0}}), ElementsAre("0 t1/1 0"));
}

TEST(SoldLinesOf, OfSeveralOverlaysTheLargestMagnitude) {
  EXPECT_THAT(Shown({{0, "t1", "1", 20, true}, {0, "t1", "1", 50, true}, {0, "t1", "1", 30, true}}),
              ElementsAre("0 t1/1 50"));
  EXPECT_THAT(
      Shown({{0, "t1", "1", -50, true}, {0, "t1", "1", -20, true}, {0, "t1", "1", -30, true}}),
      ElementsAre("0 t1/1 -50"));
}

}  // namespace
}  // namespace salesops::performance::domain
