#pragma once

// What salesopsctl does, one function per sub-command, one file per group of them. Results go to
// standard output, everything else (progress, summaries) to standard error. A status other than OK
// is told by report.h and becomes the exit code of exit_code.h.
//
// Thread-safety: one command at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/salesopsctl/session.h"

namespace salesops::ctl {

// ---- context_commands.cc: which server
struct ContextOptions {
  std::string name;
  std::string token_command;
};
absl::Status ContextList(Session& session);
absl::Status ContextUse(Session& session, const ContextOptions& options);
// Takes server, CA and so on from the flags of the whole client.
absl::Status ContextSet(Session& session, const ContextOptions& options);
absl::Status ContextDelete(Session& session, const ContextOptions& options);
absl::Status ContextShow(Session& session, const ContextOptions& options);

// ---- login_commands.cc: as whom
struct LoginOptions {
  std::string token_command;
};
absl::Status Login(Session& session, const LoginOptions& options);
absl::Status Logout(Session& session);
absl::Status WhoAmI(Session& session);

// ---- read_commands.cc
struct ReadOptions {
  std::string name, collection, filter, order_by, parent, as_of;
  bool show_archived = false;
  int limit = 50;  // rows in all
  bool all = false;
  std::vector<std::string> fields;
  std::vector<std::string> with;  // "field=value" of the request
};
absl::Status Get(Session& session, const ReadOptions& options);
absl::Status List(Session& session, const ReadOptions& options);
absl::Status Collections(Session& session);

// ---- diff_command.cc
struct DiffOptions {
  std::string name, from, to;
};
absl::Status Diff(Session& session, const DiffOptions& options);

// ---- describe_command.cc
absl::Status Describe(Session& session, const std::string& what);

// ---- write_commands.cc
struct WriteOptions {
  std::string name, collection, verb, id, parent, etag, data;
  std::vector<std::string> set;  // "path=value"
  std::string file;              // JSON lines of create requests; "-" = standard input
  std::string method, request;
  bool dry_run = false;
  bool restart = false;
};
absl::Status Create(Session& session, const WriteOptions& options);
absl::Status Update(Session& session, const WriteOptions& options);
// Archive, Unarchive and every verb of a resource: "advance", "win", "publish".
absl::Status Do(Session& session, const WriteOptions& options);
// Any method by name, with a request in JSON.
absl::Status Call(Session& session, const WriteOptions& options);

// ---- import_command.cc
struct ImportOptions {
  std::string collection, mapping, file, folder, source, state;
  std::string format, encoding, sheet;  // of the file; "" = found out
  std::string rejects;                  // "" = a new file beside the rows
  double max_error_rate = -1;           // a share; below 0 = none may fail
  bool explain = false;
  bool dry_run = false;
  bool restart = false;
};
// A table through a mapping file (one import, or all of it in its order), or JSON lines of rows.
absl::Status Import(Session& session, const ImportOptions& options);

// ---- export_command.cc
struct ExportOptions {
  ReadOptions read;
  std::string file;    // "" = standard output, which cannot be resumed
  std::string format;  // "csv", "jsonl", "xlsx"; "" = by the file's ending .xlsx, else --output
  std::string encoding;
  bool mark = false;  // a byte order mark first
  bool restart = false;
};
absl::Status Export(Session& session, const ExportOptions& options);

// ---- events_command.cc
struct EventOptions {
  std::string service;
  int64_t after = 0;
  bool follow = false;
  std::vector<std::string> types;
};
absl::Status Events(Session& session, const EventOptions& options);

}  // namespace salesops::ctl
