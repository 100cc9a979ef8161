// Any text as a filter and as an order. Nothing may crash; what is accepted is SQL made of the
// declared columns only, with one parameter for each place, and parentheses that match.
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "shared/api/filter.h"

namespace api = salesops::api;
using api::ColumnType;

namespace {

const api::Columns& EveryType() {
  static const auto* columns = new api::Columns{
      {"t", {.sql = "c", .type = ColumnType::kText}},
      {"n", {.sql = "c", .type = ColumnType::kText, .nullable = true}},
      {"i", {.sql = "c", .type = ColumnType::kId, .name_prefix = "sellers/"}},
      {"k", {.sql = "c", .type = ColumnType::kInt}},
      {"a.b", {.sql = "c", .type = ColumnType::kDecimal, .nullable = true}},
      {"w", {.sql = "c", .type = ColumnType::kBool}},
      {"d", {.sql = "c", .type = ColumnType::kDay}},
      {"s", {.sql = "c", .type = ColumnType::kTime}},
      {"e", {.sql = "c", .type = ColumnType::kEnum, .enum_values = {{"ON", 1}, {"OFF", 2}}}},
      {"x", {.type = ColumnType::kId, .name_prefix = "teams/", .custom = "c = ? OR c <> ?"}},
  };
  return *columns;
}

// Whether the text holds nothing that a client could have put there: of words only the column and
// SQL's own, of signs only operators, places and the escape character.
bool IsOurs(const std::string& sql, size_t params) {
  size_t places = 0;
  int depth = 0;
  std::string word;
  for (char c : sql + " ") {
    if (std::isalpha(static_cast<unsigned char>(c))) {
      word.push_back(c);
      continue;
    }
    if (!word.empty() && word != "c" && word != "AND" && word != "OR" && word != "NOT" &&
        word != "LIKE" && word != "ESCAPE" && word != "IS" && word != "NULL" && word != "TRUE" &&
        word != "FALSE") {
      return false;
    }
    word.clear();
    if (std::string(" ()=<>?'!0").find(c) == std::string::npos) return false;
    places += c == '?';
    depth += (c == '(') - (c == ')');
    if (depth < 0) return false;
  }
  return depth == 0 && places == params;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<api::Predicate> filter = api::ParseFilter(text, EveryType());
  if (filter.ok() ? !IsOurs(filter->sql, filter->params.size())
                  : filter.status().code() != absl::StatusCode::kInvalidArgument) {
    std::abort();
  }
  const auto order = api::ParseOrderBy(text, EveryType(), "");
  if (order.ok() ? order->size() > 3
                 : order.status().code() != absl::StatusCode::kInvalidArgument) {
    std::abort();
  }
  return 0;
}
