#include "shared/mysql/failure.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "shared/status/status.h"

namespace salesops::mysql {
namespace {

// Messages about the schema quote names; all others may quote what a user typed.
bool QuotesOnlyNames(int code) {
  switch (code) {
    case 1044:  // no access to the schema
    case 1045:  // no access
    case 1046:  // no schema chosen
    case 1048:  // column cannot be NULL
    case 1049:  // unknown schema
    case 1050:  // table exists
    case 1051:  // unknown table
    case 1054:  // unknown column
    case 1060:  // duplicate column name
    case 1061:  // duplicate key name
    case 1091:  // cannot drop
    case 1136:  // column count differs
    case 1142:  // no right on the table
    case 1143:  // no right on the column
    case 1146:  // no such table
    case 1193:  // unknown variable
    case 1264:  // out of range for column
    case 1364:  // column has no default
    case 1406:  // too long for column
    case 3819:  // CHECK failed (MySQL)
    case 4025:  // CHECK failed (MariaDB)
      return true;
    default:
      return code == 0 || (code >= 2000 && code < 3000);
  }
}

std::string Detail(int code, const std::string& sql_state, absl::string_view message) {
  std::string detail = absl::StrCat("MySQL error ", code, " (", sql_state, ")");
  if (QuotesOnlyNames(code)) absl::StrAppend(&detail, ": ", message);
  return detail;
}

// "Duplicate entry 'x' for key 'name'" (MariaDB) or "… for key 'table.name'" (MySQL).
std::string DuplicateKeyName(absl::string_view message) {
  constexpr absl::string_view kMarker = "for key '";
  const size_t marker = message.rfind(kMarker);
  if (marker == absl::string_view::npos) return "";
  absl::string_view name = message.substr(marker + kMarker.size());
  name = name.substr(0, name.find('\''));
  const size_t dot = name.rfind('.');
  return std::string(dot == absl::string_view::npos ? name : name.substr(dot + 1));
}

// The first quoted name: "CONSTRAINT `name` failed for …" (MariaDB), "Check constraint 'name' is
// violated." (MySQL).
std::string ConstraintName(absl::string_view message) {
  const size_t open = message.find_first_of("`'");
  if (open == absl::string_view::npos) return "";
  const absl::string_view rest = message.substr(open + 1);
  const size_t close = rest.find(message[open]);
  return std::string(rest.substr(0, close == absl::string_view::npos ? 0 : close));
}

// "… CONSTRAINT `name` FOREIGN KEY …"
std::string ForeignKeyName(absl::string_view message) {
  constexpr absl::string_view kMarker = "CONSTRAINT `";
  const size_t marker = message.find(kMarker);
  if (marker == absl::string_view::npos) return "";
  const absl::string_view rest = message.substr(marker + kMarker.size());
  return std::string(rest.substr(0, rest.find('`')));
}

Failure Constraint(const std::string& name, const std::string& detail) {
  return {Effect::kStatement,
          status::WithLogDetail(
              status::Make(absl::StatusCode::kFailedPrecondition, "CONSTRAINT",
                           "the change breaks the rule of the stored data that the metadata names",
                           {{"constraint", name}}),
              detail)};
}

}  // namespace

absl::Status DatabaseUnavailable(absl::string_view detail) {
  return status::WithLogDetail(
      status::Unavailable("DATABASE_UNAVAILABLE",
                          "the database cannot be reached at the moment; try again",
                          absl::Seconds(1)),
      detail);
}

Failure Misuse(absl::string_view detail) { return {Effect::kStatement, status::Internal(detail)}; }

Failure Classify(int code, const std::string& sql_state, absl::string_view message) {
  const std::string detail = Detail(code, sql_state, message);
  // The connector itself throws with number 0 when it has lost track; 2000 … 2999 are the client
  // library's. Neither says what the server did.
  if (code == 0 || (code >= 2000 && code < 3000)) {
    return {Effect::kBroken, DatabaseUnavailable(detail)};
  }
  switch (code) {
    case 1205:  // lock wait timeout
    case 1213:  // deadlock
    case 1243:  // prepared statement is unknown: a schema change dropped it
    case 3572:  // NOWAIT found a lock (MySQL; MariaDB says 1205)
    case 1615:  // prepared statement must be prepared again after a schema change
      return {Effect::kContention,
              status::WithLogDetail(status::Make(absl::StatusCode::kAborted, "CONTENTION",
                                                 "others are changing the same data; try again"),
                                    detail)};
    case 1969:  // max_statement_time (MariaDB)
    case 3024:  // max_execution_time (MySQL)
      return {Effect::kInterrupted,
              status::WithLogDetail(
                  status::Make(
                      absl::StatusCode::kDeadlineExceeded, "STATEMENT_TIMEOUT",
                      "reading or changing the data took too long; ask for less, or try again"),
                  detail)};
    case 1317:  // KILL QUERY
      return {Effect::kInterrupted, DatabaseUnavailable(detail)};
    case 1040:  // too many connections
    case 1047:  // node of a cluster is not ready
    case 1053:  // server shuts down
    case 1203:  // too many connections of this user
    case 1290:  // server became read-only: its successor is reached by connecting anew
    case 1792:  // the same, inside a transaction
    case 1836:  // the same
    case 1927:  // killed (MariaDB)
    case 3168:  // server is not available (MySQL)
    case 3169:  // session was killed (MySQL)
    case 4031:  // idle too long (MySQL)
      return {Effect::kBroken, DatabaseUnavailable(detail)};
    case 1062:
    case 1586:
      return {
          Effect::kStatement,
          status::WithLogDetail(
              status::Make(absl::StatusCode::kAlreadyExists, "DUPLICATE_KEY",
                           "an entry with the same key exists; choose another, or update that one",
                           {{"key", DuplicateKeyName(message)}}),
              detail)};
    case 3819:  // CHECK (MySQL)
    case 4025:  // CHECK (MariaDB)
      return Constraint(ConstraintName(message), detail);
    case 1451:  // a child row refers to it
    case 1452:  // the parent row is missing
      return Constraint(ForeignKeyName(message), detail);
    default:
      return {Effect::kStatement, status::Internal(detail)};
  }
}

}  // namespace salesops::mysql
