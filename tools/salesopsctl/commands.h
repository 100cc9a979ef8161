#pragma once

// What salesopsctl does, one function per sub-command. Results go to standard output, everything
// else (progress, errors, summaries) to standard error. Each returns the exit code: 0 done,
// 1 refused or failed, 2 misused, 3 done but some rows were not taken.
//
// Thread-safety: one command at a time.

#include <memory>
#include <string>
#include <vector>

#include "shared/rpc/channel.h"
#include "tools/salesopsctl/catalog.h"

namespace salesops::ctl {

struct Session {
  std::unique_ptr<Catalog> catalog;
  std::shared_ptr<rpc::Channel> channel;
  std::string token;
  std::string output = "table";  // or "json"
};

struct ListOptions {
  std::string filter, order_by, parent, as_of_time;
  bool show_archived = false;
  int limit = 50;  // rows in all; 0 = every page
  std::vector<std::string> columns;
};

struct WriteOptions {
  std::string id, parent, etag, data;
  std::vector<std::string> set;  // "path=value"
  std::string file;              // JSON lines of create requests
  bool validate_only = false;
};

struct ImportOptions {
  std::string mapping, file, folder, source, failures;
  bool dry_run = false;
};

int Get(const Session& session, const std::string& name, const std::string& as_of_time);
int List(const Session& session, const std::string& collection, const ListOptions& options);
int Create(const Session& session, const std::string& collection, const WriteOptions& options);
int Update(const Session& session, const std::string& name, const WriteOptions& options);
// Archive, Unarchive and every verb of a resource: "advance", "win", "publish".
int Do(const Session& session, const std::string& verb, const std::string& name,
       const WriteOptions& options);
// Any method by name, with a request in JSON.
int Call(const Session& session, const std::string& method, const std::string& request);
// CSV through a mapping file (one import, or all of it in its order), or JSON lines of rows.
int Import(const Session& session, const std::string& collection, const ImportOptions& options);
int Export(const Session& session, const std::string& collection, const ListOptions& options);
int Events(const Session& session, const std::string& service, int64_t after, bool follow);
int Collections(const Session& session);

// Tells what went wrong and what to do next; returns 1.
int Report(const absl::Status& status);

}  // namespace salesops::ctl
