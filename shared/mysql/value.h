#pragma once

// A value that goes into a statement or comes out of a row.
//
// Column types and their C++ sides: BIGINT/INT int64_t; DOUBLE double; DECIMAL base::Decimal;
// VARCHAR/TEXT/JSON std::string; BLOB/VARBINARY Bytes; DATE CivilDay; DATETIME(6), UTC absl::Time;
// BOOLEAN bool. NULL is std::nullopt of any of them.
//
// A Decimal travels as text. A DECIMAL column takes it exactly, rounded to its scale without a word
// (round first), and compares it exactly with =, <, > and BETWEEN; in IN write
// CAST(? AS DECIMAL(38,18)), or MariaDB compares doubles. DATETIME columns are DATETIME(6), always.
// Text beyond 256 KiB travels in a way that MySQL takes for bytes: no JSON column takes it there.
//
// Thread-safety: a value.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"

namespace salesops::mysql {

struct Bytes {
  std::string data;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

class Value {
 public:
  using Variant = std::variant<std::monostate, int64_t, double, bool, std::string, Bytes,
                               base::Decimal, base::CivilDay, absl::Time>;
  Value() = default;  // NULL
  Value(std::nullopt_t) {}
  Value(int v) : v_(static_cast<int64_t>(v)) {}
  Value(int64_t v) : v_(v) {}
  Value(double v) : v_(v) {}
  Value(bool v) : v_(v) {}
  Value(std::string v) : v_(std::move(v)) {}
  Value(const char* v) : v_(std::string(v)) {}
  Value(absl::string_view v) : v_(std::string(v)) {}
  Value(Bytes v) : v_(std::move(v)) {}
  Value(const base::Decimal& v) : v_(v) {}
  Value(base::CivilDay v) : v_(v) {}
  Value(absl::Time v) : v_(v) {}
  template <class T>
  Value(const std::optional<T>& v) {
    if (v) *this = Value(*v);
  }

  bool is_null() const { return std::holds_alternative<std::monostate>(v_); }
  const Variant& variant() const { return v_; }

 private:
  Variant v_;
};

using Params = std::vector<Value>;

}  // namespace salesops::mysql
