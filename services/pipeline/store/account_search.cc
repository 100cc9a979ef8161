#include "services/pipeline/store/account_search.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "shared/status/macros.h"

namespace salesops::pipeline::store {
namespace {

using domain::FoldedName;
using mysql::Connection;
using mysql::Params;
using mysql::Row;

// Rows of one INSERT or DELETE.
constexpr size_t kRowsAtOnce = 200;
// A pair is called rare below so many names; its exact number does not matter beyond.
constexpr int kRare = 1000;
// So many names of the rarest pair are compared with the other pairs.
constexpr int kMostCompared = 50'000;
constexpr size_t kMostPairs = 12;

using GramRow = std::pair<std::string, std::string>;  // gram, account

absl::Status WriteRows(mysql::Transaction& tx, const std::string& begin, const std::string& end,
                       const std::vector<GramRow>& rows) {
  for (size_t from = 0; from < rows.size(); from += kRowsAtOnce) {
    const size_t to = std::min(rows.size(), from + kRowsAtOnce);
    std::string sql = begin;
    Params params;
    for (size_t i = from; i < to; ++i) {
      absl::StrAppend(&sql, i == from ? "(?,?)" : ",(?,?)");
      params.push_back(rows[i].first);
      params.push_back(rows[i].second);
    }
    RETURN_IF_ERROR(tx.Execute(sql + end, params).status());
  }
  return absl::OkStatus();
}

// The rules for which accounts may be shown, after WHERE.
std::string Shown(const std::vector<salesops::api::Predicate>& where, bool show_archived,
                  Params* params) {
  std::string sql = show_archived ? "TRUE" : "r.archive_time IS NULL";
  for (const salesops::api::Predicate& predicate : where) {
    absl::StrAppend(&sql, " AND (", predicate.sql, ")");
    params->insert(params->end(), predicate.params.begin(), predicate.params.end());
  }
  return sql;
}

NamedAccount ToNamed(Row& row) { return {row.String(0), row.String(1)}; }

struct SortedPairs {
  std::vector<std::string> pairs;  // those of the fewest names first
  bool rare = false;               // the first
};

absl::StatusOr<int64_t> CountNames(Connection& c, const std::string& pair, int most) {
  ASSIGN_OR_RETURN(std::optional<int64_t> count,
                   c.QueryOne(absl::StrCat("SELECT COUNT(*) FROM (SELECT 1 FROM account_name_gram "
                                           "WHERE gram = ? LIMIT ",
                                           most, ") few"),
                              {pair}, [](Row& row) { return row.Int64(0); }));
  return count.value_or(0);
}

absl::StatusOr<SortedPairs> RarestFirst(Connection& c, std::vector<std::string> pairs) {
  std::vector<std::pair<int64_t, std::string>> counted;
  for (std::string& pair : pairs) {
    ASSIGN_OR_RETURN(const int64_t count, CountNames(c, pair, kRare));
    counted.emplace_back(count, std::move(pair));
  }
  std::sort(counted.begin(), counted.end());
  SortedPairs sorted;
  sorted.rare = counted[0].first < kRare;
  for (auto& [count, pair] : counted) sorted.pairs.push_back(std::move(pair));
  return sorted;
}

// Where the names with all pairs are, up to WHERE and its conditions. At most `most_compared` names
// of the rarest pair are looked at, all of them if it is rare.
std::string WithPairs(const SortedPairs& sorted, int most_compared, Params* params) {
  std::string from = "account_name_gram g0";
  if (!sorted.rare) {
    from = absl::StrCat("(SELECT account_id FROM account_name_gram WHERE gram = ? LIMIT ",
                        most_compared, ") g0");
    params->push_back(sorted.pairs[0]);
  }
  for (size_t i = 1; i < sorted.pairs.size(); ++i) {
    absl::StrAppend(&from, " JOIN account_name_gram g", i, " ON g", i,
                    ".account_id = g0.account_id AND g", i, ".gram = ?");
    params->push_back(sorted.pairs[i]);
  }
  absl::StrAppend(&from, " JOIN account r ON r.id = g0.account_id WHERE ");
  if (!sorted.rare) return from + "TRUE";
  params->push_back(sorted.pairs[0]);
  return from + "g0.gram = ?";
}

struct Filter {
  const std::vector<salesops::api::Predicate>& where;
  bool show_archived;
  int limit;
};

absl::StatusOr<std::vector<NamedAccount>> Select(Connection& c, const std::string& from,
                                                 Params params, const Filter& filter) {
  const std::string shown = Shown(filter.where, filter.show_archived, &params);
  return c.Query(absl::StrCat("SELECT STRAIGHT_JOIN r.id, r.display_name FROM ", from, " AND ",
                              shown, " LIMIT ", filter.limit + 1),
                 params, ToNamed);
}

absl::StatusOr<NameCandidates> FindParts(Connection& c, const FoldedName& query,
                                         const Filter& filter) {
  NameCandidates found;
  const auto limit = static_cast<size_t>(filter.limit);
  std::vector<std::string> pairs = domain::PairsOf(query);
  if (pairs.empty()) {
    // Words of one character: whatever has the first of them.
    ASSIGN_OR_RETURN(
        found.accounts,
        Select(c,
               "account_name_gram g0 JOIN account r ON r.id = g0.account_id WHERE g0.gram LIKE ?",
               {domain::ToUtf8(query[0]) + "%"}, filter));
    found.complete = found.accounts.size() <= limit;
    return found;
  }
  if (pairs.size() > kMostPairs) pairs.resize(kMostPairs);
  ASSIGN_OR_RETURN(const SortedPairs sorted, RarestFirst(c, std::move(pairs)));
  // Where many names have every pair, a few of them are enough.
  for (const int most_compared : {kRare, kMostCompared}) {
    Params params;
    const std::string from = WithPairs(sorted, most_compared, &params);
    ASSIGN_OR_RETURN(found.accounts, Select(c, from, std::move(params), filter));
    found.complete = found.accounts.size() <= limit;
    if (sorted.rare || !found.complete) return found;
  }
  ASSIGN_OR_RETURN(const int64_t count, CountNames(c, sorted.pairs[0], kMostCompared + 1));
  found.complete = count <= kMostCompared;
  return found;
}

}  // namespace

absl::Status IndexNames(mysql::Transaction& tx, const std::vector<RenamedAccount>& renamed) {
  std::vector<GramRow> gone, come;
  for (const RenamedAccount& account : renamed) {
    if (account.before == account.after) continue;
    const std::vector<std::string> before = domain::GramsOf(domain::FoldName(account.before));
    const std::vector<std::string> after = domain::GramsOf(domain::FoldName(account.after));
    const auto add = [&account](std::vector<GramRow>* rows, const std::vector<std::string>& grams,
                                const std::vector<std::string>& without) {
      for (const std::string& gram : grams) {
        if (!std::binary_search(without.begin(), without.end(), gram)) {
          rows->emplace_back(gram, account.id);
        }
      }
    };
    add(&gone, before, after);
    add(&come, after, before);
  }
  RETURN_IF_ERROR(
      WriteRows(tx, "DELETE FROM account_name_gram WHERE (gram, account_id) IN (", ")", gone));
  // One that is there already was written by the migration.
  return WriteRows(tx, "INSERT IGNORE INTO account_name_gram (gram, account_id) VALUES ", "", come);
}

absl::StatusOr<NameCandidates> FindNames(Connection& c, const FoldedName& query,
                                         const std::string& text,
                                         const std::vector<salesops::api::Predicate>& where,
                                         bool show_archived, int limit) {
  Params params = {absl::StrReplaceAll(text, {{"!", "!!"}, {"%", "!%"}, {"_", "!_"}}) + "%"};
  const std::string shown = Shown(where, show_archived, &params);
  ASSIGN_OR_RETURN(
      std::vector<NamedAccount> beginnings,
      c.Query(absl::StrCat("SELECT r.id, r.display_name FROM account r FORCE INDEX "
                           "(account_display_name) WHERE r.display_name LIKE ? ESCAPE '!' AND ",
                           shown, " ORDER BY r.display_name, r.id LIMIT ", limit + 1),
              params, ToNamed));
  ASSIGN_OR_RETURN(NameCandidates found, FindParts(c, query, {where, show_archived, limit}));
  if (beginnings.size() > static_cast<size_t>(limit)) found.complete = false;
  std::set<std::string> known;
  for (const NamedAccount& account : beginnings) known.insert(account.id);
  for (NamedAccount& account : found.accounts) {
    if (known.insert(account.id).second) beginnings.push_back(std::move(account));
  }
  found.accounts = std::move(beginnings);
  return found;
}

}  // namespace salesops::pipeline::store
