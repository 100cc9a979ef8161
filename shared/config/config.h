#pragma once

// What a binary can be told, declared in one place: each option is a flag and an environment
// variable, and ends in a typed variable.
//
//   config::HostPort listen{"0.0.0.0", 50051};
//   absl::Duration drain = absl::Seconds(5);
//   config::Secret password;
//   config::Flags flags("pipeline", "Accounts, processes and opportunities.");
//   flags.Address("listen", &listen, "address of the gRPC port");
//   flags.Duration("drain_wait", &drain, "wait between NOT_SERVING and shutdown", {});
//   flags.SecretFile("database_password_file", &password, "file with the password").Required();
//   if (std::optional<int> exit_code = flags.ParseForMain(argc, argv)) return *exit_code;
//
// `--listen 0.0.0.0:50051`, `--listen=0.0.0.0:50051` and SALESOPS_LISTEN=0.0.0.0:50051 are the
// same; the flag wins. What is not given keeps the value the variable had, which --help shows as
// default. A value that begins with '-' needs the form with '='. An environment variable set to
// nothing counts as not given.
//
// Secrets come from files only: a command line and an environment can be read by others.
//
// Thread-safety: for one thread, before the others start.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace salesops::config {

// "localhost:3306", "0.0.0.0:50051", "[::1]:50051". Port 0 lets the kernel choose.
struct HostPort {
  std::string host;  // without brackets; empty = not set
  int port = 0;

  bool empty() const { return host.empty(); }
  std::string ToString() const;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

// What was read from a file, without line ends at its end. Nothing prints it by accident.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  bool empty() const { return value_.empty(); }
  const std::string& value() const { return value_; }

 private:
  std::string value_;
};

struct IntRange {
  int64_t least = INT64_MIN;
  int64_t most = INT64_MAX;
};

struct DurationRange {
  absl::Duration least = absl::ZeroDuration();
  absl::Duration most = absl::InfiniteDuration();
};

class Flags {
 public:
  // Gives the value of an environment variable; tests replace it.
  using Environment = std::function<std::optional<std::string>(const std::string& name)>;
  static Environment ProcessEnvironment();

  // `summary` is the first line of --help.
  Flags(std::string program, std::string summary, Environment environment = ProcessEnvironment());
  ~Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  // Returned by every declaration.
  class Declared {
   public:
    // It must be given, as a flag or in the environment.
    void Required();

   private:
    friend class Flags;
    explicit Declared(bool* required) : required_(required) {}
    bool* required_;
  };

  // `name` is snake_case; `description` a lower-case sentence part. `target` outlives Parse.
  Declared String(const std::string& name, std::string* target, const std::string& description);
  Declared Choice(const std::string& name, std::string* target, std::vector<std::string> choices,
                  const std::string& description);
  Declared Int(const std::string& name, int* target, const std::string& description,
               IntRange range);
  Declared Int(const std::string& name, int64_t* target, const std::string& description,
               IntRange range);
  // --name, --name=true, --name=false.
  Declared Bool(const std::string& name, bool* target, const std::string& description);
  // "30s", "1h30m", "250ms".
  Declared Duration(const std::string& name, absl::Duration* target, const std::string& description,
                    DurationRange range);
  Declared Address(const std::string& name, HostPort* target, const std::string& description);
  // The path of a file or folder that can be read now.
  Declared ExistingPath(const std::string& name, std::string* target,
                        const std::string& description);
  Declared SecretFile(const std::string& name, Secret* target, const std::string& description);
  // --name a --name b, or a,b (so a value has no comma). What is given replaces what was there.
  Declared List(const std::string& name, std::vector<std::string>* target,
                const std::string& description);
  // --name organization=host:port, repeated or with commas; keys are unique.
  Declared AddressMap(const std::string& name, std::map<std::string, HostPort>* target,
                      const std::string& description);

  // A rule over several options, asked once all are set; it returns what is wrong, such as
  // "--tls_cert needs --tls_key".
  void Check(std::function<std::optional<std::string>()> problem);

  // INVALID_ARGUMENT with every problem, one per line: unknown flags (and which was meant),
  // missing ones, values that do not fit, broken rules. Targets of good values are set in any case.
  absl::Status Parse(int argc, const char* const* argv);
  // After Parse: whether --help was given; nothing else is then looked at.
  bool help_asked() const;
  std::string Help() const;

  // Parse for main: nullopt to go on, or the exit code: 0 after --help was printed, 2 after the
  // problems were printed to standard error.
  std::optional<int> ParseForMain(int argc, const char* const* argv);

 private:
  struct Option;
  class CommandLine;

  Declared Add(const std::string& name, const std::string& description, const std::string& form,
               const std::string& default_text,
               std::function<std::string(const std::vector<std::string>&)> assign);

  const std::string program_;
  const std::string summary_;
  const Environment environment_;
  std::vector<std::unique_ptr<Option>> options_;
  std::vector<std::function<std::optional<std::string>()>> checks_;
  bool help_asked_ = false;
};

}  // namespace salesops::config
