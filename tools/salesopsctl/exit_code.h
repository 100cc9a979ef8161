#pragma once

// The exit codes of salesopsctl: scripts branch on them, so a number never changes its meaning.
//
//   if (absl::Status s = Run(); !s.ok()) return static_cast<int>(ExitCodeOf(s));
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace salesops::ctl {

enum class ExitCode {
  kOk = 0,
  kError = 1,
  kUsage = 2,
  kNotFound = 3,
  kRefused = 4,
  kConflict = 5,
  kInvalid = 6,
  kUnavailable = 7,
  kPartly = 8,
  kInterrupted = 130,
};

struct ExitCodeMeaning {
  ExitCode code;
  const char* meaning;
};
// Every code, in order; the man page prints it.
const std::vector<ExitCodeMeaning>& ExitCodes();

// The command line itself is wrong. `message` says how to write it.
absl::Status UsageError(absl::string_view message);
// The same for a collection, type, method or field that the contracts lack: contracts that were
// fetched a while ago are worth fetching again before the user is told.
absl::Status NotInContracts(absl::string_view message);
bool IsNotInContracts(const absl::Status& status);
// The work is done but for some rows, which have been told already.
absl::Status PartlyDone(absl::string_view message);

ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace salesops::ctl
