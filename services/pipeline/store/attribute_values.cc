#include "services/pipeline/store/attribute_values.h"

#include <algorithm>
#include <set>
#include <variant>

#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"

namespace salesops::pipeline::store {
namespace {

using domain::AttributeCollection;
using domain::AttributeDefinition;
using domain::AttributeType;
using mysql::Params;
using mysql::Value;
using salesops::api::Column;
using salesops::api::ColumnType;

// Rows of one INSERT.
constexpr size_t kRowsAtOnce = 100;
constexpr char kRow[] = "(?,?,?,?,?,?,?,?)";

// One row: collection, id, attr_key, kind, text_value, number_value, day_value, currency.
struct ToRow {
  Params* row;

  void operator()(const std::string& v) const { Add(v, {}, {}, {}); }
  void operator()(const base::Decimal& v) const { Add({}, v, {}, {}); }
  void operator()(const base::Money& v) const { Add({}, v.amount, {}, v.currency); }
  void operator()(base::CivilDay v) const { Add({}, {}, v, {}); }
  void operator()(bool v) const { Add({}, base::Decimal::FromInt(v ? 1 : 0), {}, {}); }

  void Add(Value text, Value number, Value day, Value currency) const {
    row->insert(row->end(), {text, number, day, currency});
  }
};

struct NewValue {
  const std::string* id;
  const std::string* key;
  const base::AttributeValue* value;
};

absl::Status InsertValues(mysql::Transaction& tx, AttributeCollection collection,
                          const std::vector<NewValue>& values) {
  for (size_t from = 0; from < values.size(); from += kRowsAtOnce) {
    const size_t to = std::min(values.size(), from + kRowsAtOnce);
    std::string sql =
        "INSERT INTO attribute_value (collection, id, attr_key, kind, text_value, number_value, "
        "day_value, currency) VALUES ";
    Params params;
    for (size_t i = from; i < to; ++i) {
      absl::StrAppend(&sql, i == from ? "" : ",", kRow);
      params.emplace_back(static_cast<int64_t>(collection));
      params.emplace_back(*values[i].id);
      params.emplace_back(*values[i].key);
      params.emplace_back(static_cast<int64_t>(domain::TypeOf(*values[i].value)));
      std::visit(ToRow{&params}, *values[i].value);
    }
    RETURN_IF_ERROR(tx.Execute(sql, params).status());
  }
  return absl::OkStatus();
}

absl::Status DeleteValues(mysql::Transaction& tx, AttributeCollection collection,
                          const std::string& id, const std::vector<std::string>& keys) {
  if (keys.empty()) return absl::OkStatus();
  std::string sql = "DELETE FROM attribute_value WHERE collection = ? AND id = ? AND attr_key IN (";
  Params params = {static_cast<int64_t>(collection), id};
  for (const std::string& key : keys) {
    absl::StrAppend(&sql, params.size() == 2 ? "?" : ",?");
    params.emplace_back(key);
  }
  return tx.Execute(sql + ")", params).status();
}

// Which of the value columns a type uses. The index has them one after another, so that one range
// of it serves each: the columns before must be said to be NULL.
struct Place {
  ColumnType type;
  const char* column;
  const char* nulls_before;
};

Place PlaceOf(AttributeType type) {
  switch (type) {
    case AttributeType::kDecimal:
    case AttributeType::kMoney:
      return {ColumnType::kDecimal, "v.number_value", "v.text_value IS NULL AND "};
    case AttributeType::kBool:
      return {ColumnType::kBool, "v.number_value", "v.text_value IS NULL AND "};
    case AttributeType::kDate:
      return {ColumnType::kDay, "v.day_value",
              "v.text_value IS NULL AND v.number_value IS NULL AND "};
    default:
      return {ColumnType::kText, "v.text_value", ""};
  }
}

// Keys are ASCII letters, digits and underscores (the contract's pattern): they stand in the text.
std::string Within(const AttributeDefinition& definition, const char* nulls_before) {
  return absl::StrCat("r.id IN (SELECT v.id FROM attribute_value v WHERE v.collection = ",
                      static_cast<int>(definition.collection), " AND v.attr_key = '",
                      definition.key, "' AND v.kind = ", static_cast<int>(definition.type), " AND ",
                      nulls_before, "$)");
}

// A member of the value as the row of history has it (records::ToJson), if it is of the type.
std::string InHistory(const AttributeDefinition& definition, const char* kind, const char* member,
                      const std::string& begin, const std::string& end) {
  const auto extract = [&](const char* name) {
    return absl::StrCat("JSON_UNQUOTE(JSON_EXTRACT(r.attributes, '$.", definition.key, ".", name,
                        "'))");
  };
  return absl::StrCat("(CASE WHEN ", extract("k"), " = '", kind, "' THEN ", begin, extract(member),
                      end, " END)");
}

std::string TextInHistory(const AttributeDefinition& definition, const char* kind,
                          const char* member) {
  return absl::StrCat(InHistory(definition, kind, member, "CONVERT(", " USING utf8mb4)"),
                      " COLLATE utf8mb4_unicode_520_ci");
}

std::string ValueInHistory(const AttributeDefinition& definition) {
  switch (definition.type) {
    case AttributeType::kDecimal:
      return InHistory(definition, "d", "v", "CAST(", " AS DECIMAL(27,9))");
    case AttributeType::kMoney:
      return InHistory(definition, "m", "v", "CAST(", " AS DECIMAL(27,9))");
    case AttributeType::kDate:
      return InHistory(definition, "t", "v", "CAST(", " AS DATE)");
    case AttributeType::kBool:
      return InHistory(definition, "b", "v", "", " = 'true'");
    default:
      return TextInHistory(definition, "s", "v");
  }
}

}  // namespace

absl::Status IndexAttributes(mysql::Transaction& tx, AttributeCollection collection,
                             const std::vector<ChangedAttributes>& changes) {
  std::vector<NewValue> values;
  for (const ChangedAttributes& change : changes) {
    std::vector<std::string> gone;
    for (const auto& [key, value] : change.before ? *change.before : base::Attributes()) {
      const auto after = change.after->find(key);
      if (after == change.after->end() || !(after->second == value)) gone.push_back(key);
    }
    RETURN_IF_ERROR(DeleteValues(tx, collection, change.id, gone));
    for (const auto& [key, value] : *change.after) {
      if (change.before != nullptr) {
        const auto before = change.before->find(key);
        if (before != change.before->end() && before->second == value) continue;
      }
      values.push_back({&change.id, &key, &value});
    }
  }
  return InsertValues(tx, collection, values);
}

void AddAttributeFields(const AttributeDefinition& definition, bool as_of,
                        salesops::api::Columns* columns) {
  const std::string name = absl::StrCat("attributes.", definition.key);
  const Place place = PlaceOf(definition.type);
  Column& column = (*columns)[name];
  column = {.sql = place.column, .type = place.type, .nullable = true, .orderable = false};
  if (as_of) {
    column.sql = ValueInHistory(definition);
  } else {
    column.within = Within(definition, place.nulls_before);
  }
  if (definition.type != AttributeType::kMoney) return;
  Column& currency = (*columns)[absl::StrCat(name, ".currency_code")];
  currency = {.sql = "v.currency", .nullable = true, .orderable = false};
  if (as_of) {
    currency.sql = TextInHistory(definition, "m", "c");
  } else {
    currency.within = Within(definition, "");
  }
}

}  // namespace salesops::pipeline::store
