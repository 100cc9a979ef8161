#pragma once

// What a process counts, in one registry per process, read by Prometheus through the AdminServer.
//
//   static const metrics::Counter refused = metrics::GetCounter(
//       "salesops_calls_refused_total", "Calls refused because the queue was full");
//   refused.Increment();
//
//   // Labels are resolved once; what is kept is a handle that costs an atomic add to use.
//   metrics::Histogram latency = metrics::GetHistogram(
//       "salesops_call_seconds", "Time from arrival to answer", metrics::LatencyBuckets(),
//       {{"method", "/x.Y/Z"}});
//   latency.Observe(elapsed);
//
// Names: salesops_<what>_<unit>, counters end in _total, base units (seconds, bytes). Label values
// come from small closed sets (methods, codes), never from requests: each one is a series for ever.
// Asking again for the same name and labels gives the same metric. One name has one type and one
// help text; anything else is a bug and stops the process.
//
// Thread-safety: every function and handle may be used from any thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace salesops::metrics {

using Labels = std::map<std::string, std::string>;

// Handles are small values; the metric lives as long as the process. A default-constructed handle
// counts nothing.
class Counter {
 public:
  Counter() = default;
  void Increment(double by = 1) const;  // by >= 0

 private:
  friend Counter GetCounter(const std::string&, const std::string&, const Labels&);
  explicit Counter(void* counter) : counter_(counter) {}
  void* counter_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  void Set(double value) const;
  void Add(double by) const;

 private:
  friend Gauge GetGauge(const std::string&, const std::string&, const Labels&);
  explicit Gauge(void* gauge) : gauge_(gauge) {}
  void* gauge_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  void Observe(double value) const;
  void Observe(absl::Duration value) const { Observe(absl::ToDoubleSeconds(value)); }

 private:
  friend Histogram GetHistogram(const std::string&, const std::string&, const std::vector<double>&,
                                const Labels&);
  explicit Histogram(void* histogram) : histogram_(histogram) {}
  void* histogram_ = nullptr;
};

Counter GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
Gauge GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
// `buckets` are upper bounds, ascending.
Histogram GetHistogram(const std::string& name, const std::string& help,
                       const std::vector<double>& buckets, const Labels& labels = {});

// Upper bounds in seconds from 0.5 ms to 20 s, for the latency of calls and statements.
const std::vector<double>& LatencyBuckets();

// A value read from `read` whenever the metrics are read, until the returned registration is
// destroyed (which waits for a running `read`). kCounter for what only grows. `read` must be quick,
// must not block and must not destroy its own registration.
enum class CallbackKind { kGauge, kCounter };
class Registration;
[[nodiscard]] std::shared_ptr<Registration> AddCallback(CallbackKind kind, const std::string& name,
                                                        const std::string& help,
                                                        const Labels& labels,
                                                        std::function<double()> read);

// Everything counted so far in the Prometheus text format, version 0.0.4.
std::string Text();

}  // namespace salesops::metrics
