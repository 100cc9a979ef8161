#include "gateway/contracts_watch.h"

#include <malloc.h>

#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "shared/log/log.h"
#include "shared/status/macros.h"

namespace salesops::gateway {

absl::Status ContractsWatch::Load() {
  fingerprint_ = Fingerprint();
  ASSIGN_OR_RETURN(std::shared_ptr<const Contracts> contracts, Contracts::Load(folder_));
  store_.Replace(std::move(contracts));
  // Making the tables took three times what they keep; the allocator would hold on to the rest.
  malloc_trim(0);
  return absl::OkStatus();
}

void ContractsWatch::Refresh() {
  if (Fingerprint() == fingerprint_) return;
  const absl::Status loaded = Load();
  if (loaded.ok()) {
    log::Info("contracts replaced", {{"methods", store_.Current()->catalog.methods().size()}});
  } else {
    log::Error("contracts not replaced", {{"problem", loaded.message()}});
  }
}

std::string ContractsWatch::Fingerprint() const {
  std::set<std::string> lines;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() != ".binpb") continue;
    std::error_code ignored;
    lines.insert(absl::StrCat(entry.path().filename().string(), " ", entry.file_size(ignored), " ",
                              entry.last_write_time(ignored).time_since_epoch().count()));
  }
  return absl::StrJoin(lines, "\n");
}

}  // namespace salesops::gateway
