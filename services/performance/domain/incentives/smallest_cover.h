#pragma once

// The smallest set of causes of which every one of some observations has at least one.
//
// Thread-safety: pure functions.

#include <vector>

namespace salesops::performance::domain {

// Each observation is the causes, as numbers from 0, that may explain it; at least one. Of sets
// of one size the one with lower numbers is likelier. Exact for what people compare: causes that
// nothing else can replace and observations that others imply are taken away first, and what is
// left is searched; beyond a bounded search the best that was found is given, which is still one
// that explains everything. Ordered.
std::vector<int> SmallestCover(const std::vector<std::vector<int>>& observations);

}  // namespace salesops::performance::domain
