#include "shared/mysql/migrations.h"

#include <openssl/sha.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::mysql {
namespace {

// A row of schema_migration. A file of several statements that stopped half-way is continued after
// the statements that were done.
struct Applied {
  int64_t statements_done = 0;
  std::string checksum;  // of the statements done
  bool finished = false;
};

constexpr char kCreateTable[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " component VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
    " number INT NOT NULL,"
    " file VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,"
    " statements_done INT NOT NULL,"
    " checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
    " started_at DATETIME(6) NOT NULL,"
    " applied_at DATETIME(6) NULL,"
    " PRIMARY KEY (component, number)) ENGINE=InnoDB";

std::string Sha256(const std::string& text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

// Of the first `count` statements.
std::string Checksum(const std::vector<std::string>& statements, size_t count) {
  return Sha256(absl::StrJoin(statements.begin(), statements.begin() + count, "\n;\n"));
}

// GET_LOCK is server-wide, hence the schema in the name; MySQL allows 64 characters.
std::string LockName(const std::string& schema) {
  const std::string name = absl::StrCat("migrate:", schema);
  return name.size() <= 64 ? name : absl::StrCat("migrate:", Sha256(schema).substr(0, 40));
}

absl::Status Precondition(absl::string_view reason, absl::string_view subject,
                          absl::string_view message) {
  return status::FailedPrecondition(reason, subject, message);
}

absl::Status CheckNumbers(const MigrationSet& set) {
  for (size_t i = 0; i < set.migrations.size(); ++i) {
    if (set.migrations[i].number == static_cast<int>(i) + 1) continue;
    return status::Internal(absl::StrCat("migrations of ", set.component,
                                         " are not numbered 1, 2, 3: ", set.migrations[i].file));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> TryLock(Connection& c, const std::string& name) {
  ASSIGN_OR_RETURN(const std::optional<bool> got,
                   c.QueryOne("SELECT COALESCE(GET_LOCK(?, 1), 0)", {name},
                              [](Row& row) { return row.Bool(0); }));
  return got.value_or(false);
}

// Waits in short steps: the server stops any statement that outlasts its limit.
absl::Status Lock(Connection& c, const base::Context& ctx, const std::string& name) {
  for (;;) {
    if (ctx.cancelled()) return absl::CancelledError("cancelled while waiting to migrate");
    ASSIGN_OR_RETURN(const bool got, TryLock(c, name));
    if (got) return absl::OkStatus();
  }
}

absl::Status Unlock(Connection& c, const std::string& name) {
  return c
      .QueryOne("SELECT COALESCE(RELEASE_LOCK(?), 0)", {name}, [](Row& row) { return row.Bool(0); })
      .status();
}

using AppliedByNumber = std::map<int64_t, Applied>;

absl::StatusOr<AppliedByNumber> ReadApplied(Connection& c, const std::string& component) {
  AppliedByNumber applied;
  RETURN_IF_ERROR(c.ForEach(
      "SELECT number, statements_done, checksum, applied_at IS NOT NULL FROM schema_migration "
      "WHERE component = ? ORDER BY number LIMIT 100000",
      {component}, [&](Row& row) {
        applied[row.Int64(0)] = {row.Int64(1), row.String(2), row.Bool(3)};
      }));
  return applied;
}

std::string Subject(const MigrationSet& set, const Migration& migration) {
  return absl::StrCat(set.component, "/", migration.file);
}

// The statements done before are still the first ones of the file.
absl::Status CheckUnchanged(const MigrationSet& set, const Migration& migration,
                            const std::vector<std::string>& statements, const Applied& applied) {
  const size_t done = static_cast<size_t>(applied.statements_done);
  const bool same = (applied.finished ? statements.size() == done : statements.size() >= done) &&
                    Checksum(statements, done) == applied.checksum;
  if (same) return absl::OkStatus();
  return Precondition("MIGRATION_CHANGED", Subject(set, migration),
                      "was applied with another text; restore the file and add a new one instead");
}

absl::Status Record(Connection& c, const MigrationSet& set, const Migration& migration,
                    const std::vector<std::string>& statements, size_t done) {
  const char* finished = done == statements.size() ? "UTC_TIMESTAMP(6)" : "NULL";
  return c
      .Execute(
          absl::StrCat("UPDATE schema_migration SET statements_done = ?, checksum = ?, "
                       "applied_at = ",
                       finished, " WHERE component = ? AND number = ?"),
          {static_cast<int64_t>(done), Checksum(statements, done), set.component, migration.number})
      .status();
}

absl::Status Apply(Connection& c, const MigrationSet& set, const Migration& migration,
                   const AppliedByNumber& applied) {
  const std::vector<std::string> statements = SplitStatements(migration.sql);
  size_t done = 0;
  if (const auto before = applied.find(migration.number); before != applied.end()) {
    RETURN_IF_ERROR(CheckUnchanged(set, migration, statements, before->second));
    if (before->second.finished) return absl::OkStatus();
    done = static_cast<size_t>(before->second.statements_done);
  } else {
    RETURN_IF_ERROR(
        c.Execute("INSERT INTO schema_migration (component, number, file, statements_done, "
                  "checksum, started_at) VALUES (?, ?, ?, 0, ?, UTC_TIMESTAMP(6))",
                  {set.component, migration.number, migration.file, Checksum(statements, 0)})
            .status());
  }
  for (; done < statements.size(); ++done) {
    RETURN_IF_ERROR(c.Execute(statements[done]).status());
    RETURN_IF_ERROR(Record(c, set, migration, statements, done + 1));
  }
  return statements.empty() ? Record(c, set, migration, statements, 0) : absl::OkStatus();
}

absl::Status ApplyAll(Connection& c, const base::Context& ctx,
                      const std::vector<MigrationSet>& sets) {
  RETURN_IF_ERROR(c.Execute(kCreateTable).status());
  for (const MigrationSet& set : sets) {
    ASSIGN_OR_RETURN(const AppliedByNumber applied, ReadApplied(c, set.component));
    for (const Migration& migration : set.migrations) {
      RETURN_IF_ERROR(Apply(c, set, migration, applied));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> SplitStatements(absl::string_view sql) {
  std::vector<std::string> statements;
  std::string current;
  const auto finish = [&] {
    absl::StripAsciiWhitespace(&current);
    if (!current.empty()) statements.push_back(std::move(current));
    current.clear();
  };
  for (absl::string_view line : absl::StrSplit(sql, '\n')) {
    line = absl::StripTrailingAsciiWhitespace(line);
    const absl::string_view content = absl::StripLeadingAsciiWhitespace(line);
    if (content.empty() || absl::StartsWith(content, "--")) continue;
    const bool last = absl::ConsumeSuffix(&line, ";");
    absl::StrAppend(&current, line, "\n");
    if (last) finish();
  }
  finish();
  return statements;
}

absl::Status Migrate(Database& db, const base::Context& ctx,
                     const std::vector<MigrationSet>& sets) {
  for (const MigrationSet& set : sets) RETURN_IF_ERROR(CheckNumbers(set));
  return db.Read(ctx, [&](Connection& c) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<std::string> schema,
                     c.QueryOne("SELECT DATABASE()", {}, [](Row& row) { return row.String(0); }));
    const std::string lock = LockName(schema.value_or(""));
    RETURN_IF_ERROR(Lock(c, ctx, lock));
    const absl::Status applied = ApplyAll(c, ctx, sets);
    // If the connection is lost, so is the lock; the first error is the one to tell.
    const absl::Status unlocked = Unlock(c, lock);
    return applied.ok() ? unlocked : applied;
  });
}

absl::Status CheckMigrated(Database& db, const base::Context& ctx,
                           const std::vector<MigrationSet>& sets) {
  return db.Read(ctx, [&](Connection& c) -> absl::Status {
    ASSIGN_OR_RETURN(
        const std::optional<int64_t> exists,
        c.QueryOne("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() "
                   "AND table_name = 'schema_migration'",
                   {}, [](Row& row) { return row.Int64(0); }));
    for (const MigrationSet& set : sets) {
      AppliedByNumber applied;
      if (exists.value_or(0) == 1) {
        ASSIGN_OR_RETURN(applied, ReadApplied(c, set.component));
      }
      for (const Migration& migration : set.migrations) {
        const auto found = applied.find(migration.number);
        if (found == applied.end() || !found->second.finished) {
          return Precondition("NOT_MIGRATED", Subject(set, migration),
                              "is missing in the database; run the service with --migrate first");
        }
        RETURN_IF_ERROR(
            CheckUnchanged(set, migration, SplitStatements(migration.sql), found->second));
      }
    }
    return absl::OkStatus();
  });
}

}  // namespace salesops::mysql
