#pragma once

// Writers that do every kind of write in turn, a ledger of what was acknowledged to them, and the
// questions asked of the database when the dust has settled.
//
//   MakeReadyForEveryWrite(stack);
//   Ledger ledger(stack);
//   EveryWrite load(stack, kinds, channels, 8, &ledger);
//   … break things …
//   load.Finish();
//   ExpectEveryWriteOnce(stack, ledger);
//
// Thread-safety: Ledger is safe from any thread. An EveryWrite object is used by one thread; its
// own threads are inside.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "shared/rpc/channel.h"
#include "tests/fault/insistence.h"
#include "tests/fault/kinds_of_writes.h"
#include "tests/stack/stack.h"

namespace salesops::stack {

// The sellers, teams and sales processes that the writes refer to, known to every replica. A stage
// of the process "gated" has a step to do, another needs an approval; a release that knows of
// neither keeps its stages alone. Changes nothing twice.
void MakeReadyForEveryWrite(Stack& stack);

// What was acknowledged.
class Ledger {
 public:
  struct Entry {
    std::string method;
    std::string request_id;          // empty: an import, which goes by external keys
    std::vector<std::string> facts;  // as of FactsOf
  };

  // Counts from now on: what the stack holds already is nobody's.
  explicit Ledger(Stack& stack);
  void Add(const std::string& service, Entry entry);
  std::vector<Entry> Of(const std::string& service) const;
  // The last fact of before.
  int64_t begin(const std::string& service) const { return begin_.at(service); }

 private:
  std::map<std::string, int64_t> begin_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Entry>> entries_;
};

class EveryWrite {
 public:
  // One way to each service; several for each: thread i takes the i-th modulo their number.
  using Channels = std::vector<std::map<std::string, std::shared_ptr<rpc::Channel>>>;

  // Every fourth thread goes through the kinds of organization, the others through pipeline's, each
  // round with an id of its own, until Finish. Calls are repeated until they are acknowledged.
  EveryWrite(Stack& stack, std::vector<KindOfWrite> kinds, Channels channels, int threads,
             Ledger* ledger);
  ~EveryWrite();

  // Ends the load; what is under way is still brought to its end.
  void Finish();

  const Insistence& insistence() const { return insistence_; }
  bool Progress(int64_t more, absl::Duration limit = absl::Seconds(30)) const {
    return insistence_.Progress(more, limit);
  }

 private:
  void Run(int thread, const std::string& service);
  bool Write(const KindOfWrite& kind, const std::string& id, rpc::Channel& channel);
  absl::Status Send(const KindOfWrite& kind, const Messages& requests, rpc::Channel& channel,
                    google::protobuf::Message* answer);

  const std::vector<KindOfWrite> kinds_;
  const Channels channels_;
  std::map<std::string, std::string> tokens_;  // by subject
  const std::string run_;                      // distinguishes the rounds of several loads
  Ledger* const ledger_;
  Insistence insistence_;
  std::vector<std::thread> threads_;
};

// Each acknowledged write left its facts once and its request row once, each imported row one
// resource, and nothing else was written. Nobody may write meanwhile.
void ExpectEveryWriteOnce(Stack& stack, const Ledger& ledger);

// No write is there in part: each version of each record of every table has its history row and its
// fact, each fact its record.
void ExpectWholeRecords(Stack& stack, const std::string& service);

// What is kept beside the records says the same as they do.
void ExpectWholeSideTables(Stack& stack);

}  // namespace salesops::stack
