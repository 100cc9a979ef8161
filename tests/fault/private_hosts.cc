#include "tests/fault/private_hosts.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace salesops::stack {

PrivateHosts::PrivateHosts(const std::vector<std::string>& lines) {
  const std::string hosts = folder_.path() + "/hosts";
  WriteFile(hosts, absl::StrCat(ReadFile("/etc/hosts"), "\n", absl::StrJoin(lines, "\n"), "\n"));
  chmod(hosts.c_str(), 0644);
  wrapper_ = {"unshare", "--mount", "sh", "-c", R"(mount --bind "$0" /etc/hosts && exec "$@")",
              hosts};
  std::vector<std::string> probe = wrapper_;
  probe.emplace_back("true");
  const Finished tried = RunToEnd(probe, folder_.path());
  if (tried.code != 0) problem_ = "a private /etc/hosts needs root: " + tried.out;
}

}  // namespace salesops::stack
