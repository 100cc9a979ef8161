#include "services/pipeline/store/account_search.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
// Pairs that so many names have or more are taken for equally frequent.
constexpr int kMostCounted = 1000;
// So many names of the rarest pair are looked at.
constexpr int kMostCompared = 30'000;
// Bytes of column folded_name.
constexpr size_t kMostText = 3200;
constexpr size_t kMostPairs = 12;

// `rows` of values for `begin`, each row one value for each `?` of `row`.
absl::Status WriteRows(mysql::Transaction& tx, const std::string& begin, const std::string& row,
                       const std::string& end, const std::vector<Params>& rows) {
  for (size_t from = 0; from < rows.size(); from += kRowsAtOnce) {
    const size_t to = std::min(rows.size(), from + kRowsAtOnce);
    std::string sql = begin;
    Params params;
    for (size_t i = from; i < to; ++i) {
      absl::StrAppend(&sql, i == from ? "" : ",", row);
      params.insert(params.end(), rows[i].begin(), rows[i].end());
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

// The pair that the fewest names have.
absl::StatusOr<std::string> RarestOf(Connection& c, const std::vector<std::string>& pairs) {
  std::string rarest = pairs[0];
  int64_t fewest = kMostCounted + 1;
  for (const std::string& pair : pairs) {
    ASSIGN_OR_RETURN(
        const std::optional<int64_t> count,
        c.QueryOne(absl::StrCat("SELECT COUNT(*) FROM (SELECT 1 FROM account_name_gram WHERE gram "
                                "= ? LIMIT ",
                                kMostCounted, ") few"),
                   {pair}, [](Row& row) { return row.Int64(0); }));
    if (count.value_or(0) < fewest) {
      fewest = count.value_or(0);
      rarest = pair;
    }
  }
  return rarest;
}

struct Filter {
  const std::vector<salesops::api::Predicate>& where;
  bool show_archived;
  int limit;
};

// The accounts of the rows of `g` (a condition over gram and account_id) that have every word of
// the query. Each row holds the whole name, so no other row is read for a name that does not fit;
// one without a name was written by a process of an earlier release.
absl::StatusOr<std::vector<NamedAccount>> WithWords(Connection& c, const FoldedName& query,
                                                    const std::string& rows, Params params,
                                                    const Filter& filter) {
  std::vector<std::string> holds;
  for (const std::u32string& word : query) {
    holds.emplace_back("LOCATE(?, g.folded_name) > 0");
    params.push_back(domain::ToUtf8(word));
  }
  const std::string shown = Shown(filter.where, filter.show_archived, &params);
  return c.Query(absl::StrCat("SELECT STRAIGHT_JOIN r.id, r.display_name FROM account_name_gram g "
                              "JOIN account r ON r.id = g.account_id WHERE ",
                              rows, " AND (g.folded_name = '' OR ", absl::StrJoin(holds, " AND "),
                              ") AND ", shown, " LIMIT ", filter.limit + 1),
                 params, ToNamed);
}

// Where the names end that are looked at for a pair; nullopt = all are.
absl::StatusOr<std::optional<std::string>> EndOf(Connection& c, const std::string& pair) {
  return c.QueryOne(absl::StrCat("SELECT account_id FROM account_name_gram WHERE gram = ? ORDER BY "
                                 "account_id LIMIT 1 OFFSET ",
                                 kMostCompared),
                    {pair}, [](Row& row) { return row.String(0); });
}

absl::StatusOr<NameCandidates> FindParts(Connection& c, const FoldedName& query,
                                         const Filter& filter) {
  NameCandidates found;
  const auto limit = static_cast<size_t>(filter.limit);
  std::vector<std::string> pairs = domain::PairsOf(query);
  if (pairs.empty()) {
    // Words of one character: whatever has the first of them.
    ASSIGN_OR_RETURN(found.accounts, WithWords(c, query, "g.gram LIKE ?",
                                               {domain::ToUtf8(query[0]) + "%"}, filter));
    found.complete = found.accounts.size() <= limit;
    return found;
  }
  if (pairs.size() > kMostPairs) pairs.resize(kMostPairs);
  ASSIGN_OR_RETURN(const std::string rarest, RarestOf(c, pairs));
  ASSIGN_OR_RETURN(const std::optional<std::string> end, EndOf(c, rarest));
  Params params = {rarest};
  if (end) params.push_back(*end);
  ASSIGN_OR_RETURN(found.accounts,
                   WithWords(c, query, end ? "g.gram = ? AND g.account_id < ?" : "g.gram = ?",
                             std::move(params), filter));
  found.complete = !end && found.accounts.size() <= limit;
  return found;
}

}  // namespace

absl::Status IndexNames(mysql::Transaction& tx, const std::vector<RenamedAccount>& renamed) {
  std::vector<Params> gone, come;
  for (const RenamedAccount& account : renamed) {
    if (account.before == account.after) continue;
    const FoldedName name = domain::FoldName(account.after);
    const std::vector<std::string> after = domain::GramsOf(name);
    for (const std::string& gram : domain::GramsOf(domain::FoldName(account.before))) {
      if (!std::binary_search(after.begin(), after.end(), gram)) gone.push_back({gram, account.id});
    }
    const std::string folded = domain::TextOf(name).substr(0, kMostText);
    for (const std::string& gram : after) come.push_back({gram, account.id, folded});
  }
  RETURN_IF_ERROR(WriteRows(tx, "DELETE FROM account_name_gram WHERE (gram, account_id) IN (",
                            "(?,?)", ")", gone));
  return WriteRows(tx, "REPLACE INTO account_name_gram (gram, account_id, folded_name) VALUES ",
                   "(?,?,?)", "", come);
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
