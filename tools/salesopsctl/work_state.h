#pragma once

// How far long work has come, in a file, so that a run that was killed goes on where it stopped.
//
//   ASSIGN_OR_RETURN(auto work, WorkState::Open(path, identity, restart));
//   for (int64_t row = work->done(); …) { …; RETURN_IF_ERROR(work->Save(row, details)); }
//   work->Finish();
//
// The file belongs to one identity (what is done, to which server, from which bytes); another
// identity begins afresh. While the work is open no other process can open it.
//
// Thread-safety: one thread.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace salesops::ctl {

class WorkState {
 public:
  // FAILED_PRECONDITION if another process has it open.
  static absl::StatusOr<std::unique_ptr<WorkState>> Open(const std::string& path,
                                                         const std::string& identity, bool restart);
  ~WorkState();
  WorkState(const WorkState&) = delete;
  WorkState& operator=(const WorkState&) = delete;

  // 0 and {} unless an earlier run left something.
  bool resumed() const { return done_ > 0; }
  int64_t done() const { return done_; }
  const nlohmann::json& details() const { return details_; }
  const std::string& path() const { return path_; }

  // Replaces the file whole, so a kill at any moment leaves this or the state before.
  absl::Status Save(int64_t done, nlohmann::json details);
  // The work is done; nothing is left behind.
  void Finish();

 private:
  WorkState(std::string path, std::string identity, int lock);

  const std::string path_, identity_;
  int lock_;
  int64_t done_ = 0;
  nlohmann::json details_ = nlohmann::json::object();
};

}  // namespace salesops::ctl
