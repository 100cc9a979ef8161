#include "tests/fault/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "salesops/organization/v1/seller.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/base/id.h"

namespace salesops::stack {
namespace {

using google::protobuf::Message;
namespace pv1 = pipeline::v1;

constexpr char kOpportunities[] = "/salesops.pipeline.v1.OpportunityService/";

// Every row of a query, however many: a query of many rows must say that it wants them.
std::vector<std::string> AllRows(Stack& stack, const std::string& sql) {
  return stack.Rows("pipeline", absl::StrCat(sql, " LIMIT ", std::numeric_limits<int64_t>::max()));
}

}  // namespace

void MakeReadyForDeals(Stack& stack) {
  if (stack.Number("pipeline", "SELECT COUNT(*) FROM sales_process") > 0) return;
  stack.MakeSalesProcess("direct", {"lead", "offer"});
  CreateSeller(stack, *stack.OrganizationChannel(), "owner");
  // The seller reaches each replica as an event of organization.
  for (size_t replica = 0; replica < stack.pipelines(); ++replica) {
    auto channel = stack.PipelineChannel(replica);
    pv1::CreateOpportunityRequest trial = NewDeal("trial");
    trial.set_validate_only(true);
    absl::Status last;
    EXPECT_TRUE(Eventually(absl::Seconds(20), [&] {
      pv1::Opportunity made;
      last = channel->Call(absl::StrCat(kOpportunities, "CreateOpportunity"), trial, &made,
                           stack.AsAdmin());
      return last.ok();
    })) << last;
  }
}

pv1::CreateOpportunityRequest NewDeal(const std::string& display_name) {
  pv1::CreateOpportunityRequest create;
  create.set_request_id(base::GenerateUuid());
  create.mutable_opportunity()->set_display_name(display_name);
  create.mutable_opportunity()->set_owner("sellers/owner");
  create.mutable_opportunity()->set_process_version("salesProcesses/direct/versions/v1");
  return create;
}

Writers::Writers(Stack& stack, std::vector<std::shared_ptr<rpc::Channel>> channels, int threads,
                 absl::Duration call_timeout)
    : call_timeout_(call_timeout),
      token_(stack.AdminToken()),
      run_(base::GenerateId()),
      channels_(std::move(channels)) {
  MakeReadyForDeals(stack);
  for (int i = 0; i < threads; ++i) {
    rpc::Channel* channel = channels_[i % channels_.size()].get();
    threads_.emplace_back([this, i, channel] { Run(i, *channel); });
  }
}

Writers::~Writers() {
  if (!insistence_.finishing()) insistence_.FinishUntil(absl::Now());
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Writers::Finish() {
  insistence_.FinishUntil(absl::Now() + absl::Seconds(60));
  for (std::thread& thread : threads_) thread.join();
  const std::vector<std::string> lost = insistence_.lost();
  EXPECT_TRUE(lost.empty()) << lost.size() << " writes were never acknowledged, such as "
                            << lost.front();
}

void Writers::Run(int thread, rpc::Channel& channel) {
  for (int n = 0; !insistence_.finishing(); ++n) {
    const pv1::CreateOpportunityRequest create = NewDeal(absl::StrCat(run_, " ", thread, "-", n));
    pv1::Opportunity made;
    if (!Insist(channel, "CreateOpportunity", create, &made)) continue;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      written_.push_back({made.name(), create.opportunity().display_name(), create.request_id()});
    }
    if (n % 2 == 0) continue;
    pv1::AdvanceOpportunityRequest advance;
    advance.set_name(made.name());
    advance.set_stage("offer");
    advance.set_request_id(base::GenerateUuid());
    Insist(channel, "AdvanceOpportunity", advance, &made);
  }
}

bool Writers::Insist(rpc::Channel& channel, const std::string& method, const Message& request,
                     Message* response) {
  const rpc::CallOptions options{.token = token_, .timeout = call_timeout_};
  return insistence_.Insist(method, [&] {
    return channel.Call(absl::StrCat(kOpportunities, method), request, response, options);
  });
}

void ExpectEachWriteOnce(Stack& stack, const Writers& writers) {
  std::multiset<std::string> stored;
  for (const std::string& row :
       AllRows(stack, "SELECT CONCAT(id, ' ', display_name) FROM opportunity")) {
    stored.insert("opportunities/" + row);
  }
  for (const Written& write : writers.written()) {
    ASSERT_EQ(stored.count(absl::StrCat(write.name, " ", write.display_name)), 1u) << write.name;
  }
  // A write without an acknowledgement is repeated until it has one, so there are no others.
  EXPECT_EQ(stored.size(), writers.written().size());
  EXPECT_EQ(stack.Number("pipeline",
                         "SELECT COUNT(*) - COUNT(DISTINCT display_name)"
                         " FROM opportunity"),
            0);

  EXPECT_EQ(stack.Number("pipeline",
                         "SELECT COUNT(*) FROM opportunity o WHERE o.version <>"
                         " (SELECT COUNT(*) FROM opportunity_history h WHERE h.id = o.id)"),
            0)
      << "opportunities without the history of each version";
  EXPECT_EQ(stack.Number("pipeline",
                         "SELECT COUNT(*) FROM opportunity_history h WHERE NOT EXISTS"
                         " (SELECT 1 FROM outbox f WHERE f.seq = h.recorded_from AND"
                         "  f.aggregateid = CONCAT('opportunities/', h.id))"),
            0)
      << "versions without their fact";
  EXPECT_EQ(stack.Number("pipeline",
                         "SELECT (SELECT COUNT(*) FROM opportunity_history) - COUNT(*)"
                         " FROM outbox WHERE aggregatetype = 'opportunity'"),
            0)
      << "facts without a version";
  EXPECT_EQ(stack.Number("pipeline",
                         "SELECT COUNT(*) FROM opportunity o WHERE o.version <>"
                         " (SELECT COUNT(*) FROM stage_transition t"
                         "  WHERE t.opportunity_id = o.id)"),
            0)
      << "moves without their transition";
  EXPECT_EQ(stack.Number("pipeline",
                         "SELECT CAST(SUM(version) AS SIGNED) - (SELECT COUNT(*) FROM request WHERE"
                         " method LIKE '%OpportunityService%') FROM opportunity"),
            0)
      << "moves without their request row, or the other way round";
  EXPECT_EQ(stack.Number("pipeline", "SELECT COUNT(*) FROM request WHERE response IS NULL"), 0);
  std::set<std::string> requests;
  for (std::string& id : AllRows(stack, "SELECT request_id FROM request")) {
    requests.insert(std::move(id));
  }
  for (const Written& write : writers.written()) {
    ASSERT_EQ(requests.count(write.request_id), 1u) << write.name;
  }
}

void ExpectWholeEventLog(Stack& stack, const std::string& service) {
  EXPECT_TRUE(Eventually(absl::Seconds(20),
                         [&] {
                           return stack.Number(
                                      service,
                                      "SELECT COUNT(*) FROM outbox o LEFT JOIN event_log e"
                                      " ON e.outbox_seq = o.seq WHERE e.position IS NULL") == 0;
                         }))
      << service << " has facts without a position";
  EXPECT_EQ(stack.Number(service, "SELECT COUNT(*) - (SELECT COUNT(*) FROM outbox) FROM event_log"),
            0)
      << service << " has positions without a fact";
  EXPECT_EQ(stack.Number(service, "SELECT COALESCE(MIN(position), 1) FROM event_log"), 1);
  EXPECT_EQ(stack.Number(service, "SELECT COALESCE(MAX(position), 0) - COUNT(*) FROM event_log"), 0)
      << service << " has gaps";
  EXPECT_EQ(stack.Number(service,
                         "SELECT COUNT(*) FROM event_log a JOIN event_log b"
                         " ON b.partition_id = a.partition_id AND b.position = a.position + 1"
                         " WHERE b.sequenced_at < a.sequenced_at"),
            0)
      << service << " has times that go back";
}

bool RosterCaughtUp(Stack& stack, absl::Duration limit) {
  return Eventually(limit, [&] {
    const auto head =
        stack.Rows("organization", "SELECT CONCAT(log_id, ' ', position) FROM event_head");
    const int64_t waiting = stack.Number("organization",
                                         "SELECT (SELECT COUNT(*) FROM outbox) -"
                                         " (SELECT COUNT(*) FROM event_log)");
    return waiting == 0 && head == stack.Rows("pipeline",
                                              "SELECT CONCAT(log_id, ' ', position)"
                                              " FROM consumer_position");
  });
}

std::vector<std::string> RosterRows(Stack& stack) {
  std::vector<std::string> all;
  for (const std::string& table :
       stack.Rows("pipeline",
                  "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE"
                  " table_schema = DATABASE() AND table_name LIKE 'roster%' ORDER BY 1")) {
    std::string columns;
    for (const std::string& column : stack.Rows(
             "pipeline", absl::StrCat("SELECT CAST(column_name AS CHAR) FROM"
                                      " information_schema.columns WHERE table_schema = DATABASE()"
                                      " AND table_name = '",
                                      table, "' ORDER BY ordinal_position"))) {
      absl::StrAppend(&columns, ", '|', COALESCE(CAST(`", column, "` AS CHAR), 'NULL')");
    }
    for (const std::string& row :
         stack.Rows("pipeline", absl::StrCat("SELECT CONCAT('", table, "'", columns, ") FROM `",
                                             table, "` ORDER BY 1 LIMIT 1000000"))) {
      all.push_back(row);
    }
  }
  return all;
}

void ExpectReadModelAsMadeAnew(Stack& stack) {
  EXPECT_TRUE(RosterCaughtUp(stack, absl::Minutes(2)));
  const std::vector<std::string> followed = RosterRows(stack);
  EXPECT_EQ(stack.StopPipeline(), 0);
  for (const std::string& table :
       stack.Rows("pipeline",
                  "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE"
                  " table_schema = DATABASE() AND table_name LIKE 'roster%'")) {
    stack.Execute("pipeline", "DELETE FROM " + table);
  }
  stack.Execute("pipeline", "DELETE FROM consumer_position");
  stack.StartPipeline();
  EXPECT_TRUE(RosterCaughtUp(stack, absl::Minutes(2)));
  EXPECT_EQ(RosterRows(stack), followed);
}

void CreateSeller(Stack& stack, rpc::Channel& organization, const std::string& id) {
  organization::v1::CreateSellerRequest request;
  request.set_seller_id(id);
  request.mutable_seller()->set_display_name("Seller " + id);
  request.mutable_seller()->set_subject(id);
  auto* start = request.mutable_seller()->add_employments()->mutable_start_date();
  start->set_year(2020);
  start->set_month(1);
  start->set_day(1);
  // A service that has just become ready says so by health a moment later.
  rpc::CallOptions options = stack.AsAdmin();
  options.wait_for_ready = true;
  const auto answer = rpc::CallUnary<organization::v1::Seller>(
      organization, "/salesops.organization.v1.SellerService/CreateSeller", request, options);
  ASSERT_TRUE(answer.ok()) << answer.status();
}

}  // namespace salesops::stack
