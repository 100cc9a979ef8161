# doctor: says in words what is wrong with a machine, and what to do about each thing.
# shellcheck shell=bash

cmd_doctor() {
  PROBLEMS=0
  good_if "This is Debian 12." is_debian_12 \
    "This is not Debian 12 ($(. /etc/os-release 2>/dev/null && printf '%s' "${PRETTY_NAME:-unknown}")). Packages of other releases have other versions; expect work." note
  local missing
  missing=$(missing_packages "${RUN_PACKAGES[@]}" "${CHECK_PACKAGES[@]}" | tr '\n' ' ')
  good_if "Every package is installed." test -z "$missing" "Missing packages: $missing. Run: tools/dev setup"
  good_if "npm is here." command -v npm "npm is missing. Run: tools/dev setup"
  good_if "The contract tools are installed." test -x proto/node_modules/.bin/buf \
    "proto/node_modules is missing or half installed. Run: tools/dev setup"
  good_if "Root or sudo is at hand for installing packages." can_become_root \
    "You are not root and there is no sudo: tools/dev cannot install packages." note
  good_if "There is room on the disk ($(free_gigabytes) GB)." test "$(free_gigabytes)" -ge 10 \
    "Only $(free_gigabytes) GB are free here; the builds and databases need about 10."
  good_if "There is memory ($(memory_gigabytes) GB)." test "$(memory_gigabytes)" -ge 4 \
    "Only $(memory_gigabytes) GB of memory; compile with SALESOPS_JOBS=1."
  good_if "Files can be locked and run below var/." var_is_usable \
    "var/ cannot be written or is mounted noexec; clone the tree to a normal file system."
  good_if "Loopback works." loopback_works "Nothing can listen on 127.0.0.1; a database and services cannot start."
  good_if "localhost is 127.0.0.1." localhost_is_loopback \
    "localhost does not resolve to 127.0.0.1; add '127.0.0.1 localhost' to /etc/hosts."
  good_if "The clock is plausible." test "$(date +%Y)" -ge 2024 \
    "The clock says $(date); certificates and tokens will be refused. Set it."
  good_if "The shared data is at $(shared_data)." test -d "$(shared_data)/maven_crm" \
    "No shared data at $(shared_data): the demo with --data and some tests need it (SALESOPS_SHARED_DATA)." note
  local folder
  for folder in "$ROOT"/var/*/; do
    [ -e "$folder/ports" ] || continue
    use_instance "$(basename "$folder")"
    check_instance
  done
  if [ $PROBLEMS -eq 0 ]; then
    say "Nothing is wrong. Next: tools/dev demo, or tools/dev test."
  else
    fail "$PROBLEMS things need your hand; they are marked with ✗ above"
  fi
}

# good_if GOOD CONDITION… BAD [note]: the condition is one command; a note is no problem.
good_if() {
  local good=$1 arguments=("${@:2}") bad kind=problem
  if [ "${arguments[-1]}" = note ]; then
    kind=note
    unset 'arguments[-1]'
  fi
  bad=${arguments[-1]}
  unset 'arguments[-1]'
  if "${arguments[@]}" >/dev/null 2>&1; then
    printf '  ✓ %s\n' "$good"
  elif [ $kind = note ]; then
    printf '  - %s\n' "$bad"
  else
    printf '  ✗ %s\n' "$bad"
    PROBLEMS=$((PROBLEMS + 1))
  fi
}

is_debian_12() { grep -q '^VERSION_ID="12"' /etc/os-release && grep -q '^ID=debian' /etc/os-release; }
can_become_root() { [ "$(id -u)" -eq 0 ] || command -v sudo; }
free_gigabytes() { df -Pk . | awk 'NR == 2 { print int($4 / 1048576) }'; }
memory_gigabytes() { awk '/^MemTotal/ { print int($2 / 1048576 + 0.5) }' /proc/meminfo; }
localhost_is_loopback() { getent ahosts localhost | grep -q '^127\.0\.0\.1 '; }

var_is_usable() {
  mkdir -p var && printf '#!/bin/sh\n' >var/.try && chmod +x var/.try && var/.try &&
    flock -n var/.try true && rm var/.try
}

# Connecting to a closed port must be refused at once; a machine without loopback waits or says
# that the network is unreachable.
loopback_works() {
  local words
  words=$( (exec 3<>/dev/tcp/127.0.0.1/1) 2>&1) || [[ $words == *refused* ]]
}

check_instance() {
  take_ports
  local name
  for name in database "${SERVICES[@]}" gateway; do
    if running "$name"; then
      [ "$name" = database ] || good_if "Instance $INSTANCE: $name is ready." is_ready "$name" \
        "Instance $INSTANCE: $name runs but is not ready. Read: tools/dev logs $name --instance $INSTANCE"
    elif [ -e "$(pid_file "$name")" ]; then
      good_if '' false "Instance $INSTANCE: $name has died. Read: tools/dev logs $name --instance $INSTANCE; then tools/dev up --instance $INSTANCE"
    else
      [ "$name" = gateway ] && name=gateway_http
      good_if "Instance $INSTANCE: port ${PORT[$name]} is free for $name." port_is_free "${PORT[$name]}" \
        "Instance $INSTANCE: port ${PORT[$name]} of $name is taken by another process. End it, or: tools/dev reset --instance $INSTANCE"
    fi
  done
}
