#include "services/performance/domain/incentives/delta.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace salesops::performance::domain {
namespace {

constexpr absl::string_view kReversal(kReversalNote);

bool IsLeaf(const Entry& entry) {
  return entry.kind != EntryKind::kPayout && entry.kind != EntryKind::kComponent;
}

bool IsReversal(const Entry& leaf) { return absl::StartsWith(leaf.note, kReversal); }

void Negate(Entry* leaf) {
  if (leaf->base) leaf->base = -*leaf->base;
  if (leaf->unrounded) leaf->unrounded = -*leaf->unrounded;
  leaf->amount = -leaf->amount;
}

Entry ReversalOf(Entry leaf) {
  if (IsReversal(leaf)) {
    leaf.note.erase(0, kReversal.size());
  } else {
    leaf.note.insert(0, kReversalNote);
  }
  Negate(&leaf);
  return leaf;
}

// The row that it is about: itself, or the one that it takes back.
Entry SubjectOf(const Entry& leaf) {
  Entry subject = IsReversal(leaf) ? ReversalOf(leaf) : leaf;
  subject.parent = -1;
  return subject;
}

auto KeyOf(const Entry& e) {
  return std::make_tuple(std::cref(e.payee), e.component.empty(), std::cref(e.component),
                         static_cast<int>(e.kind), std::cref(e.fact), std::cref(e.line),
                         std::cref(e.rule), std::cref(e.note), e.base, e.rate, e.unrounded,
                         e.amount);
}

// Builds the trees of a delta from leaves that are ordered.
class DeltaTrees {
 public:
  void Add(const Entry& leaf) {
    if (root_ < 0 || entries_[At(root_)].payee != leaf.payee) {
      root_ = AddParent(-1, EntryKind::kPayout, leaf.payee, "");
      component_ = -1;
    }
    if (leaf.component.empty()) {
      component_ = -1;
    } else if (component_ < 0 || entries_[At(component_)].component != leaf.component) {
      component_ = AddParent(root_, EntryKind::kComponent, leaf.payee, leaf.component);
    }
    entries_.push_back(leaf);
    entries_.back().parent = component_ < 0 ? root_ : component_;
    entries_[At(root_)].amount += leaf.amount;
    if (component_ >= 0) entries_[At(component_)].amount += leaf.amount;
  }
  std::vector<Entry> Take() { return std::move(entries_); }

 private:
  static size_t At(int place) { return static_cast<size_t>(place); }
  int AddParent(int parent, EntryKind kind, const std::string& payee,
                const std::string& component) {
    Entry entry;
    entry.parent = parent;
    entry.kind = kind;
    entry.payee = payee;
    entry.component = component;
    entries_.push_back(entry);
    return static_cast<int>(entries_.size()) - 1;
  }

  std::vector<Entry> entries_;
  int root_ = -1, component_ = -1;
};

}  // namespace

bool LeafIsBefore(const Entry& a, const Entry& b) { return KeyOf(a) < KeyOf(b); }

std::vector<Entry> NetLeaves(const std::vector<Entry>& entries) {
  struct Signed {
    Entry subject;
    int count;  // 1, or -1 for what takes it back
  };
  std::vector<Signed> rows;
  for (const Entry& entry : entries) {
    if (IsLeaf(entry)) rows.push_back({SubjectOf(entry), IsReversal(entry) ? -1 : 1});
  }
  std::sort(rows.begin(), rows.end(),
            [](const Signed& a, const Signed& b) { return LeafIsBefore(a.subject, b.subject); });
  std::vector<Entry> net;
  for (size_t i = 0; i < rows.size();) {
    int count = 0;
    const Entry& subject = rows[i].subject;
    for (; i < rows.size() && rows[i].subject == subject; ++i) count += rows[i].count;
    // What takes back a row that is in another ledger stands for itself.
    const Entry& standing = count > 0 ? subject : ReversalOf(subject);
    net.insert(net.end(), static_cast<size_t>(count < 0 ? -count : count), standing);
  }
  std::sort(net.begin(), net.end(), LeafIsBefore);
  return net;
}

std::vector<Entry> DeltaOf(const std::vector<Entry>& ledger, const std::vector<Entry>& result) {
  const std::vector<Entry> before = NetLeaves(ledger);
  const std::vector<Entry> after = NetLeaves(result);
  std::vector<Entry> gone, come;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(gone), LeafIsBefore);
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(come), LeafIsBefore);
  std::vector<Entry> leaves;
  leaves.reserve(gone.size() + come.size());
  for (const Entry& leaf : gone) leaves.push_back(ReversalOf(leaf));
  leaves.insert(leaves.end(), come.begin(), come.end());
  // What is taken back stands before what replaces it; within a component both by their order.
  std::stable_sort(leaves.begin(), leaves.end(), [](const Entry& a, const Entry& b) {
    return std::forward_as_tuple(a.payee, a.component.empty(), a.component) <
           std::forward_as_tuple(b.payee, b.component.empty(), b.component);
  });
  DeltaTrees trees;
  for (const Entry& leaf : leaves) trees.Add(leaf);
  return trees.Take();
}

std::vector<Entry> Appended(const std::vector<Entry>& ledger, const std::vector<Entry>& delta) {
  std::vector<Entry> both = ledger;
  both.reserve(ledger.size() + delta.size());
  for (const Entry& entry : delta) {
    both.push_back(entry);
    if (entry.parent >= 0) both.back().parent += static_cast<int>(ledger.size());
  }
  return both;
}

}  // namespace salesops::performance::domain
