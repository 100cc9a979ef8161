#include "services/performance/store/incentive_run_store.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::store {
namespace {

using base::Decimal;
using domain::Entry;
using domain::RunInputs;
using nlohmann::json;

enum State { kRunning = 1, kComplete = 2, kGivenUp = 3 };

constexpr int kRowsOfInsert = 500;
constexpr int kRowsOfRead = 10000;

json DaysJson(const base::DayRange& days) {
  return json::array({base::FormatDay(days.start), base::FormatDay(*days.end)});
}

std::string TextAt(const json& list, size_t i) {
  return list.is_array() && i < list.size() && list[i].is_string() ? list[i].get<std::string>()
                                                                   : "";
}
Decimal DecimalOf(const std::string& text) { return Decimal::Parse(text).value_or(Decimal()); }
base::CivilDay DayAt(const json& list, size_t i) {
  return base::ParseDay(TextAt(list, i)).value_or(base::CivilDay());
}
base::DayRange DaysAt(const json& list, size_t i) { return {DayAt(list, i), DayAt(list, i + 1)}; }

// {"teams":{"sellers/7":[["teams/3","2026-01-01","2026-04-01"]]},
//  "managed":[["sellers/1","sellers/7","2026-01-01","2026-04-01"]],
//  "rates":[["USD","CNY","2026-01-05","7.1"]],"draws":{"sellers/7":"100"}}
std::string ToJson(const RunInputs& inputs) {
  json teams = json::object();
  for (const auto& [payee, spans] : inputs.roster.teams) {
    json list = json::array();
    for (const domain::TeamDays& span : spans) {
      json item = DaysJson(span.days);
      item.insert(item.begin(), span.team);
      list.push_back(std::move(item));
    }
    teams[payee] = std::move(list);
  }
  json managed = json::array();
  for (const domain::ManagedDays& m : inputs.roster.managed) {
    managed.push_back(
        {m.manager, m.report, base::FormatDay(m.days.start), base::FormatDay(*m.days.end)});
  }
  json rates = json::array();
  for (const domain::DayRate& r : inputs.rates) {
    rates.push_back({r.from, r.to, base::FormatDay(r.date), r.rate.ToCanonicalString()});
  }
  json draws = json::object();
  for (const auto& [payee, owed] : inputs.draw_balances) draws[payee] = owed.ToCanonicalString();
  return json{{"teams", teams}, {"managed", managed}, {"rates", rates}, {"draws", draws}}.dump();
}

RunInputs InputsOf(const std::string& text) {
  RunInputs inputs;
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return inputs;
  const auto at = [&](const char* key) { return object.value(key, json::array()); };
  const json teams = object.value("teams", json::object());
  for (const auto& [payee, spans] : teams.items()) {
    for (const json& span : spans) {
      inputs.roster.teams[payee].push_back({TextAt(span, 0), DaysAt(span, 1)});
    }
  }
  for (const json& m : at("managed")) {
    inputs.roster.managed.push_back({TextAt(m, 0), TextAt(m, 1), DaysAt(m, 2)});
  }
  for (const json& r : at("rates")) {
    inputs.rates.push_back({TextAt(r, 0), TextAt(r, 1), DayAt(r, 2), DecimalOf(TextAt(r, 3))});
  }
  const json draws = object.value("draws", json::object());
  for (const auto& [payee, owed] : draws.items()) {
    inputs.draw_balances[payee] = DecimalOf(owed.get<std::string>());
  }
  return inputs;
}

std::string NameOfRun(const RunKey& key) {
  return absl::StrCat("incentivePlans/", key.plan_id, "/periods/", key.period_id);
}

mysql::Value TextOrNull(const std::optional<Decimal>& value) {
  return value ? mysql::Value(value->ToCanonicalString()) : mysql::Value();
}

std::optional<Decimal> DecimalOrNull(mysql::Row& row, int i) {
  if (row.IsNull(i)) return std::nullopt;
  return DecimalOf(row.String(i));
}

constexpr char kIsRun[] = " WHERE plan_id = ? AND period_id = ? AND run = ?";

mysql::Params Params(const RunKey& key) {
  return {key.plan_id, key.period_id, static_cast<int64_t>(key.run)};
}

}  // namespace

