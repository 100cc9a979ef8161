#include "shared/config/config.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace salesops::config {
namespace {

// What is wrong with a value; empty if nothing is.
using Problem = std::string;

std::string Quoted(const std::string& text) { return absl::StrCat("\"", text, "\""); }

std::string EnvironmentName(const std::string& flag) {
  return absl::StrCat("SALESOPS_", absl::AsciiStrToUpper(flag));
}

std::vector<std::string> SplitAtCommas(const std::vector<std::string>& values) {
  std::vector<std::string> all;
  for (const std::string& value : values) {
    for (absl::string_view part : absl::StrSplit(value, ',', absl::SkipWhitespace())) {
      all.emplace_back(absl::StripAsciiWhitespace(part));
    }
  }
  return all;
}

Problem ParseInt(const std::string& text, const IntRange& range, int64_t* out) {
  int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) {
    return absl::StrCat("must be a whole number, not ", Quoted(text));
  }
  if (value < range.least || value > range.most) {
    return absl::StrCat("must be ", range.least, " … ", range.most, ", not ", text);
  }
  *out = value;
  return "";
}

Problem ParseBool(const std::string& text, bool* out) {
  if (text != "true" && text != "false" && text != "1" && text != "0") {
    return absl::StrCat("must be true or false, not ", Quoted(text));
  }
  *out = text == "true" || text == "1";
  return "";
}

Problem ParseDuration(const std::string& text, const DurationRange& range, absl::Duration* out) {
  absl::Duration value;
  if (!absl::ParseDuration(text, &value)) {
    return absl::StrCat("must be a length of time such as 30s, 1h30m or 250ms, not ", Quoted(text));
  }
  if (value < range.least) {
    return absl::StrCat("must be at least ", absl::FormatDuration(range.least), ", not ", text);
  }
  if (value > range.most) {
    return absl::StrCat("must be at most ", absl::FormatDuration(range.most), ", not ", text);
  }
  *out = value;
  return "";
}

Problem ParseHostPort(const std::string& text, HostPort* out) {
  const Problem malformed =
      absl::StrCat("must be host:port, such as 127.0.0.1:8080, not ", Quoted(text));
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return malformed;
  std::string host = text.substr(0, colon);
  const std::string digits = text.substr(colon + 1);
  if (host.front() == '[') {
    if (host.size() < 3 || host.back() != ']') return malformed;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return absl::StrCat("must put an IPv6 address in brackets, such as [::1]:8080, not ",
                        Quoted(text));
  }
  int port = 0;
  const bool is_number =
      !digits.empty() && std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit);
  if (!is_number || !absl::SimpleAtoi(digits, &port) || port > 65535) {
    return absl::StrCat("must end in a port 0 … 65535, not ", Quoted(text));
  }
  *out = {host, port};
  return "";
}

Problem ReadSecret(const std::string& path, Secret* out) {
  // The value is not repeated here: people do put the secret itself where its file should be.
  const Problem unreadable = "must be the path of a file that can be read";
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return unreadable;
  std::string text;
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, n);
  const bool failed = std::ferror(file) != 0;  // such as for a folder
  std::fclose(file);
  if (failed) return unreadable;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return "names an empty file";
  *out = Secret(std::move(text));
  return "";
}

