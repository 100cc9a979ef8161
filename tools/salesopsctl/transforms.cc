#include "tools/salesopsctl/transforms.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/text_encoding.h"

namespace salesops::ctl {
namespace {

using base::Decimal;

// The first character of UTF-8 text, which is taken off.
absl::string_view TakeCharacter(absl::string_view* text) {
  size_t size = 1;
  while (size < text->size() && (static_cast<unsigned char>((*text)[size]) & 0xC0) == 0x80) ++size;
  const absl::string_view character = text->substr(0, size);
  text->remove_prefix(size);
  return character;
}

bool ConsumeAnyPrefix(absl::string_view* text, const std::vector<const char*>& prefixes) {
  for (const char* prefix : prefixes) {
    if (absl::ConsumePrefix(text, prefix)) return true;
  }
  return false;
}

bool ConsumeAnySuffix(absl::string_view* text, const std::vector<const char*>& suffixes) {
  for (const char* suffix : suffixes) {
    if (absl::ConsumeSuffix(text, suffix)) return true;
  }
  return false;
}

const std::vector<const char*>& Spaces() {
  static const auto* spaces = new std::vector<const char*>{
      " ", "\t", "\r", "\n", "\v", "\f", "\u3000", "\u00a0", "\ufeff", "\u200b"};
  return *spaces;
}

absl::Status Not(const std::string& text, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not ", what));
}

// ---- days and times

// Letters of one kind in a form, or one byte that stands for itself.
struct FormPart {
  char letter = 0;  // 0: `byte` itself
  int count = 0;
  char byte = 0;
};

absl::StatusOr<std::vector<FormPart>> PartsOf(const std::string& form) {
  static const auto* counts = new std::map<char, std::set<int>>{
      {'y', {2, 4}}, {'M', {1, 2}}, {'d', {1, 2}}, {'H', {1, 2}}, {'m', {1, 2}}, {'s', {1, 2}}};
  std::vector<FormPart> parts;
  for (size_t i = 0; i < form.size();) {
    const char c = form[i];
    if (!absl::ascii_isalpha(c) || c == 'T') {
      parts.push_back({0, 0, c});
      ++i;
      continue;
    }
    size_t end = i;
    while (end < form.size() && form[end] == c) ++end;
    const int count = static_cast<int>(end - i);
    const auto known = counts->find(c);
    if (known == counts->end() || known->second.count(count) == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", form, "\": \"", form.substr(i, end - i),
          "\" is not of a form; there are yyyy, yy, M, MM, d, dd, H, HH, m, mm, s, ss"));
    }
    parts.push_back({c, count, 0});
    i = end;
  }
  return parts;
}

absl::Status CheckForm(const std::string& form, const std::string& needed) {
  ASSIGN_OR_RETURN(const std::vector<FormPart> parts, PartsOf(form));
  std::string letters;
  for (const FormPart& part : parts) {
    if (part.letter == 0) continue;
    if (letters.find(part.letter) != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", form, "\": ", std::string(1, part.letter), " stands in it twice"));
    }
    letters += part.letter;
  }
  for (const char each : needed) {
    if (letters.find(each) == std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", form, "\" lacks ", std::string(1, each)));
    }
  }
  return absl::OkStatus();
}

// Digits as the part wants them, taken off the text.
std::optional<int> TakeNumber(const FormPart& part, absl::string_view* text) {
  const int most = part.count == 1 ? 2 : part.count;
  int digits = 0, number = 0;
  while (digits < most && !text->empty() && absl::ascii_isdigit(text->front())) {
    number = number * 10 + (text->front() - '0');
    text->remove_prefix(1);
    ++digits;
  }
  if (digits == 0 || (part.count > 1 && digits != part.count)) return std::nullopt;
  return part.letter == 'y' && part.count == 2 ? 2000 + number : number;
}

