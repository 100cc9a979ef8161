#include "shared/mysql/statement_rules.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"

namespace salesops::mysql {
namespace {

bool IsWordCharacter(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '$'; }

size_t EndOfQuoted(absl::string_view sql, size_t from) {
  const char quote = sql[from];
  for (size_t i = from + 1; i < sql.size(); ++i) {
    if (sql[i] == '\\' && quote != '`') {
      ++i;
    } else if (sql[i] == quote) {
      return i + 1;
    }
  }
  return sql.size();
}

// The first `most` tokens: words in upper case and single characters; a quoted thing is the one
// token "'", a comment none.
std::vector<std::string> Tokens(absl::string_view sql,
                                size_t most = std::numeric_limits<size_t>::max()) {
  std::vector<std::string> tokens;
  for (size_t i = 0; i < sql.size() && tokens.size() < most;) {
    const absl::string_view rest = sql.substr(i);
    if (absl::ascii_isspace(sql[i])) {
      ++i;
    } else if (sql[i] == '\'' || sql[i] == '"' || sql[i] == '`') {
      tokens.push_back("'");
      i = EndOfQuoted(sql, i);
    } else if (sql[i] == '#' || rest.substr(0, 3) == "-- " || rest.substr(0, 3) == "--\n") {
      i += std::min(rest.find('\n'), rest.size());
    } else if (rest.substr(0, 2) == "/*") {
      const size_t end = rest.find("*/");
      i += end == absl::string_view::npos ? rest.size() : end + 2;
    } else if (IsWordCharacter(sql[i])) {
      size_t end = i;
      while (end < sql.size() && IsWordCharacter(sql[end])) ++end;
      tokens.push_back(absl::AsciiStrToUpper(sql.substr(i, end - i)));
      i = end;
    } else {
      tokens.emplace_back(1, sql[i++]);
    }
  }
  return tokens;
}

bool IsOneOf(const std::string& word, std::initializer_list<absl::string_view> words) {
  for (absl::string_view candidate : words) {
    if (word == candidate) return true;
  }
  return false;
}

// True if the parentheses that close at `close` hold a list, and are not a function's.
bool ClosesRow(const std::vector<std::string>& tokens, size_t close) {
  int depth = 0;
  bool comma = false;
  for (size_t i = close + 1; i-- > 0;) {
    if (tokens[i] == ")") ++depth;
    if (tokens[i] == "," && depth == 1) comma = true;
    if (tokens[i] != "(" || --depth > 0) continue;
    const bool is_call = i > 0 && IsWordCharacter(tokens[i - 1][0]) &&
                         !IsOneOf(tokens[i - 1], {"WHERE", "AND", "OR", "NOT", "ON", "HAVING",
                                                  "WHEN", "SELECT", "XOR"});
    return comma && !is_call;
  }
  return false;
}

bool ComparesRows(const std::vector<std::string>& tokens) {
  for (size_t i = 1; i + 1 < tokens.size(); ++i) {
    if (!IsOneOf(tokens[i], {"<", ">"}) || tokens[i - 1] != ")") continue;
    const size_t right = tokens[i + 1] == "=" ? i + 2 : i + 1;
    if (right >= tokens.size() || tokens[right] != "(") continue;
    if (ClosesRow(tokens, i - 1)) return true;
  }
  return false;
}

bool StartsSchemaChange(const std::vector<std::string>& tokens) {
  return !tokens.empty() &&
         IsOneOf(tokens[0], {"CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "GRANT", "REVOKE",
                             "ANALYZE", "OPTIMIZE", "REPAIR", "FLUSH"});
}

bool StartsControl(const std::vector<std::string>& tokens) {
  return !tokens.empty() &&
         IsOneOf(tokens[0], {"BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET",
                             "USE", "LOCK", "UNLOCK", "XA", "PREPARE", "EXECUTE", "DEALLOCATE"});
}

}  // namespace

std::string WhyRefused(absl::string_view sql) {
  const std::vector<std::string> tokens = Tokens(sql);
  if (StartsControl(tokens)) return "transactions and session settings belong to shared/mysql";
  if (StartsSchemaChange(tokens)) {
    return "a schema change runs outside of transactions and without parameters";
  }
  if (ComparesRows(tokens)) {
    return "a comparison of rows scans the whole index; write a >= ? AND (a > ? OR b > ?)";
  }
  for (const std::string& token : tokens) {
    if (token == "RETURNING") return "MySQL has no RETURNING";
  }
  return "";
}

bool IsSchemaChange(absl::string_view sql) { return StartsSchemaChange(Tokens(sql, 1)); }

}  // namespace salesops::mysql
