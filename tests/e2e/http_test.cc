// Good and bad requests over HTTP/JSON, from the gateway to the database and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/stack/stack.h"

namespace salesops::stack {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

class HttpTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { stack_ = new Stack; }
  static void TearDownTestSuite() {
    delete stack_;
    stack_ = nullptr;
  }

  static HttpClient Admin() { return stack_->Http(); }

  static std::vector<std::string> NamesIn(const json& list) {
    std::vector<std::string> names;
    for (const json& item : list) names.push_back(item.value("name", ""));
    return names;
  }

  static Stack* stack_;
};

Stack* HttpTest::stack_ = nullptr;

TEST_F(HttpTest, AnAccountLivesFromCreationToArchive) {
  const HttpClient http = Admin();
  const auto created = http.Send("POST", "/pipeline/v1/accounts?accountId=life",
                                 json{{"displayName", "华为"}, {"industry", "telecom"}});
  ASSERT_EQ(created.code, 200) << created.body;
  EXPECT_EQ(created.Json().value("name", ""), "accounts/life");
  EXPECT_THAT(created.headers.at("content-type"), HasSubstr("application/json"));

  const auto got = http.Get("/pipeline/v1/accounts/life");
  EXPECT_EQ(got.code, 200);
  EXPECT_EQ(got.Json(), created.Json());

  const auto listed =
      http.Get("/pipeline/v1/accounts?filter=industry%20%3D%20%22telecom%22&page_size=5");
  EXPECT_EQ(listed.code, 200) << listed.body;
  EXPECT_THAT(NamesIn(listed.Json()["accounts"]), ElementsAre("accounts/life"));

  const auto patched = http.Send("PATCH", "/pipeline/v1/accounts/life?updateMask=grade",
                                 json{{"grade", "A"}, {"industry", "ignored"}});
  ASSERT_EQ(patched.code, 200) << patched.body;
  EXPECT_EQ(patched.Json().value("grade", ""), "A");
  EXPECT_EQ(patched.Json().value("industry", ""), "telecom");

  const auto archived = http.Send("POST", "/pipeline/v1/accounts/life:archive", json::object());
  EXPECT_EQ(archived.code, 200) << archived.body;
  EXPECT_TRUE(archived.Json().contains("archiveTime"));
  const auto after = http.Get("/pipeline/v1/accounts?filter=industry%20%3D%20%22telecom%22");
  EXPECT_THAT(NamesIn(after.Json().value("accounts", json::array())), ElementsAre());
}

TEST_F(HttpTest, EveryViolationIsToldAtOnce) {
  const auto bad =
      Admin().Send("POST", "/pipeline/v1/accounts?request_id=nonsense",
                   json{{"website", "not a url"}, {"foundedYear", "20000"}, {"owner", "seller-7"}});
  EXPECT_EQ(bad.code, 400) << bad.body;
  EXPECT_EQ(bad.ErrorStatus(), "INVALID_ARGUMENT");
  EXPECT_THAT(bad.Violations(),
              IsSupersetOf({"account.display_name", "account.website", "account.founded_year",
                            "account.owner", "request_id"}));

  const auto not_json = Admin().SendText("POST", "/pipeline/v1/accounts", std::string("{'a':1,}"));
  EXPECT_EQ(not_json.code, 400) << not_json.body;
  const auto unknown_field =
      Admin().Send("POST", "/pipeline/v1/accounts", json{{"displayName", "x"}, {"nope", 1}});
  EXPECT_EQ(unknown_field.code, 400);
  EXPECT_THAT(unknown_field.body, HasSubstr("nope"));
  EXPECT_EQ(Admin().Get("/pipeline/v1/accounts?no_such_parameter=1").code, 400);
}

TEST_F(HttpTest, WhoIsNotKnownOrNotAllowedIsToldApart) {
  const auto nobody = Admin().As("").Get("/pipeline/v1/accounts");
  EXPECT_EQ(nobody.code, 401);
  EXPECT_EQ(nobody.ErrorStatus(), "UNAUTHENTICATED");
  EXPECT_EQ(nobody.headers.count("www-authenticate"), 1u);
  EXPECT_EQ(Admin().As("not.a.token").Get("/pipeline/v1/accounts").code, 401);
  // Another's signature.
  const std::string token = stack_->Token("mallory");
  const auto forged = token.substr(0, token.rfind('.')) + "." + std::string(342, 'A');
  EXPECT_EQ(Admin().As(forged).Get("/pipeline/v1/accounts").code, 401);

  const auto stranger = Admin().As(stack_->Token("stranger")).Get("/pipeline/v1/accounts");
  EXPECT_EQ(stranger.code, 403) << stranger.body;
  EXPECT_EQ(stranger.ErrorStatus(), "PERMISSION_DENIED");
}

TEST_F(HttpTest, WhatIsNotThereAndWhatIsNotDoneThere) {
  const auto absent = Admin().Get("/pipeline/v1/accounts/absent");
  EXPECT_EQ(absent.code, 404);
  EXPECT_EQ(absent.ErrorStatus(), "NOT_FOUND");
  EXPECT_EQ(Admin().Get("/pipeline/v1/nothing").code, 404);
  EXPECT_EQ(Admin().Get("/").code, 404);
  const auto wrong_verb = Admin().SendText("DELETE", "/pipeline/v1/accounts/absent");
  EXPECT_EQ(wrong_verb.code, 405) << wrong_verb.body;
  EXPECT_THAT(wrong_verb.headers.at("allow"), HasSubstr("GET"));
  EXPECT_THAT(wrong_verb.headers.at("allow"), HasSubstr("PATCH"));
}

