#pragma once

// What Prometheus' own clients tell of every process, under the names they use, so that common
// dashboards and alerts work: process_resident_memory_bytes, process_cpu_seconds_total,
// process_open_fds, process_start_time_seconds. And log lines lost:
// salesops_log_dropped_lines_total.
//
// Thread-safety: safe from any thread.

namespace salesops::metrics {

// Adds them for the rest of the process's life; calling it again changes nothing. AdminServer does
// it.
void AddProcessMetrics();

}  // namespace salesops::metrics
