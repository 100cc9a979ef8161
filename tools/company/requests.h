#pragma once

// The company as rows of the suite's API: one JSON object a line, in protobuf's JSON form.
//
//   absl::Status written = WriteRequests(company, "var/company");
//
// Import rows (ImportedDepartment, ImportedTeam, ImportedSeller, ImportedAssignment,
// ImportedAccount, ImportedOpportunity) carry an external key of the source "company"; job roles,
// access roles, grants and the sales process are create requests with chosen ids. truth.json holds
// the model, the drawn skills and nothing that the API would know.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/company/company.h"

namespace salesops::company {

inline constexpr char kSource[] = "company";

struct File {
  std::string name;  // "accounts.jsonl"
  std::string text;
};

// Every file, in the order in which they must be loaded; the last is truth.json.
std::vector<File> Requests(const Company& company);

// Writes them into a folder, which is made if it is absent.
absl::Status WriteRequests(const Company& company, const std::string& folder);

}  // namespace salesops::company
