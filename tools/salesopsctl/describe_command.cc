// describe: what the contracts say about a thing.
#include <cstdio>
#include <iostream>

#include "shared/status/macros.h"
#include "tools/salesopsctl/commands.h"
#include "tools/salesopsctl/describe.h"
#include "tools/salesopsctl/pager.h"

namespace salesops::ctl {

absl::Status Describe(Session& session, const std::string& what) {
  ASSIGN_OR_RETURN(const nlohmann::ordered_json description,
                   DescriptionOf(session.catalog(), what));
  if (session.format() == Format::kJson || session.format() == Format::kJsonLines) {
    std::cout << description.dump(session.format() == Format::kJson ? 2 : -1) << "\n";
    return absl::OkStatus();
  }
  const Pager pager(!session.settings().no_pager);
  std::cout << DescriptionText(description);
  if (!description.contains("comment")) {
    std::cout << "\n(The server tells its contracts without comments; --descriptors FOLDER names "
                 "files that have them.)\n";
  }
  return absl::OkStatus();
}

}  // namespace salesops::ctl
