#pragma once

// What a principal may do, and on whose rows.
//
//   RowScope scope = access.ScopeOf("pipeline.opportunities.read");
//   if (scope.IsNone()) return PERMISSION_DENIED;
//   if (!scope.Includes(opportunity.owner)) …
//
// Thread-safety: immutable values; AccessDirectory is safe from any thread and never blocks.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shared/auth/principal.h"

namespace salesops::auth {

// The rows a permission reaches: none, all, or those owned by some sellers (ids, not names). A row
// that nobody owns is inside every scope but none.
struct RowScope {
  bool all = false;
  bool some = false;              // only rows of `sellers`, and unowned rows
  std::set<std::string> sellers;  // seller ids

  bool IsNone() const { return !all && !some; }
  bool Includes(const std::string& owner_id) const {
    return all || (some && (owner_id.empty() || sellers.count(owner_id) > 0));
  }
  static RowScope None() { return {}; }
  static RowScope All() { return {.all = true}; }
  void Add(const RowScope& other) {
    all |= other.all;
    some |= other.some;
    sellers.insert(other.sellers.begin(), other.sellers.end());
  }
};

struct GrantedScope {
  std::vector<std::string> permissions;  // exact, "prefix.*" or "*"
  RowScope scope;
};

class Access {
 public:
  Access() = default;
  Access(std::string seller, std::vector<GrantedScope> grants)
      : seller_(std::move(seller)), grants_(std::move(grants)) {}

  // The union over every grant whose permissions match.
  RowScope ScopeOf(absl::string_view permission) const;
  // The seller id that the principal's subject belongs to; empty if none.
  const std::string& seller() const { return seller_; }
  const std::vector<GrantedScope>& grants() const { return grants_; }

 private:
  std::string seller_;
  std::vector<GrantedScope> grants_;
};

// True if `granted` ("*", "pipeline.*", "pipeline.accounts.read") covers `permission`.
bool PermissionMatches(absl::string_view granted, absl::string_view permission);

class AccessDirectory {
 public:
  virtual ~AccessDirectory() = default;
  // UNAVAILABLE (ACCESS_UNKNOWN) while grants have not been loaded yet.
  virtual absl::StatusOr<std::shared_ptr<const Access>> Lookup(const Principal& principal) = 0;
};

}  // namespace salesops::auth
