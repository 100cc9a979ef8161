#include "tests/fault/every_write.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/team.pb.h"
#include "salesops/pipeline/v1/sales_process.pb.h"
#include "shared/base/id.h"
#include "shared/status/macros.h"
#include "tests/fault/load.h"

namespace salesops::stack {
namespace {

using google::protobuf::Message;

constexpr char kServices[][13] = {"organization", "pipeline"};

// Between two calls of a thread, so that the machine has time for what breaks meanwhile.
constexpr absl::Duration kPause = absl::Milliseconds(5);

template <class Request, class Response>
void Make(Stack& stack, rpc::Channel& channel, const std::string& method, const std::string& text) {
  Request request;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
  rpc::CallOptions options = stack.AsAdmin();
  options.wait_for_ready = true;
  const auto answer = rpc::CallUnary<Response>(channel, "/salesops." + method, request, options);
  ASSERT_TRUE(answer.ok()) << method << ": " << answer.status();
}

// "missing X, twice Y …": at most five of them.
std::string Difference(const std::map<std::string, int>& wanted,
                       const std::map<std::string, int>& found) {
  std::vector<std::string> words;
  int differences = 0;
  const auto note = [&](const std::string& what, int want, int got) {
    if (want == got) return;
    if (++differences <= 5) words.push_back(absl::StrCat(what, " ", got, " times, not ", want));
  };
  for (const auto& [what, want] : wanted) {
    const auto it = found.find(what);
    note(what, want, it == found.end() ? 0 : it->second);
  }
  for (const auto& [what, got] : found) {
    if (wanted.count(what) == 0) note(what, 0, got);
  }
  return differences == 0 ? ""
                          : absl::StrCat(differences, " differences: ", absl::StrJoin(words, "; "));
}

// The id that an import chose for each row, by external key.
std::map<std::string, std::string> ImportedIds(Stack& stack, const std::string& service) {
  std::map<std::string, std::string> ids;
  for (const std::string& row :
       stack.Rows(service,
                  "SELECT CONCAT(ext_key, ' ', resource_key) FROM external_key"
                  " WHERE source = 'load' LIMIT 10000000")) {
    const std::vector<std::string> words = absl::StrSplit(row, ' ');
    ids[words.at(0)] = words.at(1);
  }
  return ids;
}

// "accounts/key:a-1 T" -> "accounts/x9 T". A key without a resource stays as it is.
std::string WithIdForKey(const std::string& fact, const std::map<std::string, std::string>& ids) {
  const size_t at = fact.find("key:");
  if (at == std::string::npos) return fact;
  const size_t end = fact.find(' ', at);
  const auto found = ids.find(fact.substr(at + 4, end - at - 4));
  if (found == ids.end()) return fact;
  return absl::StrCat(fact.substr(0, at), found->second, fact.substr(end));
}

}  // namespace

void MakeReadyForEveryWrite(Stack& stack) {
  namespace ov1 = organization::v1;
  namespace pv1 = pipeline::v1;
  if (stack.Number("organization", "SELECT COUNT(*) FROM department WHERE id = 'sales'") > 0) {
    return;
  }
  auto organization = stack.OrganizationChannel();
  Make<ov1::CreateDepartmentRequest, ov1::Department>(
      stack, *organization, "organization.v1.DepartmentService/CreateDepartment",
      "department_id: 'sales' department { display_name: 'Sales' }");
  for (const std::string team : {"north", "south"}) {
    Make<ov1::CreateTeamRequest, ov1::Team>(
        stack, *organization, "organization.v1.TeamService/CreateTeam",
        absl::StrCat("team_id: '", team, "' team { display_name: '", team,
                     "' placements { department: 'departments/sales' "
                     "start_date { year: 2015 month: 1 day: 1 } } }"));
  }
  CreateSeller(stack, *organization, "other");
  // The seller "owner" comes last: when the replicas know it, they know all of these.
  MakeReadyForDeals(stack);

  auto pipeline = stack.PipelineChannel();
  const std::string processes = "pipeline.v1.SalesProcessService/";
  Make<pv1::CreateSalesProcessRequest, pv1::SalesProcess>(
      stack, *pipeline, processes + "CreateSalesProcess",
      "sales_process_id: 'gated' sales_process { display_name: 'gated' }");
  Make<pv1::CreateSalesProcessVersionRequest, pv1::SalesProcessVersion>(
      stack, *pipeline, processes + "CreateSalesProcessVersion", R"pb(
        parent: 'salesProcesses/gated'
        sales_process_version_id: 'v1'
        sales_process_version {
          approval_rules { id: 'discount' display_name: 'Discount' fields: 'amount' }
          stages {
            id: 'lead'
            display_name: 'Lead'
            kind: KIND_OPEN
            steps { id: 'need' display_name: 'Need' }
            exit_criteria { id: 'need' step: 'need' }
          }
          stages {
            id: 'offer'
            display_name: 'Offer'
            kind: KIND_OPEN
            exit_criteria { id: 'discount' approval: 'discount' }
          }
          stages { id: 'won' display_name: 'Won' kind: KIND_WON }
          stages { id: 'lost' display_name: 'Lost' kind: KIND_LOST }
        }
      )pb");
  Make<pv1::PublishSalesProcessVersionRequest, pv1::SalesProcessVersion>(
      stack, *pipeline, processes + "PublishSalesProcessVersion",
      "name: 'salesProcesses/gated/versions/v1'");
}

// ---- the ledger -----------------------------------------------------------------------------

Ledger::Ledger(Stack& stack) {
  for (const char* service : kServices) {
    begin_[service] = stack.Number(service, "SELECT COALESCE(MAX(seq), 0) FROM outbox");
  }
}

void Ledger::Add(const std::string& service, Entry entry) {
  std::lock_guard<std::mutex> lock(mutex_);
  entries_[service].push_back(std::move(entry));
}

std::vector<Ledger::Entry> Ledger::Of(const std::string& service) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = entries_.find(service);
  return found == entries_.end() ? std::vector<Entry>() : found->second;
}

