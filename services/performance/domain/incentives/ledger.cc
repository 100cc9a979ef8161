#include "services/performance/domain/incentives/ledger.h"

#include "absl/strings/str_cat.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using base::Rounding;

bool IsParent(EntryKind kind) {
  return kind == EntryKind::kPayout || kind == EntryKind::kComponent;
}

std::string FaultOfPlace(const std::vector<Entry>& entries, size_t place) {
  const Entry& entry = entries[place];
  if (entry.kind == EntryKind::kUnset) return "has no kind";
  if (entry.parent == -1) {
    return entry.kind == EntryKind::kPayout ? "" : "is a root but no payout";
  }
  if (entry.kind == EntryKind::kPayout) return "is a payout below another entry";
  if (entry.parent < 0 || static_cast<size_t>(entry.parent) >= place) {
    return absl::StrCat("has the parent ", entry.parent, ", which is not before it");
  }
  const Entry& parent = entries[static_cast<size_t>(entry.parent)];
  if (!IsParent(parent.kind)) return absl::StrCat("is a part of the leaf ", entry.parent);
  if (parent.payee != entry.payee) return "is for another payee than its parent";
  return "";
}

std::string FaultOfAmount(const Entry& entry, const Decimal& parts, int minor_digits) {
  if (IsParent(entry.kind)) {
    if (entry.amount == parts) return "";
    return absl::StrCat("is ", entry.amount.ToString(), " but its parts are ", parts.ToString());
  }
  if (!entry.unrounded) return "is a leaf without its unrounded amount";
  const absl::StatusOr<Decimal> rounded =
      entry.unrounded->CheckedRound(minor_digits, Rounding::kHalfAwayFromZero);
  if (!rounded.ok()) return "is beyond the range of amounts";
  if (*rounded == entry.amount) return "";
  return absl::StrCat("is ", entry.amount.ToString(), " but ", entry.unrounded->ToString(),
                      " rounds to ", rounded->ToString());
}

}  // namespace

std::string FaultOf(const std::vector<Entry>& entries, int minor_digits) {
  std::vector<Decimal> parts(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    if (const std::string fault = FaultOfPlace(entries, i); !fault.empty()) {
      return absl::StrCat("entry ", i, " ", fault);
    }
    if (entries[i].parent < 0) continue;
    Decimal& sum = parts[static_cast<size_t>(entries[i].parent)];
    const absl::StatusOr<Decimal> next = Decimal::CheckedAdd(sum, entries[i].amount);
    if (!next.ok()) return absl::StrCat("entry ", entries[i].parent, " has too large parts");
    sum = *next;
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    if (const std::string fault = FaultOfAmount(entries[i], parts[i], minor_digits);
        !fault.empty()) {
      return absl::StrCat("entry ", i, " ", fault);
    }
  }
  return "";
}

}  // namespace salesops::performance::domain