std::optional<absl::CivilSecond> Match(absl::string_view text, const std::string& form) {
  const auto parts = PartsOf(form);
  if (!parts.ok()) return std::nullopt;
  std::map<char, int> numbers = {{'M', 1}, {'d', 1}};
  for (const FormPart& part : *parts) {
    if (part.letter == 0) {
      if (text.empty() || text.front() != part.byte) return std::nullopt;
      text.remove_prefix(1);
      continue;
    }
    const std::optional<int> number = TakeNumber(part, &text);
    if (!number) return std::nullopt;
    numbers[part.letter] = *number;
  }
  const absl::CivilSecond second(numbers['y'], numbers['M'], numbers['d'], numbers['H'],
                                 numbers['m'], numbers['s']);
  // A day or hour that does not exist would have been carried over.
  const bool exists = second.year() == numbers['y'] && second.month() == numbers['M'] &&
                      second.day() == numbers['d'] && second.hour() == numbers['H'] &&
                      second.minute() == numbers['m'] && second.second() == numbers['s'];
  if (!text.empty() || !exists || numbers['y'] < 1) return std::nullopt;
  return second;
}

std::optional<absl::CivilSecond> MatchAny(const std::string& text,
                                          const std::vector<std::string>& forms) {
  for (const std::string& form : forms) {
    if (const auto second = Match(text, form)) return second;
  }
  return std::nullopt;
}

// ---- numbers

// Without its thousands separators; nullopt if they do not stand in thousands.
std::optional<std::string> Ungrouped(absl::string_view text) {
  const size_t point = std::min(text.find('.'), text.size());
  const absl::string_view whole = text.substr(0, point);
  if (whole.find(',') == absl::string_view::npos) return std::string(text);
  std::string digits;
  size_t group = 0;
  bool first = true;
  for (const char c : whole) {
    if (c != ',') {
      digits += c;
      ++group;
      continue;
    }
    if (group == 0 || group > 3 || (!first && group != 3)) return std::nullopt;
    first = false;
    group = 0;
  }
  if (group != 3) return std::nullopt;
  return absl::StrCat(digits, text.substr(point));
}

absl::StatusOr<Decimal> NumberIn(const std::string& text, const std::string& what) {
  const std::string half = HalfWidth(text);
  absl::string_view rest = half;
  bool negative = false;
  if (absl::StartsWith(rest, "(") && absl::EndsWith(rest, ")")) {
    negative = true;
    rest = rest.substr(1, rest.size() - 2);
  }
  if (absl::ConsumePrefix(&rest, "-")) {
    if (negative) return Not(text, what);
    negative = true;
  } else {
    absl::ConsumePrefix(&rest, "+");
  }
  ConsumeAnyPrefix(&rest, {"¥", "￥"});
  absl::ConsumeSuffix(&rest, "元");
  Decimal unit = Decimal::FromInt(1);
  for (bool more = true; more;) {
    int64_t by = 1;
    if (ConsumeAnySuffix(&rest, {"亿", "億"})) {
      by = 100'000'000;
    } else if (ConsumeAnySuffix(&rest, {"万", "萬"})) {
      by = 10'000;
    } else if (absl::ConsumeSuffix(&rest, "千")) {
      by = 1'000;
    } else if (absl::ConsumeSuffix(&rest, "百")) {
      by = 100;
    } else {
      more = false;
    }
    ASSIGN_OR_RETURN(unit, Decimal::CheckedMultiply(unit, Decimal::FromInt(by)));
  }
  const std::optional<std::string> plain = Ungrouped(absl::StripAsciiWhitespace(rest));
  // A sign of its own would be a second one.
  if (!plain || plain->empty() || (*plain)[0] == '-' || (*plain)[0] == '+') return Not(text, what);
  const absl::StatusOr<Decimal> number = Decimal::Parse(*plain);
  if (!number.ok()) return Not(text, what);
  ASSIGN_OR_RETURN(const Decimal value, Decimal::CheckedMultiply(*number, unit));
  return negative ? -value : value;
}

}  // namespace

std::string Trimmed(absl::string_view text) {
  while (ConsumeAnyPrefix(&text, Spaces())) {
  }
  while (ConsumeAnySuffix(&text, Spaces())) {
  }
  return std::string(text);
}

