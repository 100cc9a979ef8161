#include "shared/api/filter_tree.h"

#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/id.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::api {
namespace {

constexpr size_t kMaxBytes = 4096;
constexpr int kMaxDepth = 32;
constexpr int kMaxComparisons = 100;

// ---------------------------------------------------------------------------------------------
// Tokens

struct Token {
  enum Kind { kEnd, kOpen, kClose, kOperator, kMinus, kWord, kString };
  Kind kind = kEnd;
  std::string text;  // of a string: unescaped
  size_t offset = 0;
};

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool EndsWord(char c) {
  return IsSpace(c) || c == '(' || c == ')' || c == '"' || c == '\'' || c == '=' || c == '<' ||
         c == '>' || c == '!';
}

// Cuts tokens off the front. What a word may hold depends on where it stands: a field ends at ':',
// a literal such as 2026-01-31T08:00:00Z does not.
class Lexer {
 public:
  explicit Lexer(absl::string_view text) : text_(text) {}

  absl::StatusOr<Token> Next(bool literal) {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    Token token;
    token.offset = at_;
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '(' || c == ')') return Take(token, c == '(' ? Token::kOpen : Token::kClose, 1);
    if (c == '"' || c == '\'') return TakeString(token, c);
    if (c == '-' && !literal) return Take(token, Token::kMinus, 1);
    const size_t size = OperatorSize();
    if (size > 0 && !(literal && c == ':')) return Take(token, Token::kOperator, size);
    if (c == '!') return Take(token, Token::kWord, 1);
    size_t end = at_;
    while (end < text_.size() && !EndsWord(text_[end]) && (literal || text_[end] != ':')) ++end;
    return Take(token, Token::kWord, end - at_);
  }

  absl::Status Fault(size_t offset, absl::string_view message) const {
    return status::InvalidField(
        "filter", "BAD_FILTER",
        absl::StrCat("column ", ColumnNumber(text_, offset), ": ", message));
  }

 private:
  size_t OperatorSize() const {
    const absl::string_view rest = text_.substr(at_);
    for (const char* two : {"!=", "<=", ">="}) {
      if (absl::StartsWith(rest, two)) return 2;
    }
    return absl::string_view("=<>:").find(rest[0]) != absl::string_view::npos ? 1 : 0;
  }

  Token Take(Token token, Token::Kind kind, size_t size) {
    token.kind = kind;
    token.text = std::string(text_.substr(at_, size));
    at_ += size;
    return token;
  }

  absl::StatusOr<Token> TakeString(Token token, char quote) {
    token.kind = Token::kString;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == quote) {
        ++at_;
        return token;
      }
      if (c == '\\') {
        if (++at_ == text_.size()) break;
        c = text_[at_];
        if (c != '\\' && c != '"' && c != '\'') {
          return Fault(at_ - 1, "after \\ expected \\ or a quotation mark");
        }
      }
      token.text.push_back(c);
    }
    return Fault(token.offset, "this quotation mark is never closed");
  }

  absl::string_view text_;
  size_t at_ = 0;
};

// ---------------------------------------------------------------------------------------------
// Grammar

FilterNode Join(FilterNode::Kind kind, std::vector<FilterNode> children) {
  if (children.size() == 1) return std::move(children[0]);
  FilterNode node;
  node.kind = kind;
  node.children = std::move(children);
  return node;
}

class FilterParser {
 public:
  FilterParser(absl::string_view text, const Columns& columns) : lexer_(text), columns_(columns) {}

  absl::StatusOr<FilterNode> Parse() {
    RETURN_IF_ERROR(Advance());
    if (token_.kind == Token::kEnd) return Join(FilterNode::kAnd, {});
    ASSIGN_OR_RETURN(FilterNode root, Expression());
    if (token_.kind != Token::kEnd) return Expected("AND, OR or the end");
    return root;
  }

 private:
  absl::Status Advance(bool literal = false) {
    ASSIGN_OR_RETURN(token_, lexer_.Next(literal));
    return absl::OkStatus();
  }

  absl::Status Expected(absl::string_view what) const {
    if (token_.kind == Token::kEnd) {
      return lexer_.Fault(token_.offset, absl::StrCat("expected ", what, ", found the end"));
    }
    return lexer_.Fault(token_.offset,
                        absl::StrCat("expected ", what, ", found ", Quoted(token_.text),
                                     IsLowerCaseKeyword(token_) ? "; write it in capitals" : ""));
  }

  static bool IsLowerCaseKeyword(const Token& token) {
    const std::string upper = absl::AsciiStrToUpper(token.text);
    return token.kind == Token::kWord && token.text != upper &&
           (upper == "AND" || upper == "OR" || upper == "NOT");
  }

  bool IsWord(const char* word) const { return token_.kind == Token::kWord && token_.text == word; }

  // expression = factor {AND factor}
  absl::StatusOr<FilterNode> Expression() {
    std::vector<FilterNode> factors;
    while (true) {
      ASSIGN_OR_RETURN(FilterNode factor, Factor());
      factors.push_back(std::move(factor));
      if (!IsWord("AND")) return Join(FilterNode::kAnd, std::move(factors));
      RETURN_IF_ERROR(Advance());
    }
  }

