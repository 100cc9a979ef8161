# setup: installs what is missing with apt and npm, and nothing when nothing is missing.
# shellcheck shell=bash

# What building and running the suite needs. The server package of MariaDB is its -core one: the
# program without a system service, a user or a data folder of its own.
RUN_PACKAGES=(
  g++ clang-16 cmake ninja-build ccache mold pkg-config git ca-certificates curl openssl
  libgrpc++-dev protobuf-compiler-grpc protobuf-compiler libprotobuf-dev libprotoc-dev libabsl-dev
  libmysqlcppconn-dev mariadb-server-core mariadb-client
  libgtest-dev libgmock-dev librapidcheck-dev libboost-dev libnghttp2-dev rapidjson-dev libcli11-dev
  libspdlog-dev prometheus-cpp-dev libcjose-dev libjansson-dev libssl-dev nlohmann-json3-dev
  libicu-dev zlib1g-dev libre2-dev tzdata
)
# What the checks need besides.
CHECK_PACKAGES=(
  clang-tidy-16 clang-format-16 libclang-rt-16-dev shellcheck python3 chromium
)
# What the bench compares with.
BENCH_PACKAGES=(nginx-light haproxy)

# missing_packages NAME…: those that are not installed, one a line.
missing_packages() {
  local -A installed=()
  local status package
  while read -r status package; do
    [ "$status" != ii ] || installed[$package]=1
  done < <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null)
  for package in "$@"; do
    [ -n "${installed[$package]:-}" ] || printf '%s\n' "$package"
  done
}

# require_packages NAME…: installs the missing ones. No system service is started by it.
require_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  command -v npm >/dev/null || missing+=(nodejs npm)
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    fail "these packages are missing and there is no apt-get: ${missing[*]}" \
      "Install them with your own package tool; tools/dev is made for Debian 12."
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "these packages are missing: ${missing[*]}" \
        "Run as root:  apt-get install --no-install-recommends ${missing[*]}" \
        "or install sudo and run this again."
    as_root=(sudo)
  fi
  step "Installing ${#missing[@]} packages: ${missing[*]}"
  forbid_service_starts
  local log=$ROOT/var/log/setup.log
  quietly "$log" "reading the package lists" ${as_root[@]+"${as_root[@]}"} apt-get update -q ||
    warn "the package lists could not be refreshed; trying with the ones at hand"
  quietly "$log" "installing" ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}" ||
    fail "apt-get could not install everything" "Its words are above and in var/log/setup.log."
  allow_service_starts
}

# Packages such as nginx start a server when they are installed; we want the programs only. The
# file that forbids it exists only while we install, and one that was there before stays.
forbid_service_starts() {
  local file=/usr/sbin/policy-rc.d
  [ ! -e $file ] || return 0
  printf '#!/bin/sh\nexit 101\n' | ${as_root[@]+"${as_root[@]}"} tee $file >/dev/null
  ${as_root[@]+"${as_root[@]}"} chmod 755 $file
  OUR_SERVICE_POLICY=$file
  at_exit allow_service_starts
}

allow_service_starts() {
  [ -n "${OUR_SERVICE_POLICY:-}" ] || return 0
  if [ "$(id -u)" -eq 0 ]; then rm -f "$OUR_SERVICE_POLICY"; else sudo rm -f "$OUR_SERVICE_POLICY"; fi
  OUR_SERVICE_POLICY=
}

# The .proto files of Google and buf, at the versions of the lock file.
require_node_modules() {
  local stamp=proto/node_modules/.package-lock.json
  if [ -e $stamp ] && [ -x proto/node_modules/.bin/buf ] &&
    [ ! proto/package-lock.json -nt $stamp ]; then
    return 0
  fi
  if [ -e $stamp ] && same_node_versions; then
    return 0
  fi
  step "Installing the contract tools (npm ci in proto/)"
  quietly "$ROOT/var/log/npm.log" "npm ci" npm --prefix proto ci --ignore-scripts --no-audit --no-fund ||
    fail "npm could not install proto/package-lock.json" \
      "Check that this machine reaches an npm registry (npm ping), then: tools/dev setup"
}

# require_npm_packages FOLDER: those of its lock file.
require_npm_packages() {
  local folder=$1
  local stamp=$folder/node_modules/.package-lock.json
  [ ! -e "$stamp" ] || [ "$folder/package-lock.json" -nt "$stamp" ] || return 0
  step "Installing npm packages (npm ci in $folder)"
  quietly "$ROOT/var/log/npm.log" "npm ci" npm --prefix "$folder" ci --ignore-scripts --no-audit --no-fund ||
    fail "npm could not install $folder/package-lock.json" \
      "Check that this machine reaches an npm registry (npm ping), then: tools/dev setup"
}

# A fresh checkout's lock file is newer than everything installed before it; compare the versions.
same_node_versions() {
  local wanted installed
  wanted=$(grep -E '"(node_modules/[^"]*|version)":' proto/package-lock.json |
    grep -A1 -E 'node_modules/(google-proto-files|@bufbuild/buf)"')
  installed=$(grep -E '"(node_modules/[^"]*|version)":' proto/node_modules/.package-lock.json |
    grep -A1 -E 'node_modules/(google-proto-files|@bufbuild/buf)"')
  [ "$wanted" = "$installed" ] && [ -x proto/node_modules/.bin/buf ]
}

cmd_setup() {
  require_packages "${RUN_PACKAGES[@]}" "${CHECK_PACKAGES[@]}" "${BENCH_PACKAGES[@]}"
  require_node_modules
  require_npm_packages clients/typescript
  require_npm_packages tests/openapi
  require_npm_packages tests/bench/floors/node_gateway
  say "This machine has everything. Next: tools/dev demo, or tools/dev test."
}
