# bench: measures the suite against its floors; tests/bench/README.md says what each figure is.
# shellcheck shell=bash

BENCH_IDS=(get_opportunity get_opportunity_tls create_opportunity advance_opportunity
  gateway_grpc_vs_nginx gateway_grpc_vs_haproxy gateway_http gateway_http_vs_node gateway_json_mb_s
  gateway_stream_events_s gateway_conn_kb idle_rss_mb ready_ms event_lag_ms import
  import_activities list_deep_page search_account_ms export_rows_per_s list_as_of rss_growth_mb
  build_clean_s build_one_file_s)

cmd_bench() {
  BENCH_RUNS=5 BENCH_SECONDS=4 BENCH_ROWS=1000000
  local ids=()
  while [ $# -gt 0 ]; do
    case $1 in
      --runs) BENCH_RUNS=$2 && shift ;;
      --seconds) BENCH_SECONDS=$2 && shift ;;
      --scale) BENCH_ROWS=$2 && shift ;;
      -*) fail "bench does not know '$1'" "tools/dev bench [--runs N] [--seconds S] [--scale ROWS] [ID…]" ;;
      *)
        [[ " ${BENCH_IDS[*]} " == *" $1 "* ]] ||
          fail "there is no figure '$1'" "Known: ${BENCH_IDS[*]}"
        ids+=("$1")
        ;;
    esac
    shift
  done
  [ ${#ids[@]} -gt 0 ] || ids=("${BENCH_IDS[@]}")
  local part
  for part in "$ROOT"/tests/bench/*.sh; do
    # shellcheck source=/dev/null
    source "$part"
  done
  run_bench "${ids[@]}"
}
