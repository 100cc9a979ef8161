#include "services/pipeline/domain/name_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace salesops::pipeline::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Fit Fits(const char* query, const char* name) { return FitOf(FoldName(query), FoldName(name)); }

TEST(NameSearch, FoldsCaseAccentsWidthAndPunctuation) {
  EXPECT_THAT(FoldName("Acme Corp."), ElementsAre(U"acme", U"corp"));
  EXPECT_EQ(FoldName("ＡＣＭＥ　ｃｏｒｐ"), FoldName("acme corp"));
  EXPECT_EQ(FoldName("Société Générale"), FoldName("societe generale"));
  EXPECT_EQ(FoldName("Straße"), FoldName("STRASSE"));
  EXPECT_THAT(FoldName("华为技术有限公司（深圳）"), ElementsAre(U"华为技术有限公司", U"深圳"));
  EXPECT_THAT(FoldName("3M"), ElementsAre(U"3m"));
  EXPECT_THAT(FoldName(" .,! "), IsEmpty());
  EXPECT_THAT(FoldName(""), IsEmpty());
}

TEST(NameSearch, CutsWordsIntoPairsAndLastCharacters) {
  EXPECT_THAT(GramsOf(FoldName("Acme Co")), UnorderedElementsAre("ac", "cm", "me", "e", "co", "o"));
  EXPECT_THAT(GramsOf(FoldName("华为")), UnorderedElementsAre("华为", "为"));
  EXPECT_THAT(GramsOf(FoldName("𠮷野家")), UnorderedElementsAre("𠮷野", "野家", "家"));
  EXPECT_THAT(GramsOf(FoldName("aaaa")), UnorderedElementsAre("aa", "a"));
  EXPECT_THAT(PairsOf(FoldName("X")), IsEmpty());
}

TEST(NameSearch, TellsHowANameFits) {
  EXPECT_EQ(Fits("acme corp", "ACME Corp."), Fit::kWhole);
  EXPECT_EQ(Fits("华为", "华为技术有限公司"), Fit::kBegin);
  EXPECT_EQ(Fits("acme", "Acme Corp."), Fit::kBegin);
  EXPECT_EQ(Fits("corp", "Acme Corp."), Fit::kWords);
  EXPECT_EQ(Fits("corp acme", "Acme Corp."), Fit::kWords);
  EXPECT_EQ(Fits("技术", "华为技术有限公司"), Fit::kParts);
  EXPECT_EQ(Fits("orp", "Acme Corp."), Fit::kParts);
  EXPECT_EQ(Fits("acme ltd", "Acme Corp."), Fit::kNone);
  EXPECT_EQ(Fits("为华", "华为技术有限公司"), Fit::kNone);
  EXPECT_EQ(Fits("...", "Acme Corp."), Fit::kNone);
}

// An index of grams never hides a name: whatever fits has every pair of the query.
RC_GTEST_PROP(NameSearch, WhateverFitsHasThePairsOfTheQuery, ()) {
  const auto letter = rc::gen::element<std::string>("a", "b", "华", "为", " ", ".", "é", "Ａ");
  const auto text = [&](size_t longest) {
    std::string joined;
    for (const std::string& part : *rc::gen::resize(
             static_cast<int>(longest), rc::gen::container<std::vector<std::string>>(letter))) {
      joined += part;
    }
    return joined;
  };
  const FoldedName query = FoldName(text(4)), name = FoldName(text(20));
  const std::vector<std::string> grams = GramsOf(name);
  RC_CLASSIFY(FitOf(query, name) != Fit::kNone);
  if (FitOf(query, name) == Fit::kNone) return;
  for (const std::string& pair : PairsOf(query)) {
    RC_ASSERT(std::binary_search(grams.begin(), grams.end(), pair));
  }
  for (const std::u32string& word : query) {
    RC_ASSERT(TextOf(name).find(ToUtf8(word)) != std::string::npos);
  }
}

RC_GTEST_PROP(NameSearch, FoldingTwiceChangesNothing, (const std::string& text)) {
  std::string again;
  for (const std::u32string& word : FoldName(text)) again += ToUtf8(word) + " ";
  RC_ASSERT(FoldName(again) == FoldName(text));
}

}  // namespace
}  // namespace salesops::pipeline::domain
