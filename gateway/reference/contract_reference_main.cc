// Writes the reference of the contracts below a folder of descriptor sets.
#include <cstdio>
#include <fstream>
#include <string>

#include "gateway/contracts.h"
#include "shared/config/config.h"

int main(int argc, char** argv) {
  using namespace salesops;  // NOLINT: wiring names every part
  std::string descriptors, openapi;
  config::Flags flags("contract_reference", "Writes the reference of the contracts.");
  flags.ExistingPath("descriptors", &descriptors, "folder of <service>.binpb files").Required();
  flags.String("openapi", &openapi, "file for the OpenAPI document");
  if (std::optional<int> exit_code = flags.ParseForMain(argc, argv)) return *exit_code;
  const auto contracts = gateway::Contracts::Load(descriptors);
  if (!contracts.ok()) {
    std::fprintf(stderr, "contract_reference: %s\n",
                 std::string(contracts.status().message()).c_str());
    return 1;
  }
  if (!openapi.empty()) std::ofstream(openapi) << (*contracts)->openapi.content;
  return 0;
}