absl::Status BeginRun(mysql::Transaction& tx, absl::Time now, IncentiveRun* run) {
  struct Last {
    int run;
    int state;
    absl::Time lease_until;
  };
  ASSIGN_OR_RETURN(
      const auto last,
      tx.QueryOne("SELECT run, state, lease_until FROM incentive_run WHERE plan_id = ? AND "
                  "period_id = ? ORDER BY run DESC LIMIT 1",
                  {run->key.plan_id, run->key.period_id}, [](mysql::Row& row) {
                    return Last{static_cast<int>(row.Int64(0)), static_cast<int>(row.Int64(1)),
                                row.Time(2)};
                  }));
  if (last && last->state == kRunning) {
    if (last->lease_until > now) {
      return status::FailedPrecondition(
          "CALCULATION_RUNNING", NameOfRun(run->key),
          absl::StrCat("it is being calculated; try again when that is over, or after ",
                       absl::FormatTime(absl::RFC3339_sec, last->lease_until, absl::UTCTimeZone()),
                       " if it was given up"));
    }
    IncentiveRun given_up;
    given_up.key = {run->key.plan_id, run->key.period_id, last->run};
    mysql::Params params = {static_cast<int64_t>(kGivenUp)};
    for (mysql::Value& value : Params(given_up.key)) params.push_back(std::move(value));
    RETURN_IF_ERROR(
        tx.Execute(absl::StrCat("UPDATE incentive_run SET state = ?", kIsRun), params).status());
  }
  run->key.run = last ? last->run + 1 : 1;
  return tx
      .Execute(
          "INSERT INTO incentive_run (plan_id, period_id, run, state, holder, lease_until, "
          "position, as_of_time, version_id, engine_version, inputs) VALUES "
          "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          {run->key.plan_id, run->key.period_id, static_cast<int64_t>(run->key.run),
           static_cast<int64_t>(kRunning), run->holder, run->lease_until, run->position,
           run->as_of_time, run->version_id, static_cast<int64_t>(run->engine_version),
           ToJson(run->inputs)})
      .status();
}

absl::Status RenewRun(mysql::Transaction& tx, const IncentiveRun& run, absl::Time lease_until) {
  mysql::Params params = {lease_until};
  for (mysql::Value& value : Params(run.key)) params.push_back(std::move(value));
  params.push_back(static_cast<int64_t>(kRunning));
  params.push_back(run.holder);
  ASSIGN_OR_RETURN(const int64_t matched,
                   tx.Execute(absl::StrCat("UPDATE incentive_run SET lease_until = ?", kIsRun,
                                           " AND state = ? AND holder = ?"),
                              params));
  if (matched == 1) return absl::OkStatus();
  return status::Unavailable("CALCULATION_LOST",
                             absl::StrCat("the calculation of ", NameOfRun(run.key),
                                          " took too long and was given up; calculate it again"),
                             absl::Seconds(1));
}

absl::Status CompleteRun(mysql::Transaction& tx, const IncentiveRun& run) {
  mysql::Params params = {static_cast<int64_t>(kComplete)};
  for (mysql::Value& value : Params(run.key)) params.push_back(std::move(value));
  return tx.Execute(absl::StrCat("UPDATE incentive_run SET state = ?", kIsRun), params).status();
}

absl::Status AbandonRun(mysql::Transaction& tx, const IncentiveRun& run) {
  mysql::Params params = {static_cast<int64_t>(kGivenUp)};
  for (mysql::Value& value : Params(run.key)) params.push_back(std::move(value));
  params.push_back(static_cast<int64_t>(kRunning));
  params.push_back(run.holder);
  return tx
      .Execute(absl::StrCat("UPDATE incentive_run SET state = ?", kIsRun,
                            " AND state = ? AND holder = ?"),
               params)
      .status();
}

absl::StatusOr<IncentiveRun> GetRun(mysql::Connection& c, const RunKey& key) {
  ASSIGN_OR_RETURN(
      auto run,
      c.QueryOne(absl::StrCat("SELECT holder, lease_until, position, as_of_time, version_id, "
                              "engine_version, inputs FROM incentive_run",
                              kIsRun, " LIMIT 1"),
                 Params(key), [&](mysql::Row& row) {
                   IncentiveRun found;
                   found.key = key;
                   found.holder = row.String(0);
                   found.lease_until = row.Time(1);
                   found.position = row.Int64(2);
                   found.as_of_time = row.Time(3);
                   found.version_id = row.String(4);
                   found.engine_version = static_cast<int>(row.Int64(5));
                   found.inputs = InputsOf(row.String(6));
                   return found;
                 }));
  if (!run) return status::Internal(absl::StrCat("no run ", key.run, " of ", NameOfRun(key)));
  return *std::move(run);
}

