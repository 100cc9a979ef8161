#include "shared/api/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "shared/status/status.h"

namespace salesops::api {
namespace {

const Columns& DealColumns() {
  static const auto* columns = new Columns{
      {"display_name", {.sql = "display_name", .type = ColumnType::kText}},
      {"source", {.sql = "source", .type = ColumnType::kText, .nullable = true}},
      {"owner",
       {.sql = "owner_id", .type = ColumnType::kId, .nullable = true, .name_prefix = "sellers/"}},
      {"assignment", {.sql = "assignment_id", .type = ColumnType::kId, .name_prefix = "sellers/"}},
      {"stage", {.sql = "stage", .type = ColumnType::kId}},
      {"probability", {.sql = "probability", .type = ColumnType::kInt}},
      {"amount", {.sql = "amount", .type = ColumnType::kDecimal, .nullable = true}},
      {"won", {.sql = "won", .type = ColumnType::kBool}},
      {"close_date", {.sql = "close_date", .type = ColumnType::kDay, .nullable = true}},
      {"open_date", {.sql = "open_date", .type = ColumnType::kDay}},
      {"create_time", {.sql = "create_time", .type = ColumnType::kTime}},
      {"state",
       {.sql = "state", .type = ColumnType::kEnum, .enum_values = {{"OPEN", 1}, {"WON", 2}}}},
      {"team",
       {.type = ColumnType::kId,
        .orderable = false,
        .name_prefix = "teams/",
        .custom = "EXISTS (SELECT 1 FROM member m WHERE m.team = ? OR m.root = ?)"}},
      {"attributes.grade", {.sql = "grade", .type = ColumnType::kText}},
  };
  return *columns;
}

std::string ValueText(const mysql::Value& value) {
  struct Printer {
    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(int64_t v) const { return absl::StrCat(v); }
    std::string operator()(double v) const { return absl::StrCat("double ", v); }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(const std::string& v) const { return absl::StrCat("'", v, "'"); }
    std::string operator()(const mysql::Bytes& v) const { return absl::StrCat("x'", v.data, "'"); }
    std::string operator()(const base::Decimal& v) const { return v.ToString(); }
    std::string operator()(base::CivilDay v) const { return base::FormatDay(v); }
    std::string operator()(absl::Time v) const { return absl::FormatTime(v, absl::UTCTimeZone()); }
  };
  return std::visit(Printer(), value.variant());
}

std::string Text(const Predicate& p) {
  return absl::StrCat(p.sql, " [",
                      absl::StrJoin(p.params, ", ",
                                    [](std::string* out, const mysql::Value& v) {
                                      absl::StrAppend(out, ValueText(v));
                                    }),
                      "]");
}

std::string Translate(absl::string_view filter) {
  absl::StatusOr<Predicate> p = ParseFilter(filter, DealColumns());
  return p.ok() ? Text(*p) : std::string(p.status().message());
}

struct Case {
  const char* filter;
  const char* predicate;
};

TEST(FilterTest, TranslatesComparisonsOfEveryColumnType) {
  for (const Case& c : std::vector<Case>{
           {"", "TRUE []"},
           {"  \t\n", "TRUE []"},
           {"display_name = \"Acme\"", "display_name = ? ['Acme']"},
           {"display_name=Acme", "display_name = ? ['Acme']"},
           {"display_name != 'Acme'", "display_name <> ? ['Acme']"},
           {"display_name >= 42", "display_name >= ? ['42']"},
           {"display_name = 青岛", "display_name = ? ['青岛']"},
           {"stage = closed-won", "stage = ? ['closed-won']"},
           {"owner = \"sellers/7\"", "owner_id = ? ['7']"},
           {"owner = sellers/7", "owner_id = ? ['7']"},
           {"assignment = sellers/7/assignments/1", "assignment_id = ? ['7/assignments/1']"},
           {"probability > -5", "probability > ? [-5]"},
           {"amount <= 1000.50", "amount <= ? [1000.50]"},
           {"amount < \"-1e3\"", "amount < ? [-1000]"},
           {"won = true", "won = ? [true]"},
           {"won != false", "won <> ? [false]"},
           {"close_date = 2026-01-31", "close_date = ? [2026-01-31]"},
           {"close_date < \"2026-01-31\"", "close_date < ? [2026-01-31]"},
           {"create_time >= 2026-01-31T08:00:00+08:00",
            "create_time >= ? [2026-01-31T00:00:00+00:00]"},
           {"create_time < \"2026-01-31T08:00:00.123456Z\"",
            "create_time < ? [2026-01-31T08:00:00.123456+00:00]"},
           {"state = WON", "state = ? [2]"},
           {"attributes.grade = A", "grade = ? ['A']"},
       }) {
    EXPECT_EQ(Translate(c.filter), c.predicate) << c.filter;
  }
}

TEST(FilterTest, HasLooksInsideTextLiterally) {
  for (const Case& c : std::vector<Case>{
           {"display_name:acme", "display_name LIKE ? ESCAPE '!' ['%acme%']"},
           {"display_name : \"100%_!\"", "display_name LIKE ? ESCAPE '!' ['%100!%!_!!%']"},
           {R"(display_name:"a\"b\\c")", "display_name LIKE ? ESCAPE '!' ['%a\"b\\c%']"},
           {"NOT display_name:x", "display_name NOT LIKE ? ESCAPE '!' ['%x%']"},
           {"-source:x", "(source NOT LIKE ? ESCAPE '!' OR source IS NULL) ['%x%']"},
       }) {
    EXPECT_EQ(Translate(c.filter), c.predicate) << c.filter;
  }
}

TEST(FilterTest, PresenceIsNotNullOrNotTheDefault) {
  for (const Case& c : std::vector<Case>{
           {"source:*", "source IS NOT NULL []"},
           {"NOT source:*", "source IS NULL []"},
           {"owner:*", "owner_id IS NOT NULL []"},
           {"display_name:*", "display_name <> '' []"},
           {"-display_name:*", "display_name = '' []"},
           {"probability:*", "probability <> 0 []"},
           {"open_date:*", "TRUE []"},
           {"NOT open_date:*", "FALSE []"},
           {"display_name:\"*\"", "display_name LIKE ? ESCAPE '!' ['%*%']"},
       }) {
    EXPECT_EQ(Translate(c.filter), c.predicate) << c.filter;
  }
}

TEST(FilterTest, OrBindsTighterThanAnd) {
  for (const Case& c : std::vector<Case>{
           {"won = true AND stage = a OR stage = b",
            "(won = ? AND (stage = ? OR stage = ?)) [true, 'a', 'b']"},
           {"stage = a OR stage = b AND won = true",
            "((stage = ? OR stage = ?) AND won = ?) ['a', 'b', true]"},
           {"(stage = a AND won = true) OR stage = b",
            "((stage = ? AND won = ?) OR stage = ?) ['a', true, 'b']"},
           {"((stage = a) AND (won = true AND (probability = 1)))",
            "(stage = ? AND won = ? AND probability = ?) ['a', true, 1]"},
       }) {
    EXPECT_EQ(Translate(c.filter), c.predicate) << c.filter;
  }
}

TEST(FilterTest, NotIsTheComplementEvenWithoutAValue) {
  for (const Case& c : std::vector<Case>{
           {"NOT owner = sellers/7", "(owner_id <> ? OR owner_id IS NULL) ['7']"},
           {"owner != sellers/7", "(owner_id <> ? OR owner_id IS NULL) ['7']"},
           {"NOT owner != sellers/7", "owner_id = ? ['7']"},
           {"NOT amount < 5", "(amount >= ? OR amount IS NULL) [5]"},
           {"NOT amount > 5", "(amount <= ? OR amount IS NULL) [5]"},
           {"NOT probability <= 5", "probability > ? [5]"},
           {"-(stage = a AND won = true)", "(stage <> ? OR won <> ?) ['a', true]"},
           {"NOT (stage = a OR NOT won = true)", "(stage <> ? AND won = ?) ['a', true]"},
           {"NOT (NOT (stage = a OR won = true))", "(stage = ? OR won = ?) ['a', true]"},
       }) {
    EXPECT_EQ(Translate(c.filter), c.predicate) << c.filter;
  }
}

TEST(FilterTest, CustomColumnTakesTheLiteralAtEveryPlace) {
  const std::string sql = "(EXISTS (SELECT 1 FROM member m WHERE m.team = ? OR m.root = ?))";
  EXPECT_EQ(Translate("team = teams/north"), sql + " ['north', 'north']");
  EXPECT_EQ(Translate("team != teams/north"), sql + " IS NOT TRUE ['north', 'north']");
  EXPECT_EQ(Translate("NOT team != teams/north"), sql + " ['north', 'north']");
}

TEST(FilterTest, AValueInAnotherTableTakesEveryOperatorOfItsType) {
  const std::string within = "r.id IN (SELECT v.id FROM side v WHERE $)";
  const Columns columns = {
      {"name", {.sql = "r.name"}},
      {"rate", {.sql = "v.n", .type = ColumnType::kDecimal, .orderable = false, .within = within}},
      {"segment", {.sql = "v.t", .orderable = false, .within = within}},
  };
  const auto text = [&](const std::string& filter) {
    const auto p = ParseFilter(filter, columns);
    return p.ok() ? Text(*p) : std::string(p.status().message());
  };
  EXPECT_EQ(text("rate >= 1.5"), "r.id IN (SELECT v.id FROM side v WHERE v.n >= ?) [1.5]");
  EXPECT_EQ(text("NOT rate < 2"), "NOT r.id IN (SELECT v.id FROM side v WHERE v.n < ?) [2]");
  EXPECT_EQ(text("segment = A"), "r.id IN (SELECT v.id FROM side v WHERE v.t = ?) ['A']");
  // A row without the value is matched by != and by NOT.
  EXPECT_EQ(text("segment != A"), "NOT r.id IN (SELECT v.id FROM side v WHERE v.t = ?) ['A']");
  EXPECT_EQ(text("NOT segment != A"), "r.id IN (SELECT v.id FROM side v WHERE v.t = ?) ['A']");
  EXPECT_EQ(text("segment:A"),
            "r.id IN (SELECT v.id FROM side v WHERE v.t LIKE ? ESCAPE '!') ['%A%']");
  EXPECT_EQ(text("-segment:*"), "NOT r.id IN (SELECT v.id FROM side v WHERE v.t IS NOT NULL) []");
  EXPECT_FALSE(ParseOrderBy("rate", columns, "").ok());
}

// tests/golden/filter_errors.txt: a filter after "> ", below it what is wrong with it.
// SALESOPS_UPDATE_GOLDEN=1 rewrites the answers.
TEST(FilterTest, SaysWhatIsWrongAndWhere) {
  const char* const path = "tests/golden/filter_errors.txt";
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  std::ostringstream answered, golden;
  for (std::string line; std::getline(in, line);) {
    golden << line << "\n";
    if (line.rfind("  ", 0) == 0) continue;
    answered << line << "\n";
    if (line.rfind("> ", 0) != 0) continue;
    absl::StatusOr<Predicate> p = ParseFilter(line.substr(2), DealColumns());
    if (p.ok()) {
      answered << "  is fine: " << Text(*p) << "\n";
      continue;
    }
    EXPECT_EQ(p.status().code(), absl::StatusCode::kInvalidArgument);
    const base::Violations violations = status::ViolationsOf(p.status());
    for (const base::Violation& v : violations.list()) {
      EXPECT_EQ(v.field, "filter");
      EXPECT_EQ(v.reason, "BAD_FILTER");
      answered << "  " << v.message << "\n";
    }
  }
  if (std::getenv("SALESOPS_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << answered.str();
  EXPECT_EQ(answered.str(), golden.str());
}

bool IsRefused(absl::string_view filter) {
  return ParseFilter(filter, DealColumns()).status().code() == absl::StatusCode::kInvalidArgument;
}

TEST(FilterTest, BoundsDepthComparisonsAndLength) {
  const auto nested = [](int depth) {
    return std::string(depth, '(') + "won = true" + std::string(depth, ')');
  };
  EXPECT_FALSE(IsRefused(nested(32)));
  EXPECT_TRUE(IsRefused(nested(33)));
  const auto chain = [](int n) {
    return absl::StrJoin(std::vector<std::string>(n, "stage = a"), " OR ");
  };
  EXPECT_FALSE(IsRefused(chain(100)));
  EXPECT_TRUE(IsRefused(chain(101)));
  EXPECT_FALSE(IsRefused(std::string(4096, ' ')));
  EXPECT_TRUE(IsRefused(std::string(4097, ' ')));
}

// --- Property: what a random expression means does not depend on how it is written ---

struct Expr {
  enum Kind { kComparison, kAnd, kOr, kNot } kind = kComparison;
  int leaf = 0;
  std::vector<Expr> children;
};

struct Leaf {
  const char* text;
  const char* holds;
  const char* fails;
  const char* param;
};
constexpr Leaf kLeaves[] = {
    {"stage = a", "stage = ?", "stage <> ?", "'a'"},
    {"won != true", "won <> ?", "won = ?", "true"},
    {"probability<7", "probability < ?", "probability >= ?", "7"},
    {"amount >= 1.5", "amount >= ?", "(amount < ? OR amount IS NULL)", "1.5"},
    {"display_name:\"x (y\"", "display_name LIKE ? ESCAPE '!'",
     "display_name NOT LIKE ? ESCAPE '!'", "'%x (y%'"},
};

rc::Gen<Expr> ArbitraryExpr(int depth) {
  const auto leaf = rc::gen::map(rc::gen::inRange<int>(0, std::size(kLeaves)), [](int i) {
    Expr e;
    e.leaf = i;
    return e;
  });
  if (depth == 0) return leaf;
  const auto inner = rc::gen::mapcat(
      rc::gen::element(Expr::kAnd, Expr::kOr, Expr::kNot), [depth](Expr::Kind kind) {
        const size_t most = kind == Expr::kNot ? 1 : 3;
        return rc::gen::mapcat(rc::gen::inRange<size_t>(1, most + 1), [=](size_t n) {
          return rc::gen::map(rc::gen::container<std::vector<Expr>>(n, ArbitraryExpr(depth - 1)),
                              [kind](std::vector<Expr> children) {
                                Expr e;
                                e.kind = kind;
                                e.children = std::move(children);
                                return e;
                              });
        });
      });
  return rc::gen::oneOf(leaf, inner);
}

// With parentheses around everything, or only where the grammar needs them.
std::string Print(const Expr& e, bool redundant) {
  if (e.kind == Expr::kComparison) {
    return redundant ? absl::StrCat("( ", kLeaves[e.leaf].text, " )") : kLeaves[e.leaf].text;
  }
  std::vector<std::string> parts;
  for (const Expr& child : e.children) {
    const bool needed = (e.kind == Expr::kNot && child.kind != Expr::kComparison) ||
                        (e.kind == Expr::kOr && child.kind == Expr::kAnd);
    std::string part = Print(child, redundant);
    parts.push_back(needed || redundant ? absl::StrCat("(", part, ")") : part);
  }
  if (e.kind == Expr::kNot) return absl::StrCat(redundant ? "NOT " : "-", parts[0]);
  return absl::StrJoin(parts, e.kind == Expr::kAnd ? "  AND " : " OR\n");
}

// The truth of the expression if the comparison `i` has the truth `bits[i]`.
bool Evaluate(const Expr& e, unsigned bits) {
  switch (e.kind) {
    case Expr::kComparison:
      return (bits >> e.leaf) & 1;
    case Expr::kNot:
      return !Evaluate(e.children[0], bits);
    default:
      for (const Expr& child : e.children) {
        if (Evaluate(child, bits) == (e.kind == Expr::kOr)) return e.kind == Expr::kOr;
      }
      return e.kind == Expr::kAnd;
  }
}

// Evaluates the SQL that came out: comparisons in the forms of kLeaves, AND, OR and parentheses,
// where every AND or OR of more than one operand stands in parentheses.
class SqlEvaluator {
 public:
  SqlEvaluator(absl::string_view sql, unsigned bits) : sql_(sql), bits_(bits) {}
  bool Evaluate() {
    const bool value = Operand();
    RC_ASSERT(sql_.empty());
    return value;
  }

 private:
  bool Operand() {
    for (size_t i = 0; i < std::size(kLeaves); ++i) {
      if (Consume(kLeaves[i].holds)) return (bits_ >> i) & 1;
      if (Consume(kLeaves[i].fails)) return !((bits_ >> i) & 1);
    }
    RC_ASSERT(Consume("("));
    bool value = Operand();
    std::string joined;
    while (!Consume(")")) {
      const bool conjunction = Consume(" AND ");
      if (!conjunction) RC_ASSERT(Consume(" OR "));
      const std::string word = conjunction ? "AND" : "OR";
      RC_ASSERT(joined.empty() || joined == word);  // one kind per pair of parentheses
      joined = word;
      const bool next = Operand();
      value = conjunction ? value && next : value || next;
    }
    return value;
  }
  bool Consume(absl::string_view text) {
    if (sql_.substr(0, text.size()) != text) return false;
    sql_.remove_prefix(text.size());
    return true;
  }
  absl::string_view sql_;
  unsigned bits_;
};

RC_GTEST_PROP(FilterProperty, PrintedExpressionsParseToTheirMeaning, ()) {
  const Expr e = *rc::gen::noShrink(ArbitraryExpr(3));
  const std::string plain = Print(e, false);
  RC_LOG() << plain;
  const absl::StatusOr<Predicate> p = ParseFilter(plain, DealColumns());
  RC_ASSERT(p.ok());
  RC_ASSERT(Text(*p) == Translate(Print(e, true)));
  RC_ASSERT(static_cast<long>(p->params.size()) == std::count(p->sql.begin(), p->sql.end(), '?'));
  for (unsigned bits = 0; bits < (1u << std::size(kLeaves)); ++bits) {
    RC_ASSERT(SqlEvaluator(p->sql, bits).Evaluate() == Evaluate(e, bits));
  }
}

RC_GTEST_PROP(FilterProperty, AnyTextIsAPredicateOrInvalidArgument, ()) {
  const auto piece = rc::gen::element<std::string>(
      "won", "=", "true", "(", ")", " ", "AND", "OR", "NOT", "-", ":", "*", "\"", "\\", "'", "<",
      ">=", "!", "2026-01-31", "青", "stage", "team", "teams/a", "1e9", ".", ",");
  const std::string text = absl::StrJoin(*rc::gen::container<std::vector<std::string>>(piece), "");
  const absl::StatusOr<Predicate> p = ParseFilter(text, DealColumns());
  RC_ASSERT(p.ok() || p.status().code() == absl::StatusCode::kInvalidArgument);
}

// --- order_by ---

std::string Order(absl::string_view order_by, absl::string_view fallback = "") {
  absl::StatusOr<std::vector<OrderTerm>> terms = ParseOrderBy(order_by, DealColumns(), fallback);
  if (!terms.ok()) {
    const base::Violations violations = status::ViolationsOf(terms.status());
    EXPECT_EQ(violations.list().at(0).field, "order_by");
    EXPECT_EQ(violations.list().at(0).reason, "BAD_ORDER");
    return violations.list().at(0).message;
  }
  return absl::StrJoin(*terms, ", ", [](std::string* out, const OrderTerm& t) {
    absl::StrAppend(out, t.field, "=", t.column.sql, t.descending ? " DESC" : "");
  });
}

TEST(OrderByTest, ParsesFieldsAndDirections) {
  EXPECT_EQ(Order("amount desc, owner"), "amount=amount DESC, owner=owner_id");
  EXPECT_EQ(Order("  amount   asc  ,close_date desc"), "amount=amount, close_date=close_date DESC");
  EXPECT_EQ(Order("", "create_time desc"), "create_time=create_time DESC");
  EXPECT_EQ(Order(" ", ""), "");
}

TEST(OrderByTest, SaysWhatIsWrongAndWhere) {
  const std::string fields =
      "amount, assignment, attributes.grade, close_date, create_time, display_name, open_date, "
      "owner, probability, source, stage, state, won";
  EXPECT_EQ(Order("amuont"), "column 1: cannot order by \"amuont\"; fields are: " + fields);
  EXPECT_EQ(Order("team"), "column 1: cannot order by \"team\"; fields are: " + fields);
  EXPECT_EQ(Order("amount, "), "column 9: expected a field");
  EXPECT_EQ(Order(",amount"), "column 1: expected a field");
  EXPECT_EQ(Order("amount DESC"),
            "column 1: after \"amount\" expected asc, desc or a comma, found \"DESC\"");
  EXPECT_EQ(Order("amount desc stage"),
            "column 1: after \"amount\" expected asc, desc or a comma, found \"desc\"");
  EXPECT_EQ(Order("amount, amount desc"), "column 9: \"amount\" stands here twice");
  EXPECT_EQ(Order("amount,stage,state,won"), "column 20: at most 3 fields");
}

}  // namespace
}  // namespace salesops::api
