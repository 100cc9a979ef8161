// Rules about the source that neither the compiler nor the linker knows.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"

namespace salesops::mysql {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

// Our own sources; tests run in the root of the tree.
std::vector<fs::path> Sources() {
  std::vector<fs::path> sources;
  for (const char* folder : {"shared", "services", "gateway", "tools", "tests"}) {
    if (!fs::exists(folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      const fs::path extension = entry.path().extension();
      if (extension == ".cc" || extension == ".h") sources.push_back(entry.path());
    }
  }
  return sources;
}

// "file: line" of every line outside of a comment that matches.
std::vector<std::string> LinesLike(const std::string& pattern, const std::vector<fs::path>& files) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (const fs::path& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      const std::string code = line.substr(0, line.find("//"));
      if (std::regex_search(code, regex)) found.push_back(file.string() + ": " + line);
    }
  }
  return found;
}

bool IsOurs(const fs::path& file) {
  return absl::StartsWith(file.string(), "shared/mysql/") &&
         file.filename() != "source_rules_test.cc";
}

std::vector<fs::path> Filtered(bool (*keep)(const fs::path&)) {
  std::vector<fs::path> kept;
  for (const fs::path& file : Sources()) {
    if (keep(file)) kept.push_back(file);
  }
  return kept;
}

// commit() returned normally on a session that had been killed, and stored nothing.
TEST(SourceRules, TransactionsAreControlledByText) {
  EXPECT_THAT(LinesLike("(->|\\.)(commit|rollback|setAutoCommit|setTransactionIsolation)\\(",
                        Filtered(IsOurs)),
              IsEmpty());
}

// With it, a later signed value of the same parameter is sent as an unsigned one.
TEST(SourceRules, ParametersAreSigned) {
  EXPECT_THAT(LinesLike("\\b(setUInt|setUInt64|setInt|setBoolean|setBlob|setBigInt|setDateTime)"
                        "\\(",
                        Filtered(IsOurs)),
              IsEmpty());
}

// A reconnect behind our back would lose isolation level and prepared statements;
// OPT_SSL_MODE can silently mean plaintext.
TEST(SourceRules, OptionsThatHarmAreNotUsed) {
  EXPECT_THAT(
      LinesLike("\"(OPT_RECONNECT|OPT_SSL_MODE|CLIENT_MULTI_STATEMENTS)\"", Filtered(IsOurs)),
      IsEmpty());
}

// The connector ignores keys it does not know. These are all we use, each proven by a test.
TEST(SourceRules, OptionsAreOnesTheConnectorKnows) {
  EXPECT_THAT(LinesLike("properties\\[\"(?!(hostName|userName|password|schema|OPT_CHARSET_NAME|"
                        "CLIENT_FOUND_ROWS|OPT_CONNECT_TIMEOUT|OPT_READ_TIMEOUT|OPT_WRITE_TIMEOUT|"
                        "sslEnforce|sslVerify|sslCA)\")",
                        Filtered(IsOurs)),
              IsEmpty());
}

TEST(SourceRules, TheDriverIsFetchedInOnePlace) {
  EXPECT_EQ(LinesLike("get_(mysql_)?driver_instance", Filtered(IsOurs)).size(), 1);
}

TEST(SourceRules, OnlyThisFolderKnowsTheConnector) {
  const auto is_other = [](const fs::path& file) {
    return !absl::StartsWith(file.string(), "shared/mysql/");
  };
  EXPECT_THAT(LinesLike("#include *[<\"](cppconn/|mysql_)", Filtered(is_other)), IsEmpty());
  const auto is_header = [](const fs::path& file) { return file.extension() == ".h"; };
  EXPECT_THAT(LinesLike("#include *[<\"](cppconn/|mysql_)", Filtered(is_header)), IsEmpty());
}

}  // namespace
}  // namespace salesops::mysql
