#include "shared/metrics/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "shared/log/log.h"
#include "shared/metrics/metrics.h"

namespace salesops::metrics {
namespace {

// Linux counts resident memory in pages, as the second number of statm (proc(5)).
double ResidentBytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  long total = 0;
  long resident = 0;
  const int read = std::fscanf(file, "%ld %ld", &total, &resident);
  std::fclose(file);
  return read == 2 ? static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) : 0;
}

double CpuSeconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return absl::ToDoubleSeconds(absl::DurationFromTimeval(usage.ru_utime) +
                               absl::DurationFromTimeval(usage.ru_stime));
}

double OpenDescriptors() {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  int entries = 0;
  while (readdir(folder) != nullptr) ++entries;
  closedir(folder);
  return entries - 3;  // ".", ".." and the folder itself
}

std::vector<std::shared_ptr<Registration>> Register() {
  using Kind = CallbackKind;
  // Near enough: the admin port opens in the first second.
  const double start = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  return {
      AddCallback(Kind::kGauge, "process_resident_memory_bytes", "Resident memory", {},
                  ResidentBytes),
      AddCallback(Kind::kCounter, "process_cpu_seconds_total", "Processor time, user and system",
                  {}, CpuSeconds),
      AddCallback(Kind::kGauge, "process_open_fds", "Open file descriptors", {}, OpenDescriptors),
      AddCallback(Kind::kGauge, "process_start_time_seconds", "Start, in seconds since 1970", {},
                  [start] { return start; }),
      AddCallback(Kind::kCounter, "salesops_log_dropped_lines_total",
                  "Log lines dropped because the queue was full", {},
                  [] { return static_cast<double>(log::DroppedLines()); }),
  };
}

}  // namespace

void AddProcessMetrics() {
  static const auto* const registrations =
      new std::vector<std::shared_ptr<Registration>>(Register());
  (void)registrations;
}

}  // namespace salesops::metrics
