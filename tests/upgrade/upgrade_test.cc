// An installation of the release before becomes one of this release under load: the schemas first,
// then replicas beside the old ones, then the gateway. No call fails, and what the old release
// wrote reads as it did.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "nlohmann/json.hpp"
#include "salesops/events/v1/event.pb.h"
#include "tests/fault/every_write.h"
#include "tests/fault/load.h"
#include "tests/fault/private_hosts.h"
#include "tests/fault/readers.h"

namespace salesops::stack {
namespace {

using nlohmann::json;

constexpr char kOrganization[] = "organization.salesops.test";
constexpr char kPipeline[] = "pipeline.salesops.test";

const std::vector<std::string> kRead = {
    "/pipeline/v1/opportunities?page_size=5", "/pipeline/v1/accounts?page_size=5",
    "/pipeline/v1/leads?page_size=5", "/organization/v1/sellers?page_size=5"};

void Say(const std::string& words) { std::fprintf(stderr, "%s\n", words.c_str()); }

// The methods that the descriptors of a build name: "salesops.pipeline.v1.LeadService/GetLead".
std::set<std::string> MethodsOf(const std::string& programs) {
  std::set<std::string> methods;
  for (const std::string service : {"organization", "pipeline"}) {
    google::protobuf::FileDescriptorSet set;
    EXPECT_TRUE(
        set.ParseFromString(ReadFile(absl::StrCat(programs, "/descriptors/", service, ".binpb"))))
        << "the contracts of " << programs;
    for (const auto& file : set.file()) {
      for (const auto& declared : file.service()) {
        for (const auto& method : declared.method()) {
          methods.insert(absl::StrCat(file.package(), ".", declared.name(), "/", method.name()));
        }
      }
    }
  }
  return methods;
}

// What a release with these methods can write.
std::vector<KindOfWrite> KindsAmong(const std::set<std::string>& methods) {
  std::vector<KindOfWrite> kinds;
  for (const KindOfWrite& kind : KindsOfWrites()) {
    if (methods.count(kind.method) > 0) kinds.push_back(kind);
  }
  return kinds;
}

// What this release can do with the processes that the old one made: they may have neither steps
// nor approvals.
std::vector<KindOfWrite> KindsOnOldData(const std::set<std::string>& old_methods) {
  std::vector<KindOfWrite> kinds;
  for (const KindOfWrite& kind : KindsOfWrites()) {
    const bool of_gates = absl::StrContains(kind.method, "OpportunityStep") ||
                          absl::StrContains(kind.method, "OpportunityApproval");
    if (!of_gates || old_methods.count(kind.method) > 0) kinds.push_back(kind);
  }
  return kinds;
}

EveryWrite::Channels ThroughGateway(Stack& stack, size_t which) {
  EveryWrite::Channels channels;
  for (int i = 0; i < 2; ++i) {
    const auto channel = stack.GatewayChannel(which);
    channels.push_back({{"organization", channel}, {"pipeline", channel}});
  }
  return channels;
}

size_t IndexOf(const std::vector<KindOfWrite>& kinds, const std::string& method) {
  size_t i = 0;
  while (!absl::EndsWith(kinds.at(i).method, method)) ++i;
  return i;
}

absl::Status Call(Stack& stack, size_t gateway, const KindOfWrite& kind,
                  const google::protobuf::Message& request, google::protobuf::Message* answer) {
  return stack.GatewayChannel(gateway)->Call("/" + kind.method, request, answer, stack.AsAdmin());
}

void ExpectNoCallFailed(const Insistence& insistence) {
  EXPECT_EQ(insistence.failed(), 0) << "of " << insistence.calls();
  for (const auto& [code, message] : insistence.failures()) ADD_FAILURE() << message;
}

void ExpectNoCallFailed(Readers& readers) {
  const std::vector<std::string> failures = readers.Finish();
  EXPECT_TRUE(failures.empty()) << failures.size() << " of " << readers.calls() << ", such as "
                                << failures.front();
}

// What a process has logged is what it was asked: true once each of these has been.
bool AreCalled(const Stack& stack, const std::vector<std::string>& processes) {
  const auto logged = [&](const std::string& process) {
    return ReadFile(absl::StrCat(stack.folder(), "/", process, ".log")).size();
  };
  std::map<std::string, size_t> before;
  for (const std::string& process : processes) before[process] = logged(process);
  return Eventually(absl::Seconds(60), [&] {
    for (const std::string& process : processes) {
      if (logged(process) < before[process] + 2000) return false;
    }
    return true;
  });
}

// ---- what was written reads as it did --------------------------------------------------------

std::string AsText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

// Everything that was created, now and at these moments, and the lists at these moments.
std::vector<std::string> Questions(const Ledger& ledger, const std::vector<absl::Time>& moments) {
  std::vector<std::string> questions;
  for (const std::string service : {"organization", "pipeline"}) {
    for (const Ledger::Entry& entry : ledger.Of(service)) {
      for (const std::string& fact : entry.facts) {
        const std::vector<std::string> words = absl::StrSplit(fact, ' ');
        if (!absl::EndsWith(words[1], "Created") || absl::StrContains(fact, "key:")) continue;
        const std::string resource = absl::StrCat("/", service, "/v1/", words[0]);
        questions.push_back(resource);
        for (const absl::Time moment : moments) {
          questions.push_back(absl::StrCat(resource, "?as_of_time=", AsText(moment)));
        }
      }
    }
  }
  for (const char* list :
       {"/organization/v1/sellers", "/pipeline/v1/accounts", "/pipeline/v1/contacts",
        "/pipeline/v1/leads", "/pipeline/v1/opportunities"}) {
    for (const absl::Time moment : moments) {
      questions.push_back(
          absl::StrCat(list, "?page_size=500&show_archived=true&as_of_time=", AsText(moment)));
    }
  }
  return questions;
}

struct Answer {
  int code = 0;
  json body;
};

std::map<std::string, Answer> Ask(const HttpClient& http,
                                  const std::vector<std::string>& questions) {
  std::map<std::string, Answer> answers;
  for (const std::string& question : questions) {
    const HttpClient::Response response = http.Get(question);
    // What was created after the moment that is asked about is not there.
    EXPECT_TRUE(response.code == 200 || response.code == 404)
        << question << ": " << response.code << " " << response.body;
    answers[question] = {response.code, response.Json()};
  }
  return answers;
}

// Where `now` does not say what `before` said; empty if it says all of it. It may say more: fields
// that are new. A page token is sealed anew each time.
std::string Missing(const json& before, const json& now, const std::string& at) {
  if (absl::EndsWith(at, ".nextPageToken")) return "";
  if (before.is_object() && now.is_object()) {
    for (const auto& [name, value] : before.items()) {
      if (!now.contains(name)) return absl::StrCat(at, ".", name, " is gone");
      const std::string missing = Missing(value, now[name], absl::StrCat(at, ".", name));
      if (!missing.empty()) return missing;
    }
    return "";
  }
  if (before.is_array() && now.is_array() && before.size() == now.size()) {
    for (size_t i = 0; i < before.size(); ++i) {
      const std::string missing = Missing(before[i], now[i], absl::StrCat(at, "[", i, "]"));
      if (!missing.empty()) return missing;
    }
    return "";
  }
  if (before == now) return "";
  return absl::StrCat(at, " was ", before.dump(), " and is ", now.dump());
}

void ExpectSameAnswers(const std::map<std::string, Answer>& before,
                       const std::map<std::string, Answer>& now) {
  int found = 0;
  for (const auto& [question, answer] : before) {
    const Answer& again = now.at(question);
    EXPECT_EQ(again.code, answer.code) << question;
    if (answer.code != 200 || again.code != 200) continue;
    ++found;
    const std::string missing = Missing(answer.body, again.body, "");
    EXPECT_EQ(missing, "") << question;
  }
  EXPECT_GT(found, 200) << "too little was asked";
}

// Whoever follows the events from the first on is told each of them once, in order and readable.
void ExpectEventsFromTheFirst(Stack& stack, const std::string& service, rpc::Channel& channel) {
  const int64_t head = stack.Number(service, "SELECT position FROM event_head");
  int64_t position = 0, odd = 0;
  events::v1::WatchEventsRequest request;
  const rpc::CallOptions options{.token = stack.AdminToken(), .timeout = absl::Minutes(1)};
  // Ended from here, so its status says nothing.
  (void)channel.Stream(
      absl::StrCat("/salesops.", service, ".v1.EventService/WatchEvents"), request,
      events::v1::WatchEventsResponse::default_instance(), options,
      [&](const google::protobuf::Message& message) {
        for (const auto& event :
             static_cast<const events::v1::WatchEventsResponse&>(message).events()) {
          const bool known =
              google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
                  event.type()) != nullptr;
          if (event.position() != position + 1 || !known) ++odd;
          position = event.position();
        }
        return position < head;
      });
  EXPECT_EQ(position, head) << service;
  EXPECT_EQ(odd, 0) << service;
}

// What processes that know nothing of a column or a table leave in it, until the record is written
// again (services/pipeline/README.md says so): a figure, not a fault.
void SayWhatOldProcessesLeft(Stack& stack) {
  const int64_t deals = stack.Number(
      "pipeline",
      "SELECT COUNT(*) FROM opportunity WHERE (state = 2 AND forecast_category <> 5) OR"
      " (state = 3 AND forecast_category <> 4)");
  const int64_t accounts = stack.Number(
      "pipeline",
      "SELECT COUNT(*) FROM account a LEFT JOIN (SELECT id, COUNT(*) AS n FROM attribute_value"
      " WHERE collection = 1 GROUP BY id) v ON v.id = a.id WHERE COALESCE(v.n, 0) <>"
      " COALESCE(JSON_LENGTH(NULLIF(a.attributes, '')), 0)");
  Say(absl::StrCat("old processes over the new schema left ", deals,
                   " closed deals with the forecast category of an open one and ", accounts,
                   " accounts whose attributes filters do not find"));
}

TEST(UpgradeTest, TheReleaseBeforeGivesWayWithoutAFailedCall) {
  const char* named = std::getenv("SALESOPS_PREVIOUS_PROGRAMS");
  ASSERT_NE(named, nullptr) << "run it through `tools/dev test --full=upgrade`, or let "
                               "SALESOPS_PREVIOUS_PROGRAMS name the build folder of that release";
  const std::string previous = named;
  // Every address from the first moment on: those that nobody serves yet refuse connections.
  const PrivateHosts hosts(
      {absl::StrCat("127.0.0.2 ", kOrganization), absl::StrCat("127.0.0.3 ", kOrganization),
       absl::StrCat("127.0.0.2 ", kPipeline), absl::StrCat("127.0.0.3 ", kPipeline),
       absl::StrCat("127.0.0.4 ", kPipeline), absl::StrCat("127.0.0.5 ", kPipeline)});
  ASSERT_EQ(hosts.problem(), "");
  std::vector<std::string> as_service = hosts.wrapper();
  // gRPC's own resolver would ask the network for IPv6 addresses that no file knows.
  for (const char* word : {"env", "GRPC_DNS_RESOLVER=native"}) as_service.emplace_back(word);

  const std::set<std::string> old_methods = MethodsOf(previous);
  const std::vector<KindOfWrite> old_kinds = KindsAmong(old_methods);
  ASSERT_GE(old_kinds.size(), 20u);
  Stack stack(Stack::Options{.programs = previous,
                             .organization_address = "127.0.0.2",
                             .pipeline_addresses = {"127.0.0.2", "127.0.0.3"},
                             .organization_host = kOrganization,
                             .pipeline_host = kPipeline,
                             .gateway_wrapper = hosts.wrapper(),
                             .service_wrapper = as_service});
  MakeReadyForEveryWrite(stack);
  Ledger ledger(stack);

  // What the old release wrote when it was alone.
  std::vector<absl::Time> moments;
  {
    EveryWrite alone(stack, old_kinds, ThroughGateway(stack, 0), 8, &ledger);
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(alone.Progress(300, absl::Minutes(1)));
      moments.push_back(absl::Now());
    }
    alone.Finish();
    ExpectNoCallFailed(alone.insistence());
  }
  moments.push_back(absl::Now());
  const KindOfWrite& create = old_kinds[IndexOf(old_kinds, "AccountService/CreateAccount")];
  const Messages asked_twice = RequestsOf(create, "asked-twice");
  const std::unique_ptr<google::protobuf::Message> answer = NewAnswer(create);
  const std::unique_ptr<google::protobuf::Message> again = NewAnswer(create);
  ASSERT_EQ(Call(stack, 0, create, *asked_twice[0], answer.get()), absl::OkStatus());
  ledger.Add("pipeline", {create.method, RequestIdOf(*asked_twice[0]),
                          FactsOf(create, "asked-twice", *answer)});
  const json page = stack.Http().Get("/pipeline/v1/opportunities?page_size=20").Json();
  const std::vector<std::string> questions = Questions(ledger, moments);
  const std::map<std::string, Answer> before = Ask(stack.Http(), questions);
  Say(absl::StrCat("the old release wrote and answered ", questions.size(), " questions"));

