# Processes that tools/dev started. A process id may be given to somebody else's process later, so
# each is remembered with its start time and only a match of both is ever signalled.
# shellcheck shell=bash

# In /proc/PID/stat the name may hold spaces; what follows the last ')' has fixed places.
start_time_of() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  [ "$1" != Z ] || return 1
  printf '%s' "${20}"
}

pid_file() { printf '%s/run/%s' "$VAR" "$1"; }

# start_process NAME COMMAND…: in the background, its words in the instance's log folder.
start_process() {
  local name=$1 log=$VAR/log/$1.log
  shift
  mkdir -p "$VAR/run" "$VAR/log"
  # Its own session, so that a Ctrl-C meant for this script does not reach it.
  setsid "$@" >>"$log" 2>&1 </dev/null 9>&- &
  local pid=$!
  printf '%s %s\n' "$pid" "$(start_time_of "$pid" || printf 0)" >"$(pid_file "$name")"
  disown "$pid"
}

# process_id NAME: prints the id if the process that we started still runs; fails otherwise.
process_id() {
  local pid started
  read -r pid started 2>/dev/null <"$(pid_file "$1")" || return 1
  [ "$(start_time_of "$pid")" = "$started" ] || return 1
  printf '%s' "$pid"
}

# was_started_as PID COMMAND…
was_started_as() { printf '%s\0' "${@:2}" | cmp -s - "/proc/$1/cmdline"; }

running() { process_id "$1" >/dev/null 2>&1; }

# stop_process NAME [SECONDS]: asks it to stop, waits, and insists in the end.
stop_process() {
  local name=$1 patience=${2:-40} pid
  if pid=$(process_id "$name" 2>/dev/null); then
    kill -TERM "$pid" 2>/dev/null || true
    local end=$((SECONDS + patience))
    while running "$name" && [ $SECONDS -lt $end ]; do sleep 0.05; done
    if running "$name"; then
      warn "$name did not stop within $patience s; killing it"
      kill -KILL "$pid" 2>/dev/null || true
      while running "$name"; do sleep 0.05; done
    fi
  fi
  rm -f "$(pid_file "$name")"
}

port_is_free() {
  local address=${2:-127.0.0.1}
  ! (exec 3<>"/dev/tcp/$address/$1") 2>/dev/null
}

# Every instance has a block of ports, found free when the instance is first used and kept after.
# port_names: one a line, in their order within the block.
port_names() {
  local service
  printf '%s\n' database gateway_http gateway_grpc gateway_admin
  for service in "${SERVICES[@]}"; do printf '%s\n' "$service" "${service}_admin"; done
}

# Sets PORT[name] for this instance. A new instance takes the first block of which every port is
# free and which no other instance of this tree has; a service that an instance was made without
# gets the next ports of its block.
declare -A PORT
take_ports() {
  local file=$VAR/ports base name value next=0
  PORT=()
  if [ ! -e "$file" ]; then
    mkdir -p "$VAR"
    for ((base = ${SALESOPS_PORT_BASE:-7400}; ; base += 20)); do
      [ $base -lt 32000 ] || fail "no free block of ports between 7400 and 32000"
      ! grep -qs "^database $base$" "$ROOT"/var/*/ports || continue
      block_is_free $base || continue
      while read -r name; do printf '%s %s\n' "$name" $((base++)); done < <(port_names) >"$file"
      break
    done
  fi
  while read -r name value; do
    PORT[$name]=$value
    [ "$value" -lt $next ] || next=$((value + 1))
  done <"$file"
  while read -r name; do
    [ -z "${PORT[$name]:-}" ] || continue
    PORT[$name]=$next
    printf '%s %s\n' "$name" $((next++)) >>"$file"
  done < <(port_names)
}

block_is_free() {
  local port end
  end=$(($1 + $(port_names | wc -l)))
  for ((port = $1; port < end; port++)); do
    port_is_free "$port" || return 1
  done
}
