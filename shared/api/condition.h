#pragma once

// A filter (AIP-160) that is decided in memory, over the values of one thing, not by the database
// over rows: the same language, the same answers.
//
//   ASSIGN_OR_RETURN(Condition c, Condition::Parse("account.grade = \"A\"", fields, Fold));
//   if (c.Holds([&](const std::string& field) { return ValueOf(deal, field); })) …
//
// A field without a value is only ever `!=`; so is one whose value is of another type than the
// literal (fields of type kAny). Numbers compare as numbers, days as days, text folded.
//
// Thread-safety: immutable after Parse.

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shared/api/filter_tree.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"

namespace salesops::api {

class Condition {
 public:
  // A name of a kId field carries its prefix, "accounts/7".
  using Value =
      std::variant<std::monostate, std::string, base::Decimal, int64_t, base::CivilDay, bool>;
  using ValueOf = std::function<Value(const std::string& field)>;
  // Makes texts that people take for equal equal: case, accents.
  using Fold = std::function<std::string(absl::string_view)>;

  // `fields`: their types; SQL is not looked at. Errors as ParseFilter, of the field "filter".
  static absl::StatusOr<Condition> Parse(absl::string_view text, Columns fields, Fold fold);
  bool Holds(const ValueOf& value_of) const;

 private:
  Condition() = default;

  std::shared_ptr<const Columns> fields_;  // the tree points into it
  FilterNode root_;
  Fold fold_;
};

}  // namespace salesops::api
