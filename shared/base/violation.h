#pragma once

// One broken rule of a request, and the list that collects all of them, so that a caller learns
// everything that is wrong at once.
//
//   Violations violations;
//   if (share > 1) violations.Add("assignment.share", "OUT_OF_RANGE", "must be at most 1");
//   if (!violations.empty()) return status::InvalidArgument(violations);
//
// Thread-safety: plain values; no locking.

#include <string>
#include <utility>
#include <vector>

namespace salesops::base {

struct Violation {
  std::string field;    // path in the request's field names, such as "assignments[2].share"
  std::string reason;   // UPPER_SNAKE_CASE, stable; clients may switch on it
  std::string message;  // English sentence part that says what would be right

  friend bool operator==(const Violation&, const Violation&) = default;
};

class Violations {
 public:
  void Add(std::string field, std::string reason, std::string message) {
    list_.push_back({std::move(field), std::move(reason), std::move(message)});
  }
  // Adds every violation of `inner`, with `prefix` (such as "assignments[2].") before its field.
  void AddAll(const std::string& prefix, const Violations& inner) {
    for (const Violation& v : inner.list_) Add(prefix + v.field, v.reason, v.message);
  }
  bool empty() const { return list_.empty(); }
  const std::vector<Violation>& list() const { return list_; }

 private:
  std::vector<Violation> list_;
};

}  // namespace salesops::base
