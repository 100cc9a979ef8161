#pragma once

// Lookups that the server answers: the resource with a display name, or with an external key.
//
//   AskedLookups lookups(session, mapping.lookups());
//   Filled filled = mapper.Map(record, lookups);      // pending, if something was not asked yet
//   RETURN_IF_ERROR(lookups.AskAll());                // many questions in few calls
//   filled = mapper.Map(record, lookups);
//
// Display names are asked in groups and kept. External keys cannot be filtered by, so the first
// question reads the names and keys of the whole collection. Archived resources are not found.
//
// Thread-safety: one thread.

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "tools/salesopsctl/row_template.h"
#include "tools/salesopsctl/session.h"

namespace salesops::ctl {

class AskedLookups final : public ServerLookups {
 public:
  // Both must outlive it.
  AskedLookups(const Session& session, const std::map<std::string, Lookup>& lookups)
      : session_(session), lookups_(lookups) {}

  Answer Find(const std::string& lookup, const std::string& key) override;
  absl::Status AskAll();

 private:
  using Names = std::set<std::string>;  // of resources

  absl::Status Ask(const Lookup& lookup, const std::set<std::string>& keys,
                   std::map<std::string, Names>* found);
  absl::Status AskNames(const Resource& resource, const std::set<std::string>& keys,
                        std::map<std::string, Names>* found) const;
  absl::Status ReadKeys(const Resource& resource, const std::string& source,
                        std::map<std::string, Names>* found) const;

  const Session& session_;
  const std::map<std::string, Lookup>& lookups_;
  std::map<std::string, std::map<std::string, Answer>> answers_;  // by lookup and key
  std::map<std::string, std::set<std::string>> wanted_;
  // By collection and source: every external key and who has it.
  std::map<std::pair<std::string, std::string>, std::map<std::string, Names>> keys_;
};

// The filter that finds any of these display names.
std::string NameFilter(const std::set<std::string>& names);

}  // namespace salesops::ctl
