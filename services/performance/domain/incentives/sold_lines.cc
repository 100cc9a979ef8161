#include "services/performance/domain/incentives/sold_lines.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

namespace salesops::performance::domain {
namespace {

using base::Decimal;

bool IsBefore(const Credit& a, const Credit& b) {
  if (const int order = a.fact.compare(b.fact); order != 0) return order < 0;
  return a.line < b.line;
}

// The place of each credit's line among all lines by fact and line, so that names are compared
// once.
std::vector<size_t> RanksOf(const std::vector<Credit>& credits) {
  std::vector<size_t> order(credits.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto before = [&](size_t a, size_t b) { return IsBefore(credits[a], credits[b]); };
  if (!std::is_sorted(order.begin(), order.end(), before)) {
    std::sort(order.begin(), order.end(), before);
  }
  std::vector<size_t> ranks(credits.size());
  size_t rank = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && IsBefore(credits[order[i - 1]], credits[order[i]])) ++rank;
    ranks[order[i]] = rank;
  }
  return ranks;
}

struct Row {
  size_t group = 0;
  size_t rank = 0;
  const GroupCredit* of = nullptr;
};

// Orders rows by a number without comparing them; those that are equal stay in their order.
void OrderBy(size_t Row::*number, std::vector<Row>* rows) {
  size_t numbers = 0;
  for (const Row& row : *rows) numbers = std::max(numbers, row.*number + 1);
  std::vector<size_t> next(numbers + 1);
  for (const Row& row : *rows) ++next[row.*number + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<Row> ordered(rows->size());
  for (const Row& row : *rows) ordered[next[row.*number]++] = row;
  rows->swap(ordered);
}

Decimal MagnitudeOf(const Decimal& value) { return value.is_negative() ? -value : value; }

}  // namespace

std::vector<GroupLine> SoldLinesOf(const std::vector<Credit>& credits,
                                   const std::vector<GroupCredit>& of_groups) {
  if (of_groups.empty()) return {};
  const std::vector<size_t> ranks = RanksOf(credits);
  std::vector<Row> rows;
  rows.reserve(of_groups.size());
  for (const GroupCredit& of : of_groups) {
    rows.push_back({of.group, ranks[static_cast<size_t>(of.credit - credits.data())], &of});
  }
  OrderBy(&Row::rank, &rows);
  OrderBy(&Row::group, &rows);

  std::vector<GroupLine> lines;
  lines.reserve(rows.size());
  for (size_t i = 0; i < rows.size();) {
    const Row& first = rows[i];
    Decimal own;
    Decimal overlay;
    bool has_own = false;
    for (; i < rows.size() && rows[i].group == first.group && rows[i].rank == first.rank; ++i) {
      const GroupCredit& of = *rows[i].of;
      if (!of.credit->overlay) {
        has_own = true;
        own += of.value;
      } else if (MagnitudeOf(of.value) > MagnitudeOf(overlay)) {
        overlay = of.value;
      }
    }
    lines.push_back({first.group, first.of->credit, has_own ? own : overlay});
  }
  return lines;
}

}  // namespace salesops::performance::domain
