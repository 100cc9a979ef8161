// Writes the reference of the contracts below a folder of descriptor sets: an OpenAPI document, and
// a Markdown file for each service.
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gateway/descriptor_catalog.h"
#include "gateway/reference/comments.h"
#include "gateway/reference/markdown_writer.h"
#include "gateway/reference/openapi_writer.h"
#include "gateway/route_table.h"
#include "shared/config/config.h"
#include "shared/status/macros.h"

namespace {

using namespace salesops;  // NOLINT: wiring names every part

absl::Status WriteText(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text;
  out.close();
  if (out) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write ", file));
}

absl::Status Write(const std::string& descriptors, const std::string& openapi,
                   const std::string& markdown) {
  ASSIGN_OR_RETURN(auto sets, gateway::DescriptorCatalog::ReadFolder(descriptors));
  ASSIGN_OR_RETURN(auto catalog, gateway::DescriptorCatalog::Build(sets));
  ASSIGN_OR_RETURN(auto routes, gateway::RouteTable::Build(catalog));
  gateway::reference::Comments comments;
  for (const auto& [service, set] : sets) comments.Add(set);
  if (!openapi.empty()) {
    RETURN_IF_ERROR(WriteText(openapi, gateway::reference::WriteOpenApi(routes, comments)));
  }
  if (markdown.empty()) return absl::OkStatus();
  for (const auto& [service, set] : sets) {
    RETURN_IF_ERROR(
        WriteText(absl::StrCat(markdown, "/", service, ".md"),
                  gateway::reference::WriteMarkdown(service, catalog, routes, comments)));
  }
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  std::string descriptors, openapi, markdown;
  config::Flags flags("contract_reference", "Writes the reference of the contracts.");
  flags.ExistingPath("descriptors", &descriptors, "folder of <service>.binpb files").Required();
  flags.String("openapi", &openapi, "file for the OpenAPI document");
  flags.ExistingPath("markdown", &markdown, "folder for a <service>.md of each service");
  if (std::optional<int> exit_code = flags.ParseForMain(argc, argv)) return *exit_code;
  const absl::Status written = Write(descriptors, openapi, markdown);
  if (written.ok()) return 0;
  std::fprintf(stderr, "contract_reference: %s\n", std::string(written.message()).c_str());
  return 1;
}
