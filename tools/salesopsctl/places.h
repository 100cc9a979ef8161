#pragma once

// Where salesopsctl keeps things between runs (XDG Base Directory Specification), and files that
// only their owner may read.
//
//   const Places places = Places::FromEnvironment();
//   WritePrivateFile(places.ConfigFile(), text);
//
// Thread-safety: pure but for the file system.

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace salesops::ctl {

struct Places {
  std::string config;  // $XDG_CONFIG_HOME/salesops: contexts and tokens
  std::string cache;   // $XDG_CACHE_HOME/salesops: contracts fetched from a server
  std::string state;   // $XDG_STATE_HOME/salesops: how far long work has come

  static Places FromEnvironment();

  std::string ConfigFile() const { return config + "/config.json"; }
  std::string TokenFile(const std::string& context) const { return config + "/tokens/" + context; }
};

// "-" is standard input. NOT_FOUND if it cannot be read.
absl::StatusOr<std::string> ReadFile(const std::string& path);
// The folder that a file is to be in, made if it is missing, for the owner alone.
absl::Status MakePrivateFolderOf(const std::string& path);
// Mode 0600 from its first byte, folders made with 0700; replaced whole or not at all.
absl::Status WritePrivateFile(const std::string& path, const std::string& text);
// True if somebody else than the owner may read it.
bool IsReadableByOthers(const std::string& path);

// Hexadecimal SHA-256.
std::string Sha256(const std::string& text);

}  // namespace salesops::ctl
