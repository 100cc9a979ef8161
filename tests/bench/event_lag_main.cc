// How long organization's facts take to be stored in pipeline's copy, while something else writes
// to organization. Prints the 99th percentile in ms.
//
// A fact's time is `occurred_at` of its outbox row, the start of the call that wrote it, so the
// call itself is counted too; its arrival is the first poll of pipeline's `consumer_position`
// (every millisecond, committed rows only) that has passed it. Both overstate the lag, neither
// hides any.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "shared/mysql/database.h"
#include "shared/status/macros.h"

namespace salesops::bench {
namespace {

struct Settings {
  int port = 3306;
  double seconds = 4;
  std::string ca, secrets;
};

std::unique_ptr<mysql::Database> Open(const Settings& s, const std::string& service) {
  std::ifstream in(s.secrets + "/" + service);
  mysql::DatabaseOptions options;
  options.port = s.port;
  options.name = options.user = service;
  options.password.assign(std::istreambuf_iterator<char>(in), {});
  options.tls_ca = s.ca;
  options.connections = 1;
  return *mysql::Database::Create(options);
}

base::DeadlineContext InAMinute() { return base::DeadlineContext(absl::Now() + absl::Minutes(1)); }

absl::StatusOr<int64_t> Position(mysql::Database& db, const char* sql) {
  ASSIGN_OR_RETURN(std::optional<int64_t> position, db.Read(InAMinute(), [&](mysql::Connection& c) {
    return c.QueryOne(sql, {}, [](mysql::Row& r) { return r.Int64(0); });
  }));
  return position.value_or(0);
}

struct Fact {
  int64_t position;
  absl::Time occurred;
};

absl::StatusOr<std::vector<Fact>> FactsAfter(mysql::Database& db, int64_t position) {
  return db.Read(InAMinute(), [&](mysql::Connection& c) {
    return c.Query(
        "SELECT l.position, o.occurred_at FROM event_log l JOIN outbox o ON o.seq = l.outbox_seq "
        "WHERE l.partition_id = 0 AND l.position > ? ORDER BY l.position LIMIT 1000000",
        {position}, [](mysql::Row& r) {
          return Fact{r.Int64(0), r.Time(1)};
        });
  });
}

absl::StatusOr<double> P99(const Settings& s) {
  const auto organization = Open(s, "organization");
  const auto pipeline = Open(s, "pipeline");
  ASSIGN_OR_RETURN(const int64_t begin,
                   Position(*organization, "SELECT position FROM event_head LIMIT 1"));
  std::vector<std::pair<int64_t, absl::Time>> seen;  // positions and when they were reached
  const absl::Time end = absl::Now() + absl::Seconds(s.seconds);
  while (absl::Now() < end) {
    ASSIGN_OR_RETURN(const int64_t position,
                     Position(*pipeline,
                              "SELECT position FROM consumer_position WHERE name = 'roster' "
                              "LIMIT 1"));
    if (seen.empty() || position > seen.back().first) seen.emplace_back(position, absl::Now());
    absl::SleepFor(absl::Milliseconds(1));
  }
  ASSIGN_OR_RETURN(const std::vector<Fact> facts, FactsAfter(*organization, begin));
  std::vector<double> lags;
  for (const Fact& fact : facts) {
    auto reached = std::lower_bound(seen.begin(), seen.end(), fact.position,
                                    [](const auto& entry, int64_t p) { return entry.first < p; });
    // Those that came before the first poll say nothing; those under way at the end were late by
    // at least what is counted.
    if (reached == seen.begin()) continue;
    const absl::Time arrived = reached == seen.end() ? end : reached->second;
    if (fact.occurred < arrived)
      lags.push_back(absl::ToDoubleMilliseconds(arrived - fact.occurred));
  }
  if (lags.size() < 100) return absl::InternalError("fewer than 100 facts were seen");
  std::sort(lags.begin(), lags.end());
  return lags[lags.size() * 99 / 100];
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  salesops::bench::Settings s;
  CLI::App app("Measures the lag of pipeline's copy.");
  app.add_option("--database_port", s.port, "")->required();
  app.add_option("--database_tls_ca", s.ca, "")->required();
  app.add_option("--secrets", s.secrets, "folder with the users' passwords")->required();
  app.add_option("--seconds", s.seconds, "");
  CLI11_PARSE(app, argc, argv);
  const auto p99 = salesops::bench::P99(s);
  if (!p99.ok()) {
    std::fprintf(stderr, "%s\n", p99.status().ToString().c_str());
    return 1;
  }
  std::printf("%.1f\n", *p99);
  return 0;
}
