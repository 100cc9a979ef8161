#include "shared/api/condition.h"

#include <map>

#include "absl/strings/ascii.h"
#include "gtest/gtest.h"
#include "shared/status/status.h"

namespace salesops::api {
namespace {

using Value = Condition::Value;

Columns Fields() {
  return {{"source", {.type = ColumnType::kText}},
          {"account", {.type = ColumnType::kId, .name_prefix = "accounts/"}},
          {"amount", {.type = ColumnType::kDecimal}},
          {"employee_count", {.type = ColumnType::kInt}},
          {"open_date", {.type = ColumnType::kDay}},
          {"attributes.tier", {.type = ColumnType::kAny}}};
}

std::string LowerCase(absl::string_view text) { return absl::AsciiStrToLower(text); }

absl::StatusOr<bool> Holds(const std::string& text, const std::map<std::string, Value>& values) {
  absl::StatusOr<Condition> condition = Condition::Parse(text, Fields(), LowerCase);
  if (!condition.ok()) return condition.status();
  return condition->Holds([&](const std::string& field) {
    const auto found = values.find(field);
    return found == values.end() ? Value() : found->second;
  });
}

base::Decimal Number(const char* text) { return *base::Decimal::Parse(text); }

TEST(Condition, ComparesEachTypeAsWhatItIs) {
  const std::map<std::string, Value> deal = {{"source", "Trade Fair"},
                                             {"account", "accounts/a7"},
                                             {"amount", Number("1000.00")},
                                             {"employee_count", int64_t{50}},
                                             {"open_date", base::CivilDay(2026, 3, 1)}};
  const std::map<std::string, bool> cases = {
      {"source = \"trade fair\"", true},
      {"source != \"trade fair\"", false},
      {"source : \"FAIR\"", true},
      {"source : \"show\"", false},
      {"account = \"accounts/a7\"", true},
      {"account = \"accounts/a8\"", false},
      {"amount = 1000", true},
      {"amount > 999.99 AND amount < 1000.01", true},
      {"amount < 200", false},  // as numbers, not as text
      {"employee_count >= 50", true},
      {"employee_count > 50", false},
      {"open_date <= 2026-03-01", true},
      {"open_date < 2026-03-01", false},
      {"", true},
  };
  for (const auto& [text, expected] : cases) {
    const absl::StatusOr<bool> holds = Holds(text, deal);
    ASSERT_TRUE(holds.ok()) << text << ": " << holds.status();
    EXPECT_EQ(*holds, expected) << text;
  }
}

TEST(Condition, AFieldWithoutAValueIsOnlyEverUnequal) {
  const std::map<std::string, bool> cases = {
      {"source = \"x\"", false},
      {"source != \"x\"", true},
      {"NOT source = \"x\"", true},
      {"amount > 0", false},
      {"NOT amount > 0", true},
      {"amount:*", false},
      {"-amount:*", true},
      {"source : \"x\"", false},
      {"open_date < 2026-01-01", false},
      {"attributes.tier = 1", false},
  };
  for (const auto& [text, expected] : cases) {
    const absl::StatusOr<bool> holds = Holds(text, {});
    ASSERT_TRUE(holds.ok()) << text << ": " << holds.status();
    EXPECT_EQ(*holds, expected) << text;
  }
}

TEST(Condition, AnAttributeBringsItsOwnType) {
  const std::pair<Value, const char*> equal[] = {
      {"Gold", "attributes.tier = gold"},
      {Number("2.50"), "attributes.tier = 2.5"},
      {base::CivilDay(2026, 1, 31), "attributes.tier = 2026-01-31"},
      {true, "attributes.tier = true"}};
  for (const auto& [value, text] : equal) {
    EXPECT_EQ(*Holds(text, {{"attributes.tier", value}}), true) << text;
  }
  // Of another type: neither equal nor larger, only unequal.
  EXPECT_EQ(*Holds("attributes.tier > 3", {{"attributes.tier", true}}), false);
  EXPECT_EQ(*Holds("attributes.tier != gold", {{"attributes.tier", Number("1")}}), true);
}

TEST(Condition, AndBindsLooserThanOrAndNotTurnsAround) {
  const std::map<std::string, Value> deal = {{"amount", Number("5")}, {"source", "web"}};
  EXPECT_EQ(*Holds("source = fair OR amount = 5 AND source = web", deal), true);
  EXPECT_EQ(*Holds("NOT (amount = 5 AND source = web)", deal), false);
  EXPECT_EQ(*Holds("NOT (amount = 6 OR source = fair)", deal), true);
}

TEST(Condition, ABadOneSaysWhereAndWhat) {
  for (const char* text : {"amount >> 5", "amount = much", "weather = fine"}) {
    const base::Violations violations = status::ViolationsOf(Holds(text, {}).status());
    ASSERT_EQ(violations.list().size(), 1u) << text;
    EXPECT_EQ(violations.list()[0].field, "filter");
    EXPECT_EQ(violations.list()[0].reason, "BAD_FILTER");
    EXPECT_NE(violations.list()[0].message.find("column "), std::string::npos);
  }
}

}  // namespace
}  // namespace salesops::api