size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({substituted, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

}  // namespace

struct Flags::Option {
  std::string name;
  std::string description;
  std::string form;          // what a value looks like, for --help
  std::string default_text;  // empty: none
  bool is_bool = false;
  bool is_list = false;
  bool required = false;
  std::function<Problem(const std::vector<std::string>&)> assign;

  std::string env() const { return EnvironmentName(name); }
};

// The command line taken apart by CLI11, with nothing judged yet: CLI11 would stop at the first
// thing it does not like.
class Flags::CommandLine {
 public:
  CommandLine(const std::vector<std::unique_ptr<Option>>& options, int argc,
              const char* const* argv) {
    app_.set_help_flag();
    app_.allow_extras();
    help_ = app_.add_flag("-h,--help");
    for (const auto& option : options) Declare(*option);
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Error& e) {
      problems_.push_back(e.what());
    }
  }

  bool help() const { return help_->count() > 0; }
  // The values given for an option; nullopt if it is not on the command line. A flag without its
  // value gives an empty one.
  std::optional<std::vector<std::string>> Values(const Option& option) const {
    const CLI::Option* given = given_.at(option.name);
    if (given->count() == 0) return std::nullopt;
    return given->results();
  }
  std::vector<std::string> Unknown() const { return app_.remaining(); }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void Declare(const Option& option) {
    const std::string flag = "--" + option.name;
    if (option.is_bool) {
      given_[option.name] =
          app_.add_flag(flag)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      return;
    }
    given_[option.name] = app_.add_option(flag, [](const CLI::results_t&) { return true; })
                              ->expected(0, 1)
                              ->allow_extra_args(false)
                              ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  CLI::App app_;
  CLI::Option* help_ = nullptr;
  std::map<std::string, CLI::Option*> given_;
  std::vector<std::string> problems_;
};

std::string HostPort::ToString() const {
  const bool brackets = host.find(':') != std::string::npos;
  return absl::StrCat(brackets ? "[" : "", host, brackets ? "]:" : ":", port);
}

Flags::Environment Flags::ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Flags::Flags(std::string program, std::string summary, Environment environment)
    : program_(std::move(program)),
      summary_(std::move(summary)),
      environment_(std::move(environment)) {}

Flags::~Flags() = default;

void Flags::Declared::Required() { *required_ = true; }

Flags::Declared Flags::Add(const std::string& name, const std::string& description,
                           const std::string& form, const std::string& default_text,
                           std::function<Problem(const std::vector<std::string>&)> assign) {
  auto option = std::make_unique<Option>();
  option->name = name;
  option->description = description;
  option->form = form;
  option->default_text = default_text;
  option->assign = std::move(assign);
  options_.push_back(std::move(option));
  return Declared(&options_.back()->required);
}

Flags::Declared Flags::String(const std::string& name, std::string* target,
                              const std::string& description) {
  return Add(name, description, "TEXT", *target, [target](const auto& values) {
    *target = values.back();
    return Problem();
  });
}

Flags::Declared Flags::Choice(const std::string& name, std::string* target,
                              std::vector<std::string> choices, const std::string& description) {
  const std::string form = absl::StrJoin(choices, "|");
  return Add(name, description, form, *target,
             [target, choices = std::move(choices)](const auto& values) -> Problem {
               if (std::find(choices.begin(), choices.end(), values.back()) == choices.end()) {
                 return absl::StrCat("must be one of ", absl::StrJoin(choices, ", "), ", not ",
                                     Quoted(values.back()));
               }
               *target = values.back();
               return "";
             });
}

Flags::Declared Flags::Int(const std::string& name, int64_t* target, const std::string& description,
                           IntRange range) {
  return Add(name, description, "NUMBER", absl::StrCat(*target),
             [=](const auto& values) { return ParseInt(values.back(), range, target); });
}

Flags::Declared Flags::Int(const std::string& name, int* target, const std::string& description,
                           IntRange range) {
  range.least = std::max<int64_t>(range.least, std::numeric_limits<int>::min());
  range.most = std::min<int64_t>(range.most, std::numeric_limits<int>::max());
  return Add(name, description, "NUMBER", absl::StrCat(*target), [=](const auto& values) {
    int64_t value = 0;
    Problem problem = ParseInt(values.back(), range, &value);
    if (problem.empty()) *target = static_cast<int>(value);
    return problem;
  });
}

Flags::Declared Flags::Bool(const std::string& name, bool* target, const std::string& description) {
  Declared declared =
      Add(name, description, "", *target ? "true" : "false",
          [target](const auto& values) { return ParseBool(values.back(), target); });
  options_.back()->is_bool = true;
  return declared;
}

Flags::Declared Flags::Duration(const std::string& name, absl::Duration* target,
                                const std::string& description, DurationRange range) {
  return Add(name, description, "TIME", absl::FormatDuration(*target),
             [=](const auto& values) { return ParseDuration(values.back(), range, target); });
}

Flags::Declared Flags::Address(const std::string& name, HostPort* target,
                               const std::string& description) {
  return Add(name, description, "HOST:PORT", target->empty() ? "" : target->ToString(),
             [target](const auto& values) { return ParseHostPort(values.back(), target); });
}

Flags::Declared Flags::ExistingPath(const std::string& name, std::string* target,
                                    const std::string& description) {
  return Add(name, description, "PATH", *target, [target](const auto& values) -> Problem {
    const std::string& path = values.back();
    if (access(path.c_str(), R_OK) != 0) {
      return absl::StrCat("cannot read ", Quoted(path), ": ", std::strerror(errno));
    }
    *target = path;
    return "";
  });
}

Flags::Declared Flags::SecretFile(const std::string& name, Secret* target,
                                  const std::string& description) {
  return Add(name, description, "PATH", "",
             [target](const auto& values) { return ReadSecret(values.back(), target); });
}

Flags::Declared Flags::List(const std::string& name, std::vector<std::string>* target,
                            const std::string& description) {
  Declared declared =
      Add(name, description, "TEXT,…", absl::StrJoin(*target, ","), [target](const auto& values) {
        *target = SplitAtCommas(values);
        return Problem();
      });
  options_.back()->is_list = true;
  return declared;
}

Flags::Declared Flags::AddressMap(const std::string& name, std::map<std::string, HostPort>* target,
                                  const std::string& description) {
  Declared declared =
      Add(name, description, "NAME=HOST:PORT,…", "", [target](const auto& values) -> Problem {
        std::map<std::string, HostPort> addresses;
        for (const std::string& item : SplitAtCommas(values)) {
          const size_t equals = item.find('=');
          if (equals == std::string::npos || equals == 0) {
            return absl::StrCat("must be name=host:port, not ", Quoted(item));
          }
          HostPort address;
          const Problem problem = ParseHostPort(item.substr(equals + 1), &address);
          if (!problem.empty()) return problem;
          if (!addresses.emplace(item.substr(0, equals), address).second) {
            return absl::StrCat("names ", Quoted(item.substr(0, equals)), " twice");
          }
        }
        *target = std::move(addresses);
        return "";
      });
  options_.back()->is_list = true;
  return declared;
}

void Flags::Check(std::function<std::optional<std::string>()> problem) {
  checks_.push_back(std::move(problem));
}

namespace {

// "unknown flag --lisen: did you mean --listen?" for each, and stray words that belong to none.
std::vector<std::string> UnknownProblems(const std::vector<std::string>& unknown,
                                         const std::vector<std::string>& names) {
  std::vector<std::string> problems;
  bool may_be_value = false;  // of the unknown flag before it
  for (const std::string& word : unknown) {
    if (word == "--") continue;
    if (word.front() != '-') {
      if (!may_be_value) problems.push_back(absl::StrCat("unexpected argument ", Quoted(word)));
      may_be_value = false;
      continue;
    }
    // What follows '=' may be a secret; only the name is repeated.
    const std::string flag = word.substr(0, word.find('='));
    may_be_value = flag.size() == word.size();
    std::string wanted = flag.substr(std::min(flag.find_first_not_of('-'), flag.size()));
    std::replace(wanted.begin(), wanted.end(), '-', '_');
    const auto nearest = std::min_element(
        names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
          return EditDistance(wanted, a) < EditDistance(wanted, b);
        });
    const bool near = nearest != names.end() && EditDistance(wanted, *nearest) <= 2;
    problems.push_back(absl::StrCat("unknown flag ", flag,
                                    near ? absl::StrCat(": did you mean --", *nearest, "?") : ""));
  }
  return problems;
}

}  // namespace