absl::Status AddEntries(mysql::Transaction& tx, const RunKey& key,
                        const std::vector<Entry>& entries, size_t begin, size_t end) {
  while (begin < end) {
    std::string sql =
        "INSERT INTO incentive_entry (plan_id, period_id, payee, run, place, parent, kind, "
        "component, rule_id, fact, fact_line, base, rate, unrounded, amount, note) VALUES ";
    mysql::Params params;
    for (int n = 0; n < kRowsOfInsert && begin < end; ++n, ++begin) {
      const Entry& e = entries[begin];
      absl::StrAppend(&sql, n == 0 ? "" : ",", "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
      for (mysql::Value value :
           {mysql::Value(key.plan_id), mysql::Value(key.period_id), mysql::Value(e.payee),
            mysql::Value(static_cast<int64_t>(key.run)), mysql::Value(static_cast<int64_t>(begin)),
            mysql::Value(static_cast<int64_t>(e.parent)),
            mysql::Value(static_cast<int64_t>(e.kind)), mysql::Value(e.component),
            mysql::Value(e.rule), mysql::Value(e.fact), mysql::Value(e.line), TextOrNull(e.base),
            TextOrNull(e.rate), TextOrNull(e.unrounded), mysql::Value(e.amount),
            mysql::Value(e.note)}) {
        params.push_back(std::move(value));
      }
    }
    RETURN_IF_ERROR(tx.Execute(sql, params).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Entry>> LedgerOf(mysql::Connection& c, const RunKey& key,
                                            const std::optional<std::string>& payee) {
  std::vector<Entry> entries;
  std::map<std::pair<int64_t, int64_t>, int> places;  // of (run, place) of one payee
  std::string last_payee;
  int64_t last_run = 0, last_place = -1;
  int read = 0;
  do {
    std::string sql =
        "SELECT e.payee, e.run, e.place, e.parent, e.kind, e.component, e.rule_id, e.fact, "
        "e.fact_line, e.base, e.rate, e.unrounded, e.amount, e.note FROM incentive_entry e JOIN "
        "incentive_run n ON n.plan_id = e.plan_id AND n.period_id = e.period_id AND n.run = e.run "
        "WHERE e.plan_id = ? AND e.period_id = ? AND n.state = ? AND e.run <= ?";
    mysql::Params params = {key.plan_id, key.period_id, static_cast<int64_t>(kComplete),
                            static_cast<int64_t>(key.run)};
    if (payee) {
      sql += " AND e.payee = ?";
      params.push_back(*payee);
    }
    if (last_run > 0) {
      sql += " AND e.payee >= ? AND (e.payee > ? OR e.run > ? OR (e.run = ? AND e.place > ?))";
      for (mysql::Value value :
           {mysql::Value(last_payee), mysql::Value(last_payee), mysql::Value(last_run),
            mysql::Value(last_run), mysql::Value(last_place)}) {
        params.push_back(std::move(value));
      }
    }
    absl::StrAppend(&sql, " ORDER BY e.payee, e.run, e.place LIMIT ", kRowsOfRead);
    read = 0;
    RETURN_IF_ERROR(c.ForEach(sql, params, [&](mysql::Row& row) {
      ++read;
      Entry e;
      e.payee = row.String(0);
      if (e.payee != last_payee) places.clear();
      last_payee = e.payee;
      last_run = row.Int64(1);
      last_place = row.Int64(2);
      const auto parent = places.find({last_run, row.Int64(3)});
      e.parent = parent == places.end() ? -1 : parent->second;
      places[{last_run, last_place}] = static_cast<int>(entries.size());
      e.kind = static_cast<domain::EntryKind>(row.Int64(4));
      e.component = row.String(5);
      e.rule = row.String(6);
      e.fact = row.String(7);
      e.line = row.String(8);
      e.base = DecimalOrNull(row, 9);
      e.rate = DecimalOrNull(row, 10);
      e.unrounded = DecimalOrNull(row, 11);
      e.amount = row.Decimal(12);
      e.note = row.String(13);
      entries.push_back(std::move(e));
    }));
  } while (read == kRowsOfRead);
  return entries;
}

}  // namespace salesops::performance::store
