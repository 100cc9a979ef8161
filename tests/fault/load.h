#pragma once

// Writers that remember what was acknowledged to them, and the questions asked of the database when
// the dust has settled.
//
//   Writers writers(stack, {stack.PipelineChannel()}, 8);
//   … break things …
//   writers.Finish();
//   ExpectEachWriteOnce(stack, writers);
//
// Thread-safety: a Writers object is used by one thread; its own threads are inside.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/rpc/channel.h"
#include "tests/fault/insistence.h"
#include "tests/stack/stack.h"

namespace salesops::stack {

// A sales process "direct" and a seller "owner", known to every replica; changes nothing twice.
void MakeReadyForDeals(Stack& stack);
// A request that creates an opportunity of theirs, with a request_id.
pipeline::v1::CreateOpportunityRequest NewDeal(const std::string& display_name);

// An opportunity that its writer was told of.
struct Written {
  std::string name;
  std::string display_name;  // tells writes apart
  std::string request_id;
};

class Writers {
 public:
  // Thread i uses channel i modulo their number. Each thread writes until Finish: it creates an
  // opportunity, and moves every second one on to the next stage. A call that fails is sent again
  // with the same request_id until it is acknowledged, so that every write has one effect whatever
  // became of the first answers.
  Writers(Stack& stack, std::vector<std::shared_ptr<rpc::Channel>> channels, int threads,
          absl::Duration call_timeout = absl::Seconds(20));
  ~Writers();

  // Ends the load; what is under way is still brought to its end.
  void Finish();

  int64_t acknowledged() const { return insistence_.acknowledged(); }
  int64_t calls() const { return insistence_.calls(); }
  // True once `more` writes have been acknowledged since now.
  bool Progress(int64_t more, absl::Duration limit = absl::Seconds(30)) const {
    return insistence_.Progress(more, limit);
  }
  // How the calls that failed did, by status code; one message of each.
  std::map<absl::StatusCode, std::string> failures() const { return insistence_.failures(); }
  int64_t failed_calls() const { return insistence_.failed(); }
  // After Finish.
  const std::vector<Written>& written() const { return written_; }

 private:
  void Run(int thread, rpc::Channel& channel);
  bool Insist(rpc::Channel& channel, const std::string& method,
              const google::protobuf::Message& request, google::protobuf::Message* response);

  const absl::Duration call_timeout_;
  const std::string token_;
  const std::string run_;  // distinguishes the writes of several runs
  Insistence insistence_;
  std::mutex mutex_;
  std::vector<Written> written_;
  std::vector<std::shared_ptr<rpc::Channel>> channels_;
  std::vector<std::thread> threads_;
};

// Every acknowledged write is there once; no write is there in part: each version of each
// opportunity has its history row and its fact, each creation its transition, each request its row.
void ExpectEachWriteOnce(Stack& stack, const Writers& writers);

// Every fact has a position; positions run from 1 to n without a gap or a repeat.
void ExpectWholeEventLog(Stack& stack, const std::string& service);

// True once pipeline's read model has taken in everything that organization has said.
bool RosterCaughtUp(Stack& stack, absl::Duration limit = absl::Seconds(20));
// Every row of the read model, as text.
std::vector<std::string> RosterRows(Stack& stack);
// Makes the read model anew and compares. Nobody may write meanwhile.
void ExpectReadModelAsMadeAnew(Stack& stack);

void CreateSeller(Stack& stack, rpc::Channel& organization, const std::string& id);

}  // namespace salesops::stack
