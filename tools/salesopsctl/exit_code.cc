#include "tools/salesopsctl/exit_code.h"

#include "absl/strings/cord.h"

namespace salesops::ctl {
namespace {

// Marks a status of our own; the value tells which.
constexpr char kMark[] = "salesopsctl/kind";
constexpr char kUsageMark[] = "usage";
constexpr char kUnknownMark[] = "unknown";
constexpr char kPartlyMark[] = "partly";

absl::Status Marked(absl::StatusCode code, absl::string_view message, const char* mark) {
  absl::Status status(code, message);
  status.SetPayload(kMark, absl::Cord(mark));
  return status;
}

bool Has(const absl::Status& status, const char* mark) {
  const auto found = status.GetPayload(kMark);
  return found.has_value() && *found == mark;
}

}  // namespace

const std::vector<ExitCodeMeaning>& ExitCodes() {
  static const auto* codes = new std::vector<ExitCodeMeaning>{
      {ExitCode::kOk, "done"},
      {ExitCode::kError, "failed for a reason that none of the others names"},
      {ExitCode::kUsage, "the command line is wrong; nothing was sent"},
      {ExitCode::kNotFound, "what was named does not exist"},
      {ExitCode::kRefused, "not signed in, or not permitted"},
      {ExitCode::kConflict,
       "the state of things forbids it: exists already, changed meanwhile (etag), archived, "
       "closed"},
      {ExitCode::kInvalid, "the input is invalid; every violation is told"},
      {ExitCode::kUnavailable, "the server was not there, too busy or too slow; try again later"},
      {ExitCode::kPartly, "done, but some rows were not taken; each is told with its reason"},
      {ExitCode::kInterrupted, "interrupted; long work goes on when the same command is run again"},
  };
  return *codes;
}

absl::Status UsageError(absl::string_view message) {
  return Marked(absl::StatusCode::kInvalidArgument, message, kUsageMark);
}

absl::Status NotInContracts(absl::string_view message) {
  return Marked(absl::StatusCode::kInvalidArgument, message, kUnknownMark);
}

bool IsNotInContracts(const absl::Status& status) { return Has(status, kUnknownMark); }

absl::Status PartlyDone(absl::string_view message) {
  return Marked(absl::StatusCode::kUnknown, message, kPartlyMark);
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (Has(status, kUsageMark) || Has(status, kUnknownMark)) return ExitCode::kUsage;
  if (Has(status, kPartlyMark)) return ExitCode::kPartly;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return ExitCode::kRefused;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kFailedPrecondition:
      return ExitCode::kConflict;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ExitCode::kInvalid;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return ExitCode::kUnavailable;
    default:
      return ExitCode::kError;
  }
}

}  // namespace salesops::ctl