  EveryWrite load(stack, old_kinds, ThroughGateway(stack, 0), 6, &ledger);
  Readers readers(stack.Http(), kRead, 2);
  ASSERT_TRUE(AreCalled(stack, {"organization", "pipeline0", "pipeline1"}));

  stack.UsePrograms(BuildFolder());
  for (const char* service : {"organization", "pipeline"}) stack.Migrate(service);
  ASSERT_TRUE(load.Progress(200, absl::Minutes(1)));
  Say("the schemas are migrated under the old processes");

  // An old replica tolerates a schema that is ahead of it, also when it starts.
  stack.UsePrograms(previous);
  stack.StopPipeline(1);
  stack.StartPipeline(1);
  ASSERT_TRUE(AreCalled(stack, {"pipeline0", "pipeline1"}));
  Say("an old replica started again over the new schema");

  stack.UsePrograms(BuildFolder());
  stack.AddOrganization("127.0.0.3");
  stack.AddPipeline("127.0.0.4");
  stack.AddPipeline("127.0.0.5");
  ASSERT_TRUE(AreCalled(stack, {"organization", "organization1", "pipeline0", "pipeline1",
                                "pipeline2", "pipeline3"}));
  Say("old and new replicas serve side by side");

  // How the old ones exit is that release's affair; a call that they dropped would show.
  for (const size_t replica : {0, 1}) {
    stack.StopPipeline(replica);
    ASSERT_TRUE(AreCalled(stack, {"pipeline2", "pipeline3"}));
  }
  stack.StopOrganization(0);
  ASSERT_TRUE(AreCalled(stack, {"organization1", "pipeline2", "pipeline3"}));
  Say("the old replicas are gone");

