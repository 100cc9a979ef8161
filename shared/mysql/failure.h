#pragma once

// What an error of the server or of the connector means for the statement, the transaction and the
// connection it happened on.
//
// Thread-safety: pure functions and values.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace salesops::mysql {

enum class Effect {
  kNone,
  kStatement,    // the statement did nothing; transaction and connection are as before
  kInterrupted,  // the statement was cut short; the transaction must be rolled back
  kContention,   // 1205 or 1213: roll back, then the whole transaction may run again
  kBroken,       // nothing is known about the connection any more: throw it away
};

struct Failure {
  Effect effect = Effect::kNone;
  absl::Status status;

  bool ok() const { return effect == Effect::kNone; }
};

// `code` is the server's (or client's) error number, `message` what came with it.
Failure Classify(int code, const std::string& sql_state, absl::string_view message);

// A mistake of the calling code, found before anything was sent.
Failure Misuse(absl::string_view detail);

// UNAVAILABLE (DATABASE_UNAVAILABLE) with RetryInfo.
absl::Status DatabaseUnavailable(absl::string_view detail);

}  // namespace salesops::mysql
