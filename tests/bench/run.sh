# How figures are measured and written down: alternating runs, medians, a table and bench.json.
# Sourced by tools/dev.d/bench.sh.
# shellcheck shell=bash

BENCH_TARGETS=(salesopsctl bench_grpc_load bench_http_load bench_import bench_page_walk bench_search
  bench_event_lag opportunity_floor bench_json bench_stream_load bench_idle_connections event_floor
  bench_list_as_of soak_test)

run_bench() {
  require_packages "${RUN_PACKAGES[@]}" "${BENCH_PACKAGES[@]}"
  require_node_modules
  step "Building"
  local targets
  mapfile -t targets < <(stack_targets "$ROOT")
  build_preset release "${targets[@]}" "${BENCH_TARGETS[@]}"
  [ "$INSTANCE" != dev ] || use_instance bench
  # Others would follow what is written, on the same two cores.
  local every_service=("${SERVICES[@]}")
  local SERVICES=(organization pipeline)
  BENCH_LOG=$VAR/bench_runs.tsv
  bring_up
  at_exit "use_instance $INSTANCE; take_ports; bench_down"
  open_bench_database
  seed_bench
  : >"$BENCH_LOG"
  local id
  for id in "$@"; do
    step "$id"
    "figure_$id"
  done
  report_bench
}

bench_down() {
  local file
  for file in "$VAR"/run/bench_*; do
    [ ! -e "$file" ] || stop_process "$(basename "$file")" 10
  done
  take_down
}

# record ID UNIT VALUE [FLOOR]: one run.
record() {
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4:-}" >>"$BENCH_LOG"
  say "    $3 $2${4:+, floor $4}"
}

# alternate ID UNIT FLOOR-COMMAND FIGURE-COMMAND: floor, figure, floor, figure … Each command prints
# its number first.
alternate() {
  local run floor value
  for ((run = 0; run < BENCH_RUNS; run++)); do
    read -r floor _ < <($3) || fail "the floor of $1 failed"
    read -r value _ < <($4) || fail "a run of $1 failed"
    record "$1" "$2" "$value" "$floor"
  done
}

# The report: medians of the runs; ratio = value / floor.
report_bench() {
  awk -F '\t' -v json="$ROOT/bench.json" '
    function median(list, n,    i, j, swap) {
      for (i = 2; i <= n; i++)
        for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
          swap = list[j]; list[j] = list[j - 1]; list[j - 1] = swap
        }
      return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    !($1 in count) { order[++ids] = $1; unit[$1] = $2 }
    { n = ++count[$1]; value[$1, n] = $3 + 0; floor[$1, n] = $4 }
    END {
      printf "%-26s %12s %12s %8s  %s\n", "FIGURE", "VALUE", "FLOOR", "RATIO", "UNIT"
      printf "{\"figures\":[" >json
      for (k = 1; k <= ids; k++) {
        id = order[k]; n = count[id]; runs = ""; has_floor = 0
        for (i = 1; i <= n; i++) {
          values[i] = value[id, i]
          runs = runs (i > 1 ? "," : "") "{\"value\":" value[id, i]
          if (floor[id, i] != "") { floors[i] = floor[id, i] + 0; has_floor = 1 }
          runs = runs ",\"floor\":" (floor[id, i] != "" ? floors[i] : "null") "}"
        }
        v = median(values, n); f = has_floor ? median(floors, n) : 0
        ratio = has_floor && f > 0 ? v / f : 0
        printf "%-26s %12.1f %12s %8s  %s\n", id, v, has_floor ? sprintf("%.1f", f) : "-", \
          has_floor ? sprintf("%.2f", ratio) : "-", unit[id]
        printf "%s\n{\"id\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"floor\":%s,\"ratio\":%s,\"runs\":[%s]}", \
          (k > 1 ? "," : ""), id, v, unit[id], has_floor ? sprintf("%.3f", f) : "null", \
          has_floor ? sprintf("%.3f", ratio) : "null", runs >json
      }
      printf "\n]}\n" >json
    }' "$BENCH_LOG"
  say "Written to bench.json. Ratios are what counts: the machine's own speed is in both sides."
}

