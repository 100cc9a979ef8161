#pragma once

// The contexts of salesopsctl: named servers with what is needed to talk to them, in one JSON file.
//
//   ASSIGN_OR_RETURN(Config config, Config::Load(places));
//   config.contexts["work"] = {.server = "sales.example:443"};
//   config.current = "work";
//   RETURN_IF_ERROR(config.Save(places));
//
// The file holds no token. A token that `login` keeps is in a file of its own beside it, both
// with mode 0600.
//
// Thread-safety: none; files are replaced whole.

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/salesopsctl/places.h"

namespace salesops::ctl {

struct Context {
  std::string server;         // host:port
  std::string ca;             // PEM file; empty = the system's, or no TLS on loopback
  bool plaintext = false;     // no TLS even though the server is not on loopback
  std::string token_file;     // kept by somebody else
  std::string token_command;  // prints a token; run again whenever the kept one has expired
  std::string descriptors;    // folder of contracts; empty = asked from the server
  std::string output;         // default of --output

  bool operator==(const Context&) const = default;
};

struct Config {
  std::string current;  // name of the context in use; empty = none
  std::map<std::string, Context> contexts;

  // INVALID_ARGUMENT says what is wrong with it. A key that is not known is kept out of the way of
  // nobody: it is an error, since a misspelt `token_command` must not be lost silently.
  static absl::StatusOr<Config> Parse(const std::string& text);
  std::string ToText() const;

  // An absent file is an empty configuration.
  static absl::StatusOr<Config> Load(const Places& places);
  absl::Status Save(const Places& places) const;
};

// 1 to 63 letters, digits, dots, hyphens and underscores, the first a letter or digit: it is also
// the name of a file.
absl::Status CheckContextName(const std::string& name);

}  // namespace salesops::ctl
