#pragma once

// How names are found by their parts: folded so that case, accents, width and punctuation do not
// matter, and cut into pairs of characters (bigrams) that an index can hold. Chinese has no spaces,
// so words there are whatever stands between punctuation, and a part of one is found like a whole.
//
//   GramsOf(FoldName("Acme Corp."))     // ac cm me e co or rp p
//   FitOf(FoldName("acme"), FoldName("Acme Corp."))     // kBegin
//
// Folding is Unicode's NFKC_Casefold (UAX #31) and the removal of nonspacing marks.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace salesops::pipeline::domain {

// The text with case, accents and width taken away; equal for texts that people take for equal.
std::string FoldText(absl::string_view utf8);

// Words of letters and digits.
using FoldedName = std::vector<std::u32string>;

FoldedName FoldName(absl::string_view utf8);

// Each pair of neighbours within a word and each word's last character, sorted, none twice. UTF-8.
std::vector<std::string> GramsOf(const FoldedName& name);

// What every name that a word of the query is part of must have: its pairs; of a word of one
// character, nothing.
std::vector<std::string> PairsOf(const FoldedName& query);

enum class Fit { kNone, kWhole, kBegin, kWords, kParts };

// The best first: the name is the query, begins with it, has a word for each of its words that
// begins with it, has each of its words somewhere.
Fit FitOf(const FoldedName& query, const FoldedName& name);

std::string ToUtf8(const std::u32string& word);

// The words with a space between, UTF-8: every word of a query that fits is a part of it.
std::string TextOf(const FoldedName& name);

}  // namespace salesops::pipeline::domain