// ---- the load -------------------------------------------------------------------------------

EveryWrite::EveryWrite(Stack& stack, std::vector<KindOfWrite> kinds, Channels channels, int threads,
                       Ledger* ledger)
    : kinds_(std::move(kinds)),
      channels_(std::move(channels)),
      run_(base::GenerateId()),
      ledger_(ledger) {
  for (const KindOfWrite& kind : kinds_) {
    tokens_[kind.subject] = stack.Token(kind.subject, Stack::kAdmins);
  }
  for (int i = 0; i < threads; ++i) {
    const std::string service = kServices[i % 4 == 0 ? 0 : 1];
    threads_.emplace_back([this, i, service] { Run(i, service); });
  }
}

EveryWrite::~EveryWrite() {
  if (!insistence_.finishing()) insistence_.FinishUntil(absl::Now());
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void EveryWrite::Finish() {
  insistence_.FinishUntil(absl::Now() + absl::Seconds(60));
  for (std::thread& thread : threads_) thread.join();
  const std::vector<std::string> lost = insistence_.lost();
  EXPECT_TRUE(lost.empty()) << lost.size() << " writes were never acknowledged, such as "
                            << lost.front();
}

void EveryWrite::Run(int thread, const std::string& service) {
  rpc::Channel& channel = *channels_[thread % channels_.size()].at(service);
  for (int round = 0; !insistence_.finishing(); ++round) {
    const std::string id = absl::StrCat(run_, "-", thread, "-", round);
    for (const KindOfWrite& kind : kinds_) {
      if (insistence_.finishing()) return;
      if (ServiceOf(kind) != service) continue;
      // What comes after would miss what this one should have made.
      if (!Write(kind, id, channel)) break;
      absl::SleepFor(kPause);
    }
  }
}

bool EveryWrite::Write(const KindOfWrite& kind, const std::string& id, rpc::Channel& channel) {
  const Messages requests = RequestsOf(kind, id);
  const std::unique_ptr<Message> answer = NewAnswer(kind);
  if (!insistence_.Insist(kind.method,
                          [&] { return Send(kind, requests, channel, answer.get()); })) {
    return false;
  }
  ledger_->Add(ServiceOf(kind),
               {kind.method, RequestIdOf(*requests[0]), FactsOf(kind, id, *answer)});
  return true;
}

absl::Status EveryWrite::Send(const KindOfWrite& kind, const Messages& requests,
                              rpc::Channel& channel, Message* answer) {
  const rpc::CallOptions options{.token = tokens_.at(kind.subject), .timeout = absl::Seconds(20)};
  const std::string path = "/" + kind.method;
  answer->Clear();
  if (!IsImport(kind)) return channel.Call(path, *requests[0], answer, options);
  size_t next = 0, answered = 0;
  int64_t failed = 0;
  const auto* failed_count = answer->GetDescriptor()->FindFieldByName("failed_count");
  RETURN_IF_ERROR(channel.Exchange(
      path,
      [&](Message* request) {
        if (next == requests.size()) return false;
        request->CopyFrom(*requests[next++]);
        return true;
      },
      *requests[0], *answer, options,
      [&](const Message& reply) {
        ++answered;
        failed += reply.GetReflection()->GetInt32(reply, failed_count);
        answer->CopyFrom(reply);
        return true;
      }));
  if (failed > 0 || answered < requests.size()) {
    return absl::FailedPreconditionError(
        absl::StrCat(answered, " of ", requests.size(),
                     " parts answered, the last: ", answer->ShortDebugString()));
  }
  return absl::OkStatus();
}

// ---- the questions --------------------------------------------------------------------------

void ExpectEveryWriteOnce(Stack& stack, const Ledger& ledger) {
  for (const std::string service : kServices) {
    const std::map<std::string, std::string> ids = ImportedIds(stack, service);
    std::map<std::string, int> facts, requests;
    std::set<std::string> keys;
    for (const Ledger::Entry& entry : ledger.Of(service)) {
      for (const std::string& fact : entry.facts) {
        ++facts[WithIdForKey(fact, ids)];
        if (absl::StrContains(fact, "/key:")) keys.insert(fact);
      }
      if (!entry.request_id.empty()) ++requests[entry.request_id];
    }
    std::map<std::string, int> stored_facts, stored_requests;
    for (const std::string& row :
         stack.Rows(service, absl::StrCat("SELECT CONCAT(aggregateid, ' ', type) FROM outbox"
                                          " WHERE seq > ",
                                          ledger.begin(service), " LIMIT 10000000"))) {
      ++stored_facts[row];
    }
    for (const std::string& row :
         stack.Rows(service, "SELECT request_id FROM request LIMIT 10000000")) {
      ++stored_requests[row];
    }
    EXPECT_EQ(Difference(facts, stored_facts), "") << "facts of " << service;
    EXPECT_EQ(Difference(requests, stored_requests), "") << "request rows of " << service;
    EXPECT_EQ(ids.size(), keys.size()) << "imported rows of " << service;
    EXPECT_EQ(stack.Number(service, "SELECT COUNT(*) FROM request WHERE response IS NULL"), 0);
  }
}

void ExpectWholeRecords(Stack& stack, const std::string& service) {
  std::vector<std::string> made;  // the facts that made what is there
  for (const std::string& history :
       stack.Rows(service,
                  "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE"
                  " table_schema = DATABASE() AND table_name LIKE '%\\_history' LIMIT 1000")) {
    const std::string table = history.substr(0, history.size() - sizeof "_history" + 1);
    for (const std::string& each : {table, history}) {
      made.push_back(absl::StrCat("SELECT recorded_from FROM ", each));
    }
    // The history of activities holds what was replaced; every other one what is in force as well.
    const char* versions = table == "activity" ? "version - 1" : "version";
    EXPECT_EQ(stack.Number(service, absl::StrCat("SELECT CAST(COALESCE(SUM(", versions,
                                                 "), 0) AS SIGNED) - (SELECT COUNT(*) FROM ",
                                                 history, ") FROM ", table)),
              0)
        << table << " has versions without their history";
  }
  ASSERT_FALSE(made.empty());
  const std::string rows = absl::StrCat("(", absl::StrJoin(made, " UNION "), ") r");
  EXPECT_EQ(stack.Number(service, absl::StrCat("SELECT COUNT(*) FROM outbox f LEFT JOIN ", rows,
                                               " ON r.recorded_from = f.seq"
                                               " WHERE r.recorded_from IS NULL")),
            0)
      << service << " has facts without a record";
  EXPECT_EQ(stack.Number(service, absl::StrCat("SELECT COUNT(*) FROM ", rows,
                                               " LEFT JOIN outbox f ON f.seq = r.recorded_from"
                                               " WHERE f.seq IS NULL")),
            0)
      << service << " has records without their fact";
}

void ExpectWholeSideTables(Stack& stack) {
  EXPECT_EQ(stack.Number("pipeline",
                         "SELECT (SELECT COUNT(*) FROM stage_transition) - COUNT(*) FROM outbox"
                         " WHERE SUBSTRING_INDEX(type, '.', -1) IN ('OpportunityCreated',"
                         " 'OpportunityAdvanced', 'OpportunityRegressed', 'OpportunityWon',"
                         " 'OpportunityLost', 'OpportunityReopened', 'OpportunityImported')"),
            0)
      << "moves without their transition, or the other way round";
  EXPECT_EQ(stack.Number("pipeline",
                         "SELECT COUNT(*) FROM account a LEFT JOIN"
                         " (SELECT DISTINCT account_id FROM account_name_gram) g"
                         " ON g.account_id = a.id WHERE g.account_id IS NULL"),
            0)
      << "accounts that a search does not find";
  for (const auto& [collection, table] :
       std::map<std::string, std::string>{{"1", "account"}, {"2", "opportunity"}}) {
    EXPECT_EQ(
        stack.Number("pipeline",
                     absl::StrCat("SELECT COUNT(*) FROM ", table,
                                  " a LEFT JOIN (SELECT id, COUNT(*) AS n FROM attribute_value"
                                  "  WHERE collection = ",
                                  collection,
                                  " GROUP BY id) v ON v.id = a.id WHERE COALESCE(v.n, 0) <>"
                                  " COALESCE(JSON_LENGTH(NULLIF(a.attributes, '')), 0)")),
        0)
        << "attributes of " << table << " that a filter does not find";
  }
  EXPECT_EQ(stack.Number("pipeline",
                         "SELECT COUNT(*) FROM contact c JOIN activity a ON a.contact_id = c.id"
                         " WHERE c.erase_time IS NOT NULL AND a.description <> ''"),
            0)
      << "people who are erased in part";
  EXPECT_EQ(stack.Number("organization",
                         "SELECT COUNT(*) FROM seller_history h LEFT JOIN seller_employment e"
                         " ON e.seller_id = h.id AND e.recorded_from = h.recorded_from"
                         " WHERE e.seller_id IS NULL"),
            0)
      << "versions of sellers without their employments";
  EXPECT_EQ(stack.Number("organization",
                         "SELECT COUNT(*) FROM seller_employment e LEFT JOIN seller_history h"
                         " ON h.id = e.seller_id AND h.recorded_from = e.recorded_from"
                         " WHERE h.id IS NULL"),
            0)
      << "employments of no seller";
}

}  // namespace salesops::stack
