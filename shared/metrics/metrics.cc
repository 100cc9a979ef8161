#include "shared/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <list>
#include <mutex>
#include <utility>

namespace salesops::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

[[noreturn]] void Die(const std::string& name, const std::string& problem) {
  std::fprintf(stderr, "metric %s: %s\n", name.c_str(), problem.c_str());
  std::abort();
}

// What a name was first used for.
struct Declaration {
  std::string type;
  std::string help;
};

struct Callback {
  CallbackKind kind;
  std::string name;
  Labels labels;
  std::function<double()> read;
};

struct Process {
  prometheus::Registry registry;
  std::mutex mutex;  // guards what follows; held while callbacks run
  std::map<std::string, Declaration> declarations;
  std::list<Callback> callbacks;
};

// Never destroyed: threads may count until the very end.
Process& TheProcess() {
  static auto* const process = new Process;
  return *process;
}

void Declare(const std::string& name, const std::string& type, const std::string& help) {
  Process& process = TheProcess();
  const std::lock_guard lock(process.mutex);
  const auto [it, added] = process.declarations.try_emplace(name, Declaration{type, help});
  if (it->second.type != type) Die(name, "is already a " + it->second.type);
  if (it->second.help != help) Die(name, "already has another help text");
}

// prometheus-cpp throws for names it does not accept.
template <class Make>
auto OrDie(const std::string& name, Make make) -> decltype(make()) {
  try {
    return make();
  } catch (const std::exception& e) {
    Die(name, e.what());
  }
}

std::vector<ClientMetric::Label> ToLabels(const Labels& labels) {
  std::vector<ClientMetric::Label> result;
  for (const auto& [name, value] : labels) {
    ClientMetric::Label label;
    label.name = name;
    label.value = value;
    result.push_back(std::move(label));
  }
  return result;
}

// Callbacks of one name and equal labels (two pools of one process) make one series, their sum:
// Prometheus refuses a page that has a series twice.
std::vector<MetricFamily> CollectCallbacks() {
  Process& process = TheProcess();
  const std::lock_guard lock(process.mutex);
  std::map<std::string, std::map<Labels, double>> sums;
  std::map<std::string, CallbackKind> kinds;
  for (const Callback& callback : process.callbacks) {
    sums[callback.name][callback.labels] += callback.read();
    kinds[callback.name] = callback.kind;
  }
  std::vector<MetricFamily> families;
  for (const auto& [name, series] : sums) {
    MetricFamily family;
    family.name = name;
    family.help = process.declarations[name].help;
    const bool counter = kinds[name] == CallbackKind::kCounter;
    family.type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    for (const auto& [labels, value] : series) {
      ClientMetric metric;
      metric.label = ToLabels(labels);
      (counter ? metric.counter.value : metric.gauge.value) = value;
      family.metric.push_back(std::move(metric));
    }
    families.push_back(std::move(family));
  }
  return families;
}

}  // namespace

class Registration {
 public:
  explicit Registration(std::list<Callback>::iterator callback) : callback_(callback) {}
  ~Registration() {
    Process& process = TheProcess();
    const std::lock_guard lock(process.mutex);
    process.callbacks.erase(callback_);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  std::list<Callback>::iterator callback_;
};

void Counter::Increment(double by) const {
  if (counter_ != nullptr) static_cast<prometheus::Counter*>(counter_)->Increment(by);
}

void Gauge::Set(double value) const {
  if (gauge_ != nullptr) static_cast<prometheus::Gauge*>(gauge_)->Set(value);
}

void Gauge::Add(double by) const {
  if (gauge_ != nullptr) static_cast<prometheus::Gauge*>(gauge_)->Increment(by);
}

void Histogram::Observe(double value) const {
  if (histogram_ != nullptr) static_cast<prometheus::Histogram*>(histogram_)->Observe(value);
}

Counter GetCounter(const std::string& name, const std::string& help, const Labels& labels) {
  Declare(name, "counter", help);
  return OrDie(name, [&] {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(TheProcess().registry);
    return Counter(&family.Add(labels));
  });
}

Gauge GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  Declare(name, "gauge", help);
  return OrDie(name, [&] {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(TheProcess().registry);
    return Gauge(&family.Add(labels));
  });
}

Histogram GetHistogram(const std::string& name, const std::string& help,
                       const std::vector<double>& buckets, const Labels& labels) {
  Declare(name, "histogram", help);
  return OrDie(name, [&] {
    auto& family =
        prometheus::BuildHistogram().Name(name).Help(help).Register(TheProcess().registry);
    return Histogram(&family.Add(labels, buckets));
  });
}

const std::vector<double>& LatencyBuckets() {
  static const auto* const buckets = new std::vector<double>{
      0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20};
  return *buckets;
}

std::shared_ptr<Registration> AddCallback(CallbackKind kind, const std::string& name,
                                          const std::string& help, const Labels& labels,
                                          std::function<double()> read) {
  Declare(name, kind == CallbackKind::kCounter ? "callback counter" : "callback gauge", help);
  Process& process = TheProcess();
  const std::lock_guard lock(process.mutex);
  process.callbacks.push_back({kind, name, labels, std::move(read)});
  return std::make_shared<Registration>(std::prev(process.callbacks.end()));
}

std::string Text() {
  std::vector<MetricFamily> families = TheProcess().registry.Collect();
  for (MetricFamily& family : CollectCallbacks()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace salesops::metrics
