#include "tools/salesopsctl/work_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/places.h"

namespace salesops::ctl {

using nlohmann::json;

WorkState::WorkState(std::string path, std::string identity, int lock)
    : path_(std::move(path)), identity_(std::move(identity)), lock_(lock) {}

WorkState::~WorkState() {
  if (lock_ >= 0) close(lock_);
}

absl::StatusOr<std::unique_ptr<WorkState>> WorkState::Open(const std::string& path,
                                                           const std::string& identity,
                                                           bool restart) {
  const std::string lock_path = path + ".lock";
  RETURN_IF_ERROR(MakePrivateFolderOf(path));
  const int lock = open(lock_path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock < 0) {
    return absl::UnknownError(
        absl::StrCat("cannot write \"", lock_path, "\": ", std::strerror(errno)));
  }
  // The kernel gives the lock back however the process ends.
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    close(lock);
    return absl::FailedPreconditionError(
        absl::StrCat("the same work is being done by another process (it holds ", lock_path,
                     "); wait for it, or end it"));
  }
  std::unique_ptr<WorkState> state(new WorkState(path, identity, lock));
  if (restart) return state;
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return state;
  const json file = json::parse(*text, nullptr, false);
  if (!file.is_object() || file.value("identity", json()) != identity ||
      !file.value("done", json()).is_number_integer() || !file.contains("details")) {
    return state;
  }
  state->done_ = file["done"].get<int64_t>();
  state->details_ = file["details"];
  return state;
}

absl::Status WorkState::Save(int64_t done, json details) {
  done_ = done;
  details_ = std::move(details);
  const json file = {{"identity", identity_}, {"done", done_}, {"details", details_}};
  return WritePrivateFile(path_, file.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

void WorkState::Finish() {
  unlink(path_.c_str());
  unlink((path_ + ".lock").c_str());
  done_ = 0;
}

}  // namespace salesops::ctl
