#include "services/pipeline/domain/name_search.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace salesops::pipeline::domain {
namespace {

using icu::Normalizer2;
using icu::UnicodeString;

UnicodeString Normalized(const Normalizer2* form, const UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  UnicodeString result = form->normalize(text, error);
  return U_SUCCESS(error) ? result : text;
}

// NFKC_Casefold, then apart, so that marks can be left out: "É" is "e".
UnicodeString Folded(absl::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  const Normalizer2* fold = Normalizer2::getNFKCCasefoldInstance(error);
  const Normalizer2* apart = Normalizer2::getNFDInstance(error);
  const auto text =
      UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<int32_t>(utf8.size())));
  if (U_FAILURE(error)) return text;
  return Normalized(apart, Normalized(fold, text));
}

std::u32string Joined(const FoldedName& name) {
  std::u32string all;
  for (const std::u32string& word : name) {
    if (!all.empty()) all += U' ';
    all += word;
  }
  return all;
}

bool BeginsWith(const std::u32string& text, const std::u32string& part) {
  return text.compare(0, part.size(), part) == 0;
}

template <class Holds>
bool EachWord(const FoldedName& query, const FoldedName& name, Holds holds) {
  return std::all_of(query.begin(), query.end(), [&](const std::u32string& part) {
    return std::any_of(name.begin(), name.end(),
                       [&](const std::u32string& word) { return holds(word, part); });
  });
}

void Tidy(std::vector<std::string>* grams) {
  std::sort(grams->begin(), grams->end());
  grams->erase(std::unique(grams->begin(), grams->end()), grams->end());
}

}  // namespace

std::string FoldText(absl::string_view utf8) {
  const UnicodeString text = Folded(utf8);
  std::u32string kept;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (u_charType(c) != U_NON_SPACING_MARK) kept += static_cast<char32_t>(c);
  }
  return ToUtf8(kept);
}

FoldedName FoldName(absl::string_view utf8) {
  const UnicodeString text = Folded(utf8);
  FoldedName words;
  bool within = false;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (u_charType(c) == U_NON_SPACING_MARK) continue;
    if (!u_isalnum(c)) {
      within = false;
      continue;
    }
    if (!within) words.emplace_back();
    within = true;
    words.back() += static_cast<char32_t>(c);
  }
  return words;
}

std::string ToUtf8(const std::u32string& word) {
  std::string utf8;
  UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(word.data()),
                           static_cast<int32_t>(word.size()))
      .toUTF8String(utf8);
  return utf8;
}

std::string TextOf(const FoldedName& name) { return ToUtf8(Joined(name)); }

std::vector<std::string> PairsOf(const FoldedName& query) {
  std::vector<std::string> pairs;
  for (const std::u32string& word : query) {
    for (size_t i = 0; i + 1 < word.size(); ++i) pairs.push_back(ToUtf8(word.substr(i, 2)));
  }
  Tidy(&pairs);
  return pairs;
}

std::vector<std::string> GramsOf(const FoldedName& name) {
  std::vector<std::string> grams = PairsOf(name);
  for (const std::u32string& word : name) grams.push_back(ToUtf8(word.substr(word.size() - 1)));
  Tidy(&grams);
  return grams;
}

Fit FitOf(const FoldedName& query, const FoldedName& name) {
  if (query.empty()) return Fit::kNone;
  if (query == name) return Fit::kWhole;
  if (BeginsWith(Joined(name), Joined(query))) return Fit::kBegin;
  if (EachWord(query, name, BeginsWith)) return Fit::kWords;
  const auto holds = [](const std::u32string& word, const std::u32string& part) {
    return word.find(part) != std::u32string::npos;
  };
  return EachWord(query, name, holds) ? Fit::kParts : Fit::kNone;
}

}  // namespace salesops::pipeline::domain
