#include "gateway/reference/markdown_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace salesops::gateway::reference {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Markdown(const char* folder, const std::string& service) {
  const auto sets = DescriptorCatalog::ReadFolder(folder);
  EXPECT_TRUE(sets.ok()) << sets.status();
  const auto catalog = DescriptorCatalog::Build(*sets);
  EXPECT_TRUE(catalog.ok()) << catalog.status();
  const auto routes = RouteTable::Build(*catalog);
  EXPECT_TRUE(routes.ok()) << routes.status();
  Comments comments;
  for (const auto& [name, set] : *sets) comments.Add(set);
  return WriteMarkdown(service, *catalog, *routes, comments);
}

TEST(MarkdownTest, AMethodHasRouteAccessErrorsAndFields) {
  const std::string text = Markdown(SALESOPS_DESCRIPTORS, "pipeline");
  for (const char* part : {
           "\n## OpportunityService\n",
           "\n### AdvanceOpportunity\n",
           "- `POST /pipeline/v1/{name=opportunities/*}:advance`, the body is the request\n",
           "- `PATCH /pipeline/v1/{account.name=accounts/*}`, the body is `account`\n",
           "- Needs the permission `pipeline.opportunities.advance`.\n",
           "- Answers [Opportunity](#opportunity).\n",
           "FAILED_PRECONDITION (NOT_OPEN, WRONG_STAGE)",
           "| `display_name` | string | required; 1 to 200 characters | What people call the ",
           "| `amount` | `google.type.Money` | at least 0, at most 999999999999999 | ",
           "names `sellers/{seller}`",
           "list of [CreateAccountRequest](#createaccount)",
           "\n### Opportunity.State\n",
           "| `STATE_WON` | 2 | Won. |",
           "\n### OpportunityAdvanced\n",
           "matches `stage\\|state\\|owner",
       }) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, Not(HasSubstr("organization.v1")));
  EXPECT_EQ(text, Markdown(SALESOPS_DESCRIPTORS, "pipeline"));
}

TEST(MarkdownTest, EveryLinkLeadsToAHeading) {
  for (const char* service : {"organization", "performance", "pipeline"}) {
    const std::string text = Markdown(SALESOPS_DESCRIPTORS, service);
    std::set<std::string> anchors;
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      if (!absl::StartsWith(line, "#")) continue;
      std::string anchor;
      for (char c : line.substr(line.find(' ') + 1)) {
        if (c != '.') anchor += c == ' ' ? '-' : absl::ascii_tolower(static_cast<unsigned char>(c));
      }
      EXPECT_TRUE(anchors.insert(anchor).second) << "two headings " << anchor;
    }
    size_t at = 0;
    while ((at = text.find("](#", at)) != std::string::npos) {
      const size_t end = text.find(')', at);
      const std::string anchor = text.substr(at + 3, end - at - 3);
      EXPECT_EQ(anchors.count(anchor), 1u) << service << " " << anchor;
      at = end;
    }
  }
}

TEST(MarkdownTest, StreamsRoutesAndAnswersOfAllKinds) {
  const std::string text = Markdown(SHELF_DESCRIPTORS, "shelf");
  for (const char* part : {
           "- `GET /shelf/v1/{name=files/**}`\n",
           "- `GET /shelf/v1/books:titles`, the answer is `titles`\n",
           "- Needs no identity.\n",
           "- Answers a stream of [Book](#book).\n",
           "- Takes a stream of [ImportBooksRequest](#importbooksrequest).\n",
           "| `chapters` | map of int32 to [Author](#author) |",
           "(One of `place`.)",
       }) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace salesops::gateway::reference
