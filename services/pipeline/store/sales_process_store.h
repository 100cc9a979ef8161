#pragma once

// Where sales processes and their versions are kept, each with its history.

#include "services/pipeline/domain/sales_process.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::SalesProcess>& SalesProcesses();
const records::Table<domain::SalesProcessVersion>& SalesProcessVersions();

// The processes that are not archived and have a default version, at most two: whether there is
// just one decides what an opportunity without a version follows.
absl::StatusOr<std::vector<domain::SalesProcess>> ProcessesInUse(mysql::Connection& c);

// The newest published version of a process that is not archived; empty if there is none.
absl::StatusOr<std::string> NewestPublished(mysql::Connection& c, const std::string& process_id);

}  // namespace salesops::pipeline::store