  // factor = term {OR term}
  absl::StatusOr<FilterNode> Factor() {
    std::vector<FilterNode> terms;
    while (true) {
      ASSIGN_OR_RETURN(FilterNode term, Term());
      terms.push_back(std::move(term));
      if (!IsWord("OR")) return Join(FilterNode::kOr, std::move(terms));
      RETURN_IF_ERROR(Advance());
    }
  }

  // term = [NOT | "-"] ("(" expression ")" | comparison)
  absl::StatusOr<FilterNode> Term() {
    const bool negated = token_.kind == Token::kMinus || IsWord("NOT");
    if (negated) RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(FilterNode node,
                     token_.kind == Token::kOpen ? Parenthesis() : FieldComparison());
    node.negated = node.negated != negated;
    return node;
  }

  absl::StatusOr<FilterNode> Parenthesis() {
    if (++depth_ > kMaxDepth) {
      return lexer_.Fault(token_.offset,
                          absl::StrCat("parentheses are nested more than ", kMaxDepth, " deep"));
    }
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(FilterNode node, Expression());
    if (token_.kind != Token::kClose) return Expected("AND, OR or )");
    --depth_;
    RETURN_IF_ERROR(Advance());
    return node;
  }

  absl::StatusOr<FilterNode> FieldComparison() {
    if (token_.kind != Token::kWord || IsWord("AND") || IsWord("OR") || IsWord("NOT")) {
      return Expected("a field");
    }
    const Token field = token_;
    if (++comparisons_ > kMaxComparisons) {
      return lexer_.Fault(field.offset,
                          absl::StrCat("more than ", kMaxComparisons, " comparisons"));
    }
    RETURN_IF_ERROR(Advance());
    const auto found = columns_.find(field.text);
    if (token_.kind != Token::kOperator) {
      if (found != columns_.end()) return Expected("=, !=, <, <=, >, >= or :");
      if (IsLowerCaseKeyword(field)) {
        return lexer_.Fault(field.offset,
                            absl::StrCat("write ", Quoted(field.text), " in capitals"));
      }
      return lexer_.Fault(field.offset,
                          absl::StrCat("a word alone is no filter; compare a field, such as ",
                                       ExampleField(), " = ", Quoted(field.text)));
    }
    if (found == columns_.end()) {
      return lexer_.Fault(field.offset, absl::StrCat("there is no field ", Quoted(field.text),
                                                     "; fields are: ", FieldList(columns_, false)));
    }
    return Compare(field, found->second);
  }

  std::string ExampleField() const { return columns_.empty() ? "name" : columns_.begin()->first; }

  absl::StatusOr<FilterNode> Compare(const Token& field, const Column& column) {
    FilterNode node;
    node.comparison.field = field.text;
    node.comparison.column = &column;
    ASSIGN_OR_RETURN(node.comparison.op, OperatorFor(field, column));
    RETURN_IF_ERROR(Advance(/*literal=*/true));
    if (token_.kind != Token::kWord && token_.kind != Token::kString) return Expected("a value");
    node.comparison.text = token_.text;
    if (node.comparison.op == FilterOp::kHas && IsWord("*")) {
      if (!column.custom.empty()) return OnlyEquality(field, "field:*");
      node.comparison.op = FilterOp::kPresent;
    } else if (node.comparison.op == FilterOp::kHas) {
      ASSIGN_OR_RETURN(node.comparison.value, Substring(field, column));
    } else {
      ASSIGN_OR_RETURN(node.comparison.value, Literal(field, column));
    }
    RETURN_IF_ERROR(Advance());
    return node;
  }

  absl::Status OnlyEquality(const Token& field, absl::string_view what) const {
    return lexer_.Fault(token_.offset, absl::StrCat(Quoted(field.text),
                                                    " is compared by = or != only, not ", what));
  }

  absl::StatusOr<FilterOp> OperatorFor(const Token& field, const Column& column) const {
    const std::string& text = token_.text;
    if (text == "=") return FilterOp::kEqual;
    if (text == "!=") return FilterOp::kNotEqual;
    if (text == ":") return FilterOp::kHas;  // which values it takes is seen with the value
    const bool ordered = column.custom.empty() && column.type != ColumnType::kId &&
                         column.type != ColumnType::kBool && column.type != ColumnType::kEnum;
    if (!ordered) return OnlyEquality(field, text);
    if (text == "<") return FilterOp::kLess;
    if (text == "<=") return FilterOp::kLessOrEqual;
    return text == ">" ? FilterOp::kGreater : FilterOp::kGreaterOrEqual;
  }

  absl::StatusOr<mysql::Value> Substring(const Token& field, const Column& column) const {
    const bool text = column.type == ColumnType::kText || column.type == ColumnType::kAny;
    if (!text || !column.custom.empty()) {
      return lexer_.Fault(token_.offset,
                          absl::StrCat("\":\" looks inside text and ", Quoted(field.text),
                                       " is none; use = or ", field.text, ":*"));
    }
    if (token_.text.empty()) return lexer_.Fault(token_.offset, "expected some text after \":\"");
    return mysql::Value(token_.text);
  }

