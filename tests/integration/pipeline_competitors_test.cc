// What is a competitor's own: long texts, kept whole.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/competitor.pb.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using ::testing::AllOf;
using testing::HasViolation;

class PipelineCompetitors : public PipelineServerTest {};

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST_F(PipelineCompetitors, StrengthsAndWeaknessesHoldFiveThousandCharactersEach) {
  const std::string longest = Repeated("\U0001F600", 5000);  // four bytes each
  ASSERT_OK_AND_ASSIGN(
      const v1::Competitor made,
      pipeline_.Call<v1::Competitor>(
          "CompetitorService/CreateCompetitor",
          absl::StrCat("competitor_id: 'a' competitor { display_name: 'A' strengths: '", longest,
                       "' weaknesses: '", longest, "' }")));
  ASSERT_OK_AND_ASSIGN(
      const v1::Competitor read,
      pipeline_.Call<v1::Competitor>("CompetitorService/GetCompetitor", "name: 'competitors/a'"));
  EXPECT_EQ(read.strengths(), longest);
  EXPECT_EQ(read.weaknesses(), longest);
  EXPECT_THAT(
      pipeline_.Call<v1::Competitor>("CompetitorService/UpdateCompetitor",
                                     absl::StrCat("competitor { name: 'competitors/a' strengths: '",
                                                  longest, "x' weaknesses: '", longest, "x' }")),
      AllOf(HasViolation("competitor.strengths", "TOO_LONG"),
            HasViolation("competitor.weaknesses", "TOO_LONG")));
}

}  // namespace
}  // namespace salesops::pipeline
