// Writes a generated company as rows of the suite's API; see README.md.

#include <CLI/CLI.hpp>
#include <iostream>

#include "absl/time/civil_time.h"
#include "tools/company/requests.h"

int main(int argc, char** argv) {
  salesops::company::Model model;
  std::string folder;
  std::string start;
  CLI::App app("Writes a generated company as JSON lines, one file per collection.");
  app.add_option("--out", folder, "folder to write into")->required();
  app.add_option("--seed", model.seed, "another seed, another company")->capture_default_str();
  app.add_option("--scale", model.scale, "times 40 sellers, 600 accounts, 4000 opportunities")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  app.add_option("--months", model.months, "length of its history")
      ->capture_default_str()
      ->check(CLI::Range(12, 120));
  app.add_option("--start", start, "first day, YYYY-MM-DD (default 2024-07-01)");
  CLI11_PARSE(app, argc, argv);
  if (!start.empty() && !absl::ParseCivilTime(start, &model.start)) {
    std::cerr << "--start: '" << start << "' is not a day; write YYYY-MM-DD\n";
    return 1;
  }
  const salesops::company::Company company = salesops::company::Generate(model);
  const absl::Status written = salesops::company::WriteRequests(company, folder);
  if (!written.ok()) {
    std::cerr << written.message() << "\n";
    return 1;
  }
  std::cout << company.departments.size() << " departments, " << company.teams.size() << " teams, "
            << company.sellers.size() << " sellers, " << company.accounts.size() << " accounts, "
            << company.deals.size() << " opportunities in " << folder << "\n";
  return 0;
}
