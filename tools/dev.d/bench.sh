# bench: measures, prints a table, writes bench.json. Figures of processes and builds are measured
# here; those of calls by the program tests/bench/bench, which prints one JSON object a line:
#   {"id":…,"value":…,"unit":…,"floor":…,"ratio":…,"runs":[…]}
# shellcheck shell=bash

PROCESS_FIGURES=(idle_rss_mb ready_ms)
BUILD_FIGURES=(build_clean_s build_one_file_s)

cmd_bench() {
  require_packages "${RUN_PACKAGES[@]}" "${BENCH_PACKAGES[@]}"
  require_node_modules
  step "Building"
  build_preset release
  local figures=$ROOT/var/bench.jsonl program=$ROOT/build/tests/bench/bench
  mkdir -p "$ROOT/var"
  : >"$figures"
  step "Measuring (an idle machine gives the best figures)"
  if [ -x "$program" ] && wants_calls "$@"; then
    start_bench_database
    "$program" "$@" >>"$figures" || fail "the bench failed"
    stop_database
  fi
  if wants idle_rss_mb "$@" || wants ready_ms "$@"; then measure_processes "$@"; fi
  ! wants build_clean_s "$@" || measure_clean_build
  ! wants build_one_file_s "$@" || measure_one_file
  [ -s "$figures" ] || fail "nothing was measured" "tools/dev bench without arguments measures everything."
  {
    printf '{"figures":[\n'
    sed '$!s/$/,/' "$figures"
    printf ']}\n'
  } >bench.json
  print_figures
}

# wants ID [WANTED…]: none wanted = all.
wants() {
  local id=$1 wanted
  shift
  [ $# -gt 0 ] || return 0
  for wanted in "$@"; do [ "$wanted" != "$id" ] || return 0; done
  return 1
}

# wants_calls [WANTED…]: is there one that the program measures?
wants_calls() {
  local wanted
  [ $# -gt 0 ] || return 0
  for wanted in "$@"; do
    case " ${PROCESS_FIGURES[*]} ${BUILD_FIGURES[*]} " in *" $wanted "*) ;; *) return 0 ;; esac
  done
  return 1
}

# The bench writes to a database that is as durable as one in use.
start_bench_database() {
  use_instance bench
  running database || at_exit "use_instance bench; stop_database"
  start_database
  allow_test_user
}

# figure ID UNIT RUN…: the median of the runs.
figure() {
  local id=$1 unit=$2 median
  shift 2
  median=$(printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END {
    print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }')
  local IFS=,
  printf '{"id":"%s","value":%s,"unit":"%s","floor":null,"ratio":null,"runs":[%s]}\n' \
    "$id" "$median" "$unit" "$*" >>"$figures"
}

milliseconds() { printf '%s' "$(($(date +%s%N) / 1000000))"; }

# Each process is started five times on an empty schema; of the three the slowest and the largest
# count.
measure_processes() {
  use_instance benchstack
  at_exit "use_instance benchstack; take_down; rm -rf '$ROOT/var/benchstack'"
  bring_up
  local name begin run slowest largest size starts=() sizes=()
  for run in 1 2 3 4 5; do
    slowest=0 largest=0
    for name in "${SERVICES[@]}" gateway; do
      stop_process "$name"
      service_arguments "$name"
      begin=$(milliseconds)
      start_process "$name" "$(binary_of "$name")" "${ARGUMENTS[@]}"
      until is_ready "$name"; do sleep 0.005; done
      begin=$(($(milliseconds) - begin))
      [ "$begin" -le "$slowest" ] || slowest=$begin
    done
    sleep 3
    for name in "${SERVICES[@]}" gateway; do
      size=$(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$(process_id "$name")/status")
      [ "$size" -le "$largest" ] || largest=$size
    done
    starts+=("$slowest") sizes+=("$largest")
  done
  ! wants ready_ms "$@" || figure ready_ms ms "${starts[@]}"
  ! wants idle_rss_mb "$@" || figure idle_rss_mb MB "${sizes[@]}"
  take_down
}

configure_clean_build() {
  rm -rf var/clean_build
  cmake --preset release -B var/clean_build -DCCACHE=CCACHE-NOTFOUND -DCMAKE_CXX_COMPILER_LAUNCHER=
}

seconds_of() {
  local begin
  begin=$(milliseconds)
  "$@" >"$ROOT/var/log/bench_build.log" 2>&1 || fail "the build failed" "See var/log/bench_build.log."
  awk -v ms=$(($(milliseconds) - begin)) 'BEGIN { printf "%.1f", ms / 1000 }'
}

clean_build() { configure_clean_build && CCACHE_DISABLE=1 cmake --build var/clean_build -j2; }

measure_clean_build() {
  say "    two clean builds without a cache; this takes a while"
  local first second
  first=$(seconds_of clean_build) second=$(seconds_of clean_build)
  figure build_clean_s s "$first" "$second"
}

measure_one_file() {
  [ -e var/clean_build/build.ninja ] || seconds_of clean_build >/dev/null
  local file=services/pipeline/api/opportunity_service.cc run runs=()
  for run in 1 2 3 4 5; do
    touch "$file"
    runs+=("$(CCACHE_DISABLE=1 seconds_of cmake --build var/clean_build -j2)")
  done
  figure build_one_file_s s "${runs[@]}"
}

print_figures() {
  node -e '
    const { figures } = JSON.parse(require("fs").readFileSync("bench.json"));
    const text = (n) => (n === null ? "-" : Number(n.toPrecision(4)).toLocaleString("en-US"));
    const rows = [["figure", "value", "unit", "floor", "ratio", "runs"], ...figures.map((f) =>
      [f.id, text(f.value), f.unit, text(f.floor), f.ratio === null ? "-" : f.ratio.toFixed(2), String(f.runs.length)])];
    const wide = rows[0].map((_, i) => Math.max(...rows.map((r) => r[i].length)));
    for (const r of rows) console.log("  " + r.map((c, i) => (i % 2 && i < 5 ? c.padStart(wide[i]) : c.padEnd(wide[i]))).join("  "));
  '
  say "Written to bench.json."
}