# The bench's own ports lie behind those of the instance's block.
bench_port() {
  local base=${PORT[database]}
  printf "%s" $((base + 9 + $1))
}

# start_alone NAME PORT COMMAND…: as start_process, if nobody listens on that port yet. gRPC lets two
# servers share a port; a forgotten one would take half of the calls.
start_alone() {
  local name=$1 port=$2
  shift 2
  port_is_free "$port" || fail "something listens on port $port already" \
    "A bench that was killed may have left it; end it and start again."
  start_process "$name" "$@"
}

# Both wait for a process that we started, and fail if it ends or takes too long.
wait_until_listening() {
  local name=$1 port=$2 end=$((SECONDS + 30))
  while port_is_free "$port"; do
    if ! running "$name" || [ $SECONDS -ge $end ]; then
      tail -n 20 "$VAR/log/$name.log" >&2
      fail "$name does not listen on port $port"
    fi
    sleep 0.05
  done
}

wait_until_answering() {
  local name=$1 port=$2 end=$((SECONDS + 30))
  until curl -fsS -o /dev/null --max-time 2 "http://127.0.0.1:$port/readyz" 2>/dev/null; do
    if ! running "$name" || [ $SECONDS -ge $end ]; then
      tail -n 20 "$VAR/log/$name.log" >&2
      fail "$name did not become ready"
    fi
    sleep 0.05
  done
}

bench_program() { printf '%s/build/tests/bench/%s' "$ROOT" "$1"; }

# Figures without TLS need a database that takes plain connections from the services' users.
open_bench_database() {
  uses_private_database || return 0
  sql <<SQL
SET GLOBAL require_secure_transport = OFF;
ALTER USER 'pipeline'@'127.0.0.1' REQUIRE NONE;
SQL
}

bench_token_file() { printf '%s/secrets/bench_token' "$VAR"; }

# What the figures read and refer to, made through the public API once.
seed_bench() {
  (umask 077 && issue_token bench "$ADMIN_GROUP" 86400 >"$(bench_token_file)")
  [ ! -e "$VAR/bench_seeded" ] || return 0
  step "Seeding"
  seed_resource sellers bench '{"display_name":"Bench"}'
  seed_resource accounts bench '{"display_name":"Bench"}'
  seed_resource salesProcesses bench '{"display_name":"Bench"}'
  seed_resource salesProcessVersions v1 '{"stages":[
    {"id":"qualify","display_name":"Qualify","kind":"KIND_OPEN"},
    {"id":"won","display_name":"Won","kind":"KIND_WON"},
    {"id":"lost","display_name":"Lost","kind":"KIND_LOST"}]}' --parent salesProcesses/bench
  bench_ctl 'do' publish salesProcesses/bench/versions/v1 >/dev/null
  local end=$((SECONDS + 30))
  until [ "$(sql -e "SELECT COUNT(*) FROM $(schema_of pipeline).roster_seller WHERE id = 'bench'")" = 1 ]; do
    [ $SECONDS -lt $end ] || fail "pipeline did not hear of the seller"
    sleep 0.1
  done
  sleep 2 # its memory follows its tables within a second
  "$(bench_program bench_grpc_load)" --target "localhost:${PORT[pipeline]}" --ca "$(tls_folder)/ca.pem" \
    --token_file "$(bench_token_file)" --call create_opportunity --chosen_ids --count 10000 \
    --warm_up 0 >/dev/null || fail "the opportunities could not be created"
  : >"$VAR/bench_seeded"
}

# As the administrator, or with the token in the file that BENCH_CALLER names.
bench_ctl() {
  "$ROOT/build/tools/salesopsctl/salesopsctl" --server "localhost:${PORT[gateway_grpc]}" \
    --ca "$(tls_folder)/ca.pem" --token_file "${BENCH_CALLER:-$(bench_token_file)}" "$@"
}

seed_resource() {
  local collection=$1 id=$2 data=$3
  shift 3
  bench_ctl create "$collection" --id "$id" --data "$data" "$@" >/dev/null ||
    fail "$collection/$id could not be created" "tools/dev reset --instance $INSTANCE starts afresh."
}
