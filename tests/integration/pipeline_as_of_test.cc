// What was answered once is answered again: whatever happens to records afterwards, reads as of a
// moment equal the reads that were made then. Random histories, shrunk to the shortest that fails.
#include <rapidcheck.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shared/resource/message_fields.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using google::protobuf::Message;

// One thing that happens to one of a few records. Some of them are refused; that is fine.
struct Step {
  int what = 0;
  int id = 0;
  int value = 0;
};

std::ostream& operator<<(std::ostream& out, const Step& s) {
  return out << "(" << s.what << "," << s.id << "," << s.value << ")";
}

class PipelineAsOf : public PipelineServerTest {
 protected:
  void Do(const Step& step) {
    const std::string deal = absl::StrCat("opportunities/d", step.id);
    const std::string account = absl::StrCat("accounts/a", step.id);
    const std::string at = absl::StrCat("name: '", deal, "' ");
    const std::string day = "close_date { year: 2026 month: 3 day: 2 } ";
    const std::string stage = absl::StrCat("stage: '", step.value % 2 ? "offer" : "lead", "' ");
    const std::string amount =
        absl::StrCat("amount { currency_code: 'CNY' units: ", step.value, " } ");
    switch (step.what) {
      case 0:
        return Call("Opportunity", "Create",
                    absl::StrCat("opportunity_id: 'd", step.id, "' opportunity { display_name: 'd",
                                 step.value, "' owner: 'sellers/s1' ", amount, " }"));
      case 1:
        return Call("Account", "Create",
                    absl::StrCat("account_id: 'a", step.id, "' account { display_name: 'a",
                                 step.value, "' owner: 'sellers/s1' }"));
      case 2:
        return Call(
            "Opportunity", "Update",
            absl::StrCat("opportunity { name: '", deal, "' ", amount, "attributes { key: 'k",
                         step.value % 3, "' value { string_value: 'v", step.value, "' } } }"));
      case 3:
        return Call(
            "Account", "Update",
            absl::StrCat("account { name: '", account, "' industry: 'i", step.value % 3, "' }"));
      case 4:
        return Call("Opportunity", "Advance", at + stage);
      case 5:
        return Call("Opportunity", "Regress", at + stage + "reason: 'x'");
      case 6:
        return Call("Opportunity", step.value % 2 ? "Win" : "Lose", at + day + "reason: 'x'");
      case 7:
        return Call("Opportunity", "Reopen", at + stage + "reason: 'x'");
      case 8:
        return Call("Opportunity", step.value % 2 ? "Archive" : "Unarchive", at);
      case 9:
        return Call("Opportunity", "Assign",
                    absl::StrCat(at, "owner: 'sellers/s", 1 + step.value % 3, "'"));
      default:
        return Call("Account", step.value % 2 ? "Archive" : "Unarchive",
                    absl::StrCat("name: '", account, "'"));
    }
  }

  // Everything that a reader could see, as of a moment; empty = now.
  std::string Seen(const std::string& moment) {
    const std::string as_of = moment.empty() ? "" : absl::StrCat(" as_of_time { ", moment, " }");
    std::string seen;
    for (const char* list :
         {"Account/List/Accounts/",
          "Account/List/Accounts/show_archived: true "
          "order_by: 'industry desc'",
          "Opportunity/List/Opportunities/",
          "Opportunity/List/Opportunities/filter: 'state = "
          "STATE_OPEN OR amount > 3' order_by: 'amount desc, stage'",
          "Opportunity/List/Opportunities/show_archived: true page_size: 2",
          "Opportunity/Aggregate/Opportunities/group_by: 'stage' group_by: 'owner'"}) {
      const std::vector<std::string> parts = absl::StrSplit(list, absl::MaxSplits('/', 3));
      const auto answer = pipeline_.CallByName(
          absl::StrCat(parts[0], "Service/", parts[1], parts[2]), absl::StrCat(parts[3], as_of));
      absl::StrAppend(&seen, Text(answer));
    }
    for (int id = 0; id < 3; ++id) {
      absl::StrAppend(&seen, Text(pipeline_.CallByName(
                                 "OpportunityService/GetOpportunity",
                                 absl::StrCat("name: 'opportunities/d", id, "'", as_of))));
    }
    absl::StrAppend(&seen, Text(pipeline_.CallByName(
                               "OpportunityService/ListStageTransitions",
                               absl::StrCat("parent: 'opportunities/-' order_by: 'name'", as_of))));
    return seen;
  }

  void ForgetBounds() {
    ASSERT_OK(pipeline_.database().RunInTransaction(
        base::DeadlineContext(absl::Now() + absl::Minutes(1)), [](mysql::Transaction& tx) {
          return tx.Execute("UPDATE event_log SET low_seq = NULL, high_seq = NULL").status();
        }));
  }

 private:
  void Call(const std::string& type, const std::string& verb, const std::string& request) {
    (void)pipeline_.CallByName(absl::StrCat(type, "Service/", verb, type), request);
  }

  // The answer without what says which read it was.
  static std::string Text(const absl::StatusOr<std::unique_ptr<Message>>& answer) {
    if (!answer.ok()) return absl::StrCat(absl::StatusCodeToString(answer.status().code()), "\n");
    Message& message = **answer;
    for (const char* field : {"as_of_time", "next_page_token"}) {
      const auto* f = message.GetDescriptor()->FindFieldByName(field);
      if (f != nullptr) message.GetReflection()->ClearField(&message, f);
    }
    return message.Utf8DebugString();
  }
};

TEST_F(PipelineAsOf, WhatWasAnsweredIsAnsweredAgain) {
  ::setenv("RC_PARAMS", std::getenv("SALESOPS_TEST_FULL") ? "max_success=300" : "max_success=15",
           /*overwrite=*/0);
  const bool held = rc::check([this] {
    const auto steps = *rc::gen::container<std::vector<Step>>(
        rc::gen::build<Step>(rc::gen::set(&Step::what, rc::gen::inRange(0, 11)),
                             rc::gen::set(&Step::id, rc::gen::inRange(0, 3)),
                             rc::gen::set(&Step::value, rc::gen::inRange(0, 8))));
    pipeline_.Clear();
    pipeline_.MakeProcess();
    std::vector<std::pair<std::string, std::string>> answered;  // moment, what was seen
    for (const Step& step : steps) {
      Do(step);
      const std::string seen = Seen("");
      answered.emplace_back(pipeline_.Now(), seen);
    }
    for (const auto& [moment, seen] : answered) RC_ASSERT(Seen(moment) == seen);
    // As the release before writes the log, every fact is looked up.
    ForgetBounds();
    for (const auto& [moment, seen] : answered) RC_ASSERT(Seen(moment) == seen);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace salesops::pipeline