TEST_F(HttpTest, AnOldEtagIsRefusedAndATakenIdToo) {
  const HttpClient http = Admin();
  const auto created =
      http.Send("POST", "/pipeline/v1/accounts?account_id=tagged", json{{"displayName", "T"}});
  ASSERT_EQ(created.code, 200) << created.body;
  const std::string etag = created.Json().value("etag", "");
  const json change{{"grade", "B"}, {"etag", etag}};
  EXPECT_EQ(http.Send("PATCH", "/pipeline/v1/accounts/tagged", change).code, 200);
  const auto late = http.Send("PATCH", "/pipeline/v1/accounts/tagged", change);
  EXPECT_EQ(late.code, 409) << late.body;
  EXPECT_EQ(late.ErrorStatus(), "ABORTED");
  EXPECT_EQ(late.Reason(), "ETAG_MISMATCH");

  const auto taken =
      http.Send("POST", "/pipeline/v1/accounts?account_id=tagged", json{{"displayName", "U"}});
  EXPECT_EQ(taken.code, 409) << taken.body;
  EXPECT_EQ(taken.ErrorStatus(), "ALREADY_EXISTS");
}

TEST_F(HttpTest, AnExportIsLinesOfJson) {
  const HttpClient http = Admin();
  json requests = json::array();
  for (int i = 0; i < 40; ++i) {
    requests.push_back({{"accountId", absl::StrCat("export-", i)},
                        {"account", {{"displayName", "E"}, {"industry", "exported"}}}});
  }
  const auto made =
      http.Send("POST", "/pipeline/v1/accounts:batchCreate", json{{"requests", requests}});
  ASSERT_EQ(made.code, 200) << made.body;
  const auto exported =
      http.Get("/pipeline/v1/accounts:export?filter=industry%20%3D%20%22exported%22");
  ASSERT_EQ(exported.code, 200) << exported.body;
  EXPECT_EQ(exported.headers.at("content-type"), "application/x-ndjson");
  size_t rows = 0;
  for (absl::string_view line : absl::StrSplit(exported.body, '\n', absl::SkipEmpty())) {
    const json value = json::parse(line.begin(), line.end(), nullptr, false);
    ASSERT_TRUE(value.contains("result")) << line;
    rows += value["result"].value("accounts", json::array()).size();
  }
  EXPECT_EQ(rows, 40u);
}

TEST_F(HttpTest, AGrantTakesEffectSoonAndASellerSeesOwnRowsOnly) {
  const HttpClient http = Admin();
  stack_->MakeSalesProcess("direct", {"lead", "offer"});
  for (const std::string id : {"ann", "ben"}) {
    const auto seller = http.Send(
        "POST", "/organization/v1/sellers?seller_id=" + id,
        json{{"displayName", id},
             {"subject", id},
             {"employments", {{{"startDate", {{"year", 2020}, {"month", 1}, {"day", 1}}}}}}});
    ASSERT_EQ(seller.code, 200) << seller.body;
  }
  for (const std::string id : {"ann", "ben"}) {
    HttpClient::Response deal;
    EXPECT_TRUE(Eventually(absl::Seconds(5), [&] {
      deal = http.Send("POST", "/pipeline/v1/opportunities?opportunity_id=of-" + id,
                       json{{"displayName", "Deal of " + id},
                            {"owner", "sellers/" + id},
                            {"processVersion", "salesProcesses/direct/versions/v1"}});
      return deal.code == 200;
    })) << deal.body;
  }
  const HttpClient ann = http.As(stack_->Token("ann"));
  EXPECT_EQ(ann.Get("/pipeline/v1/opportunities").code, 403);

  const auto role = http.Send(
      "POST", "/organization/v1/accessRoles?access_role_id=seller",
      json{{"displayName", "Seller"},
           {"permissions", {"pipeline.opportunities.read", "pipeline.opportunities.write"}}});
  ASSERT_EQ(role.code, 200) << role.body;
  const auto grant = http.Send("POST", "/organization/v1/grants?grant_id=ann-sells",
                               json{{"accessRole", "accessRoles/seller"},
                                    {"member", "subject:ann"},
                                    {"scope", "SCOPE_OWN_AND_REPORTS"}});
  ASSERT_EQ(grant.code, 200) << grant.body;
  HttpClient::Response seen;
  EXPECT_TRUE(Eventually(absl::Seconds(5), [&] {
    seen = ann.Get("/pipeline/v1/opportunities");
    return seen.code == 200;
  })) << seen.body;
  EXPECT_THAT(NamesIn(seen.Json()["opportunities"]), ElementsAre("opportunities/of-ann"));
  EXPECT_EQ(ann.Get("/pipeline/v1/opportunities/of-ann").code, 200);

  // What is another's and what is not there look the same.
  const auto anothers = ann.Get("/pipeline/v1/opportunities/of-ben");
  const auto absent = ann.Get("/pipeline/v1/opportunities/of-xyz");
  EXPECT_EQ(anothers.code, 403) << anothers.body;
  EXPECT_EQ(absent.code, 403) << absent.body;
  EXPECT_EQ(anothers.Reason(), absent.Reason());
  EXPECT_EQ(ann.Send("PATCH", "/pipeline/v1/opportunities/of-ben?update_mask=source",
                     json{{"source", "stolen"}})
                .code,
            403);

  // And what was given can be taken back.
  EXPECT_EQ(http.Send("POST", "/organization/v1/grants/ann-sells:archive", json::object()).code,
            200);
  EXPECT_TRUE(Eventually(absl::Seconds(5),
                         [&] { return ann.Get("/pipeline/v1/opportunities").code == 403; }));
}

}  // namespace
}  // namespace salesops::stack