  // What the new gateway routes is more than the old one knew.
  const size_t gateway = stack.AddGateway();
  EveryWrite anew(stack, KindsOnOldData(old_methods), ThroughGateway(stack, gateway), 6, &ledger);
  Readers new_readers(stack.Http(gateway), kRead, 2);
  ASSERT_TRUE(AreCalled(stack, {"gateway", "gateway1"}));
  ASSERT_TRUE(load.Progress(200, absl::Minutes(1)));
  load.Finish();
  ExpectNoCallFailed(readers);
  stack.StopGateway(0);
  ASSERT_TRUE(anew.Progress(200, absl::Minutes(1)));
  anew.Finish();
  ExpectNoCallFailed(new_readers);
  Say("the old gateway is gone");

  ExpectNoCallFailed(load.insistence());
  ExpectNoCallFailed(anew.insistence());
  ExpectSameAnswers(before, Ask(stack.Http(gateway), questions));
  // A call that is repeated and a list that is walked on, both begun with the old release.
  ASSERT_EQ(Call(stack, gateway, create, *asked_twice[0], again.get()), absl::OkStatus());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*answer, *again))
      << answer->ShortDebugString() << " and " << again->ShortDebugString();
  const HttpClient::Response next =
      stack.Http(gateway).Get(absl::StrCat("/pipeline/v1/opportunities?page_size=20&page_token=",
                                           page["nextPageToken"].get<std::string>()));
  EXPECT_EQ(next.code, 200) << next.body;
  ExpectEveryWriteOnce(stack, ledger);
  const auto channel = stack.GatewayChannel(gateway);
  for (const char* service : {"organization", "pipeline"}) {
    ExpectWholeRecords(stack, service);
    ExpectWholeEventLog(stack, service);
    ExpectEventsFromTheFirst(stack, service, *channel);
  }
  EXPECT_TRUE(RosterCaughtUp(stack, absl::Minutes(1)));
  SayWhatOldProcessesLeft(stack);
}

}  // namespace
}  // namespace salesops::stack