  absl::Status BadLiteral(const Token& field, absl::string_view expected) const {
    return lexer_.Fault(token_.offset, absl::StrCat(Quoted(field.text), " takes ", expected,
                                                    ", found ", Quoted(token_.text)));
  }

  absl::StatusOr<mysql::Value> Literal(const Token& field, const Column& column) const {
    const std::string& text = token_.text;
    switch (column.type) {
      case ColumnType::kText:
      case ColumnType::kAny:
        return mysql::Value(text);
      case ColumnType::kId:
        return IdLiteral(field, column);
      case ColumnType::kInt: {
        int64_t value;
        if (absl::SimpleAtoi(text, &value)) return mysql::Value(value);
        return BadLiteral(field, "a whole number such as 42");
      }
      case ColumnType::kDecimal: {
        absl::StatusOr<base::Decimal> value = base::Decimal::Parse(text);
        if (value.ok()) return mysql::Value(*value);
        return BadLiteral(field, "a number such as 12.5");
      }
      case ColumnType::kBool:
        if (text == "true" || text == "false") return mysql::Value(text == "true");
        return BadLiteral(field, "true or false");
      case ColumnType::kDay: {
        absl::StatusOr<base::CivilDay> value = base::ParseDay(text);
        if (value.ok()) return mysql::Value(*value);
        return BadLiteral(field, "a day such as 2026-01-31");
      }
      case ColumnType::kTime:
        return TimeLiteral(field);
      case ColumnType::kEnum: {
        const auto found = column.enum_values.find(text);
        if (found != column.enum_values.end()) return mysql::Value(found->second);
        std::vector<std::string> names;
        for (const auto& [name, number] : column.enum_values) names.push_back(name);
        return BadLiteral(field, absl::StrCat("one of ", absl::StrJoin(names, ", ")));
      }
    }
    return BadLiteral(field, "another value");
  }

  // The column holds what follows the prefix; names of deeper resources keep their inner '/'.
  absl::StatusOr<mysql::Value> IdLiteral(const Token& field, const Column& column) const {
    absl::string_view id = token_.text;
    bool valid = absl::ConsumePrefix(&id, column.name_prefix);
    const std::vector<absl::string_view> segments = absl::StrSplit(id, '/');
    valid = valid && segments.size() % 2 == 1;
    for (size_t i = 0; i < segments.size(); ++i) {
      valid = valid && (i % 2 == 0 ? base::IsValidId(segments[i]) : !segments[i].empty());
    }
    if (valid) return mysql::Value(id);
    return BadLiteral(field, column.name_prefix.empty()
                                 ? std::string("an id such as \"a-7\"")
                                 : absl::StrCat("a name such as \"", column.name_prefix, "a-7\""));
  }

  absl::StatusOr<mysql::Value> TimeLiteral(const Token& field) const {
    absl::Time value;
    std::string error;
    // The length bars the infinities that absl reads; the form bars a time without a zone.
    const bool parsed = token_.text.size() >= 20 && token_.text.size() <= 40 &&
                        absl::ParseTime(absl::RFC3339_full, token_.text, &value, &error);
    const absl::Time earliest = absl::FromUnixSeconds(-62135596800);
    const absl::Time latest = absl::FromUnixSeconds(253402300799);
    if (parsed && value >= earliest && value <= latest &&
        absl::FromUnixMicros(absl::ToUnixMicros(value)) == value) {
      return mysql::Value(value);
    }
    return BadLiteral(field,
                      "a timestamp such as 2026-01-31T08:00:00Z, at most to the microsecond");
  }

  Lexer lexer_;
  const Columns& columns_;
  Token token_;
  int depth_ = 0;
  int comparisons_ = 0;
};

}  // namespace

// Where a fault is, for a person: characters from 1, not bytes.
size_t ColumnNumber(absl::string_view text, size_t byte) {
  size_t column = 1;
  for (size_t i = 0; i < byte && i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++column;
  }
  return column;
}

// At most 40 bytes of what the client sent, cut between characters, without control characters.
std::string Quoted(absl::string_view text) {
  constexpr size_t kMost = 40;
  size_t size = text.size();
  if (size > kMost) {
    size = kMost;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  }
  std::string shown(text.substr(0, size));
  for (char& c : shown) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = '?';
  }
  return absl::StrCat("\"", shown, size < text.size() ? "…\"" : "\"");
}

std::string FieldList(const Columns& columns, bool orderable_only) {
  std::vector<std::string> names;
  for (const auto& [name, column] : columns) {
    if (!orderable_only || (column.orderable && column.custom.empty())) names.push_back(name);
  }
  return absl::StrJoin(names, ", ");
}

absl::StatusOr<FilterNode> ParseFilterTree(absl::string_view filter, const Columns& columns) {
  if (filter.size() > kMaxBytes) {
    return status::InvalidField("filter", "BAD_FILTER",
                                absl::StrCat("is longer than ", kMaxBytes, " bytes"));
  }
  return FilterParser(filter, columns).Parse();
}

}  // namespace salesops::api
