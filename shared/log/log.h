#pragma once

// Log lines: one JSON object per line, written by a thread of their own.
//
//   log::Start({.level = log::Level::kInfo});              // in main
//   log::Info("migrations applied", {{"count", 3}, {"took", elapsed}});
//   -> {"time":"2026-03-01T08:00:00.000123Z","level":"info","message":"migrations applied",…}
//   log::Call(line);                                       // one per call, by shared/rpc
//
// Messages are constant text, what varies is in fields: so lines can be counted by message.
//
// No secrets, ever: no token, password, key, request or response body, and no personal field
// (marked `personal` in the protos). Subjects, resource names and error details are fine. Nothing
// here can tell a secret from a name, so the one who writes the line answers for it.
//
// A caller never waits for the disk or a stuck pipe: the queue is bounded, and when it is full the
// oldest lines are dropped and counted (DroppedLines; a line says so once there is room). A process
// that is killed loses what is still queued; Stop and Flush write it.
//
// Thread-safety: every function may be called from any thread. Before Start and after Stop lines
// are written by the caller itself.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <type_traits>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace salesops::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// The value of a field. Text is not copied: it must live until the log function returns.
class Value {
 public:
  Value(const char* v) : kind_(Kind::kText), text_(v) {}
  Value(absl::string_view v) : kind_(Kind::kText), text_(v) {}
  Value(const std::string& v) : kind_(Kind::kText), text_(v) {}
  Value(bool v) : kind_(Kind::kBool), integer_(v) {}
  Value(double v) : kind_(Kind::kDouble), double_(v) {}
  template <class T, class = std::enable_if_t<std::is_integral_v<T>>>
  Value(T v) : kind_(Kind::kInteger), integer_(static_cast<int64_t>(v)) {}
  Value(absl::Duration v) : kind_(Kind::kDuration), duration_(v) {}  // written in seconds

  void AppendJson(std::string* out) const;

 private:
  enum class Kind { kText, kBool, kInteger, kDouble, kDuration };
  Kind kind_;
  absl::string_view text_;
  int64_t integer_ = 0;
  double double_ = 0;
  absl::Duration duration_;
};

// Keys are snake_case; "time", "level" and "message" are taken.
struct Field {
  absl::string_view key;
  Value value;
};

using Fields = std::initializer_list<Field>;

void Debug(absl::string_view message, Fields fields = {});
void Info(absl::string_view message, Fields fields = {});
void Warning(absl::string_view message, Fields fields = {});
void Error(absl::string_view message, Fields fields = {});

// What is known of one finished call. Empty fields are left out of the line.
struct CallLine {
  absl::string_view method;   // "/salesops.pipeline.v1.OpportunityService/GetOpportunity"
  absl::string_view code;     // "OK", "NOT_FOUND", …
  absl::string_view reason;   // of the ErrorInfo
  absl::string_view detail;   // what a client must not see: status::LogDetail
  absl::string_view subject;  // of the principal
  absl::string_view trace_id;
  absl::string_view request_id;
  absl::string_view peer;
  absl::Duration duration;  // the whole call; written as duration_us
  absl::Duration queued;    // of it, waiting for a worker; written as queued_us
  int64_t request_bytes = 0;
  int64_t response_bytes = 0;
};

// A line with message "call". Calls that ended INTERNAL, UNKNOWN or DATA_LOSS are errors, others
// info.
void Call(const CallLine& line);

struct Options {
  Level level = Level::kInfo;                   // lines below it are not written
  int fd = 2;                                   // standard error
  int queue = 4096;                             // lines waiting to be written
  std::function<void(absl::string_view)> sink;  // instead of fd: gets each line without its '\n'
};

// Starts the writing thread. Calling it again replaces the options. SIGPIPE is ignored from then
// on, and Stop runs when the process exits.
void Start(const Options& options);
// Blocks until every line logged before this call is handed to the kernel (or the sink).
void Flush();
// Flush, and ends the thread.
void Stop();
// Lines dropped since the process began.
int64_t DroppedLines();

// "debug", "info", "warning", "error"; false for anything else.
bool ParseLevel(absl::string_view text, Level* level);

}  // namespace salesops::log
