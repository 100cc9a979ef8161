#pragma once

// Tells people what went wrong and what to do next, on standard error.
//
//   return static_cast<int>(Report(session, status));
//
// Thread-safety: one thread.

#include "absl/status/status.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/session.h"

namespace salesops::ctl {

// The words: the error, every violation, and a next step where there is one.
std::string ReportText(const absl::Status& status, const Target& target, const std::string& token,
                       absl::Time now);

ExitCode Report(const Session& session, const absl::Status& status);

}  // namespace salesops::ctl