absl::Status Flags::Parse(int argc, const char* const* argv) {
  const CommandLine line(options_, argc, argv);
  help_asked_ = line.help();
  if (help_asked_) return absl::OkStatus();

  std::vector<std::string> problems = line.problems();
  std::vector<std::string> names;
  for (const auto& option : options_) names.push_back(option->name);
  for (std::string& problem : UnknownProblems(line.Unknown(), names)) {
    problems.push_back(std::move(problem));
  }
  for (const auto& option : options_) {
    std::string source = "--" + option->name;
    std::optional<std::vector<std::string>> values = line.Values(*option);
    if (!values) {
      const std::optional<std::string> variable = environment_(option->env());
      if (variable && !variable->empty()) {
        source = option->env();
        values = {*variable};
      }
    }
    Problem problem;
    if (!values) {
      if (!option->required) continue;
      problem = absl::StrCat("is required (or set ", option->env(), "): ", option->description);
    } else if (std::find(values->begin(), values->end(), "") != values->end()) {
      problem = absl::StrCat("needs a value: ", option->form);
    } else if (values->size() > 1 && !option->is_list) {
      problem = absl::StrCat("is given ", values->size(), " times");
    } else {
      problem = option->assign(*values);
    }
    if (!problem.empty()) problems.push_back(absl::StrCat(source, " ", problem));
  }
  for (const auto& check : checks_) {
    if (std::optional<std::string> problem = check()) problems.push_back(*std::move(problem));
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(problems.size() == 1 ? "1 problem" : absl::StrCat(problems.size(), " problems"),
                   " with the configuration:\n  ", absl::StrJoin(problems, "\n  ")));
}

bool Flags::help_asked() const { return help_asked_; }

std::string Flags::Help() const {
  std::string text = absl::StrCat(program_, ": ", summary_, "\n\nFlags (each is also SALESOPS_",
                                  "<FLAG> in the environment; the flag wins):\n");
  for (const auto& option : options_) {
    absl::StrAppend(&text, "  --", option->name, option->form.empty() ? "" : " ", option->form);
    absl::StrAppend(&text, "\n      ", option->description);
    if (option->is_list) absl::StrAppend(&text, "; may be repeated");
    if (option->required) {
      absl::StrAppend(&text, " (required)");
    } else if (!option->default_text.empty()) {
      absl::StrAppend(&text, " (default ", option->default_text, ")");
    }
    absl::StrAppend(&text, "\n");
  }
  absl::StrAppend(&text, "  --help\n      print this\n");
  return text;
}

std::optional<int> Flags::ParseForMain(int argc, const char* const* argv) {
  const absl::Status status = Parse(argc, argv);
  if (help_asked_) {
    std::fputs(Help().c_str(), stdout);
    return 0;
  }
  if (status.ok()) return std::nullopt;
  std::fprintf(stderr, "%s: %s\nRun %s --help for all flags.\n", program_.c_str(),
               std::string(status.message()).c_str(), program_.c_str());
  return 2;
}

}  // namespace salesops::config
