#include "tools/salesopsctl/places.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"

namespace salesops::ctl {
namespace {

std::string FolderOf(const char* variable, const char* below_home) {
  const char* named = std::getenv(variable);
  // The specification: a relative path is invalid and ignored.
  if (named != nullptr && named[0] == '/') return absl::StrCat(named, "/salesops");
  const char* home = std::getenv("HOME");
  return absl::StrCat(home != nullptr ? home : ".", "/", below_home, "/salesops");
}

// Every folder that is missing, for the owner alone.
void MakePrivateFolders(const std::filesystem::path& folder) {
  if (folder.empty() || std::filesystem::exists(folder)) return;
  MakePrivateFolders(folder.parent_path());
  mkdir(folder.c_str(), 0700);
}

absl::Status Failed(const std::string& path) {
  return absl::UnknownError(absl::StrCat("cannot write \"", path, "\": ", std::strerror(errno)));
}

}  // namespace

Places Places::FromEnvironment() {
  return {FolderOf("XDG_CONFIG_HOME", ".config"), FolderOf("XDG_CACHE_HOME", ".cache"),
          FolderOf("XDG_STATE_HOME", ".local/state")};
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream in(path, std::ios::binary);
  std::error_code error;
  if (!in || std::filesystem::is_directory(path, error)) {
    return absl::NotFoundError(absl::StrCat("cannot read \"", path, "\""));
  }
  text << in.rdbuf();
  return text.str();
}

absl::Status MakePrivateFolderOf(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  MakePrivateFolders(folder);
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return absl::OkStatus();
  return absl::UnknownError(absl::StrCat("cannot make the folder \"", folder.string(), "\""));
}

absl::Status WritePrivateFile(const std::string& path, const std::string& text) {
  RETURN_IF_ERROR(MakePrivateFolderOf(path));
  const std::string draft = absl::StrCat(path, ".", getpid(), ".new");
  const int fd = open(draft.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Failed(path);
  size_t at = 0;
  while (at < text.size()) {
    const ssize_t n = write(fd, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    at += static_cast<size_t>(n);
  }
  const bool whole = at == text.size();
  if (close(fd) != 0 || !whole || std::rename(draft.c_str(), path.c_str()) != 0) {
    absl::Status failed = Failed(path);
    unlink(draft.c_str());
    return failed;
  }
  return absl::OkStatus();
}

bool IsReadableByOthers(const std::string& path) {
  struct stat found = {};
  return stat(path.c_str(), &found) == 0 && (found.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

std::string Sha256(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

}  // namespace salesops::ctl