std::string Slug(const std::string& text) {
  std::string slug;
  for (char c : text) {
    if (absl::ascii_isalnum(c)) {
      slug += absl::ascii_tolower(c);
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  return std::string(absl::StripSuffix(slug, "-"));
}

std::string HalfWidth(const std::string& text) {
  std::string half;
  for (absl::string_view rest = text; !rest.empty();) {
    const absl::string_view c = TakeCharacter(&rest);
    // U+FF01 … U+FF5E are EF BC 81 … EF BD 9E and stand for U+0021 … U+007E.
    if (c.size() == 3 && c[0] == '\xEF' && (c[1] == '\xBC' || c[1] == '\xBD')) {
      const int code =
          ((c[1] == '\xBC' ? 0xF00 : 0xF40) | (static_cast<unsigned char>(c[2]) & 0x3F));
      if (code >= 0xF01 && code <= 0xF5E) {
        half += static_cast<char>(code - 0xF00 + 0x20);
        continue;
      }
    }
    half.append(c.data(), c.size());
  }
  return half;
}

absl::Status CheckDayForm(const std::string& form) { return CheckForm(form, "yMd"); }

absl::Status CheckTimeForm(const std::string& form) { return CheckForm(form, "yMdH"); }

absl::StatusOr<std::string> DayFrom(const std::string& text,
                                    const std::vector<std::string>& forms) {
  static const auto* usual =
      new std::vector<std::string>{"yyyy/M/d", "yyyy.M.d", "yyyy年M月d日", "yyyy-M-d"};
  std::optional<absl::CivilSecond> day = MatchAny(text, forms.empty() ? *usual : forms);
  if (!day) day = Match(text, "yyyy-MM-dd");
  if (day) return base::FormatDay(absl::CivilDay(*day));
  return Not(text, absl::StrCat("a day of the form ",
                                absl::StrJoin(forms.empty() ? *usual : forms, " or ")));
}

absl::StatusOr<std::string> TimeFrom(const std::string& text, const std::vector<std::string>& forms,
                                     absl::TimeZone zone) {
  static const auto* always =
      new std::vector<std::string>{"yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd"};
  absl::Time time;
  std::string error;
  std::optional<absl::CivilSecond> second = MatchAny(text, forms);
  if (!second) second = MatchAny(text, *always);
  if (second) {
    time = zone.At(*second).pre;
  } else if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return Not(text, absl::StrCat("a time of the form ",
                                  absl::StrJoin(forms.empty() ? *always : forms, " or ")));
  }
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

absl::StatusOr<std::string> DecimalFrom(const std::string& text) {
  ASSIGN_OR_RETURN(const Decimal number, NumberIn(text, "a number"));
  return number.ToCanonicalString();
}

absl::StatusOr<std::string> PercentFrom(const std::string& text) {
  const std::string half = HalfWidth(text);
  absl::string_view rest = half;
  absl::ConsumeSuffix(&rest, "%");
  ASSIGN_OR_RETURN(const Decimal number,
                   NumberIn(std::string(absl::StripAsciiWhitespace(rest)), "a percentage"));
  ASSIGN_OR_RETURN(const Decimal share,
                   Decimal::CheckedMultiply(number, Decimal::FromUnscaled(1, 2)));
  return share.ToCanonicalString();
}

absl::StatusOr<std::string> BoolFrom(const std::string& text, const std::string& yes,
                                     const std::string& no) {
  static const auto* words = new std::map<std::string, bool>{
      {"是", true},   {"否", false},    {"对", true},  {"错", false}, {"真", true}, {"假", false},
      {"有", true},   {"无", false},    {"yes", true}, {"no", false}, {"y", true},  {"n", false},
      {"true", true}, {"false", false}, {"t", true},   {"f", false},  {"on", true}, {"off", false},
      {"1", true},    {"0", false},     {"√", true},   {"×", false}};
  const std::string folded = Folded(text);
  if (yes.empty() && no.empty()) {
    const auto found = words->find(folded);
    if (found != words->end()) return found->second ? "true" : "false";
    return Not(text, "yes or no (是/否, yes/no, Y/N, true/false, 1/0)");
  }
  if (folded == Folded(yes)) return "true";
  if (folded == Folded(no)) return "false";
  return Not(text, absl::StrCat("\"", yes, "\" or \"", no, "\""));
}

std::vector<std::string> SplitList(const std::string& text, const std::string& separators) {
  std::set<std::string> ends;
  for (absl::string_view rest = separators; !rest.empty();) {
    ends.insert(std::string(TakeCharacter(&rest)));
  }
  std::vector<std::string> parts(1);
  for (absl::string_view rest = text; !rest.empty();) {
    const std::string c(TakeCharacter(&rest));
    if (ends.count(c) > 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::vector<std::string> list;
  for (const std::string& part : parts) {
    std::string trimmed = Trimmed(part);
    if (!trimmed.empty()) list.push_back(std::move(trimmed));
  }
  return list;
}

}  // namespace salesops::ctl
