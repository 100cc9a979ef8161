# One function per figure of the bench, and the processes they need. Sourced by
# tools/dev.d/bench.sh; README.md in this folder says what each figure means.
# shellcheck shell=bash

# load PORT CALL [OPTION…]: calls/s, median ms, p99 ms of a plaintext server.
load() {
  local port=$1 call=$2
  shift 2
  "$(bench_program bench_grpc_load)" --target "127.0.0.1:$port" --call "$call" \
    --token_file "$(bench_token_file)" --seconds "$BENCH_SECONDS" --warm_up "${BENCH_WARM_UP:-1}" "$@"
}

load_tls() {
  local port=$1 call=$2
  shift 2
  "$(bench_program bench_grpc_load)" --target "localhost:$port" --call "$call" \
    --ca "$(tls_folder)/ca.pem" --token_file "$(bench_token_file)" --seconds "$BENCH_SECONDS" \
    --warm_up "${BENCH_WARM_UP:-1}" "$@"
}

# Only one of floor and figure runs at a time: both keep a sequencer on the same tables.
with_floor() {
  database_arguments pipeline pipeline
  without_option --database_tls_ca
  start_alone bench_floor "$(bench_port 1)" "$(bench_program opportunity_floor)" \
    --listen "127.0.0.1:$(bench_port 1)" "${ARGUMENTS[@]}"
  wait_until_listening bench_floor "$(bench_port 1)"
  "$@"
  stop_process bench_floor
}

# pipeline without TLS on either side. Its copy of the roster was filled when it was seeded.
with_plain_pipeline() {
  service_arguments pipeline
  without_option --database_tls_ca
  start_pipeline_alone
  "$@"
  stop_process bench_pipeline
}

with_tls_pipeline() {
  service_arguments pipeline
  start_pipeline_alone --tls_cert "$(tls_folder)/pipeline.pem" \
    --tls_key "$(tls_folder)/pipeline.key" --tls_ca "$(tls_folder)/ca.pem"
  "$@"
  stop_process bench_pipeline
}

start_pipeline_alone() {
  local option
  for option in --listen --admin_listen --tls_cert --tls_key --tls_ca --drain_wait; do without_option $option; done
  start_alone bench_pipeline "$(bench_port 2)" "$(binary_of pipeline)" "${ARGUMENTS[@]}" "$@" --drain_wait 0s \
    --listen "127.0.0.1:$(bench_port 2)" --admin_listen "127.0.0.1:$(bench_port 3)"
  wait_until_answering bench_pipeline "$(bench_port 3)"
}

# Takes one option and its value out of ARGUMENTS.
without_option() {
  local option=$1 kept=() i
  for ((i = 0; i < ${#ARGUMENTS[@]}; i += 2)); do
    [ "${ARGUMENTS[i]}" = "$option" ] || kept+=("${ARGUMENTS[i]}" "${ARGUMENTS[i + 1]}")
  done
  ARGUMENTS=("${kept[@]}")
}

start_instance_services() {
  local name
  for name in "${SERVICES[@]}" gateway; do start_if_needed "$name"; done
  for name in "${SERVICES[@]}" gateway; do wait_until_ready "$name"; done
}

figure_get_opportunity() {
  stop_services
  alternate get_opportunity calls/s floor_get plain_get
}
floor_get() { with_floor load "$(bench_port 1)" get_opportunity; }
plain_get() { with_plain_pipeline load "$(bench_port 2)" get_opportunity; }

figure_get_opportunity_tls() {
  stop_services
  alternate get_opportunity_tls calls/s floor_get tls_get
}
tls_get() { with_tls_pipeline load_tls "$(bench_port 2)" get_opportunity; }

figure_create_opportunity() {
  stop_services
  alternate create_opportunity calls/s floor_create plain_create
}
floor_create() { with_floor load "$(bench_port 1)" create_opportunity; }
plain_create() { with_plain_pipeline load "$(bench_port 2)" create_opportunity; }

# Each deal goes through eight stages; before each run all stand in the first again.
GATED_DEALS=5000
figure_advance_opportunity() {
  start_instance_services
  seed_gated
  stop_services
  alternate advance_opportunity calls/s floor_advance plain_advance
}
floor_advance() {
  put_gated_back
  with_floor load "$(bench_port 1)" advance_opportunity --ids $GATED_DEALS
}
plain_advance() {
  put_gated_back
  with_plain_pipeline load "$(bench_port 2)" advance_opportunity --ids $GATED_DEALS
}
put_gated_back() {
  sql "$(schema_of pipeline)" -e "UPDATE opportunity SET stage = 's1' WHERE id LIKE 'gated-%'"
}

# A process whose every exit gate has five criteria, and deals that meet them: one made through the
# API, the others copied from it.
seed_gated() {
  local schema stages='' i
  schema=$(schema_of pipeline)
  [ "$(sql "$schema" -e "SELECT COUNT(*) FROM opportunity WHERE id LIKE 'gated-%'")" -lt $GATED_DEALS ] ||
    return 0
  for i in 1 2 3 4 5 6 7 8; do
    stages+='{"id":"s'$i'","displayName":"Stage '$i'","kind":"KIND_OPEN","exitCriteria":[
      {"id":"account","field":"account"},{"id":"amount","condition":"amount > 100"},
      {"id":"grade","condition":"account.grade = \"A\" OR attributes.vip = true"},
      {"id":"need","step":"need"},{"id":"price","approval":"price"}]'
    [ $i -gt 1 ] || stages+=',"steps":[{"id":"need","displayName":"Ask for the need"}]'
    stages+='},'
  done
  seed_resource salesProcesses gated '{"displayName":"Gated"}'
  seed_resource salesProcessVersions v1 '{"approvalRules":[{"id":"price","displayName":"Price","fields":["amount"]}],
    "stages":['"$stages"'{"id":"won","displayName":"Won","kind":"KIND_WON"},
    {"id":"lost","displayName":"Lost","kind":"KIND_LOST"}]}' --parent salesProcesses/gated
  bench_ctl 'do' publish salesProcesses/gated/versions/v1 >/dev/null
  seed_resource accounts gated '{"displayName":"Gated","grade":"A"}'
  seed_resource opportunities gated-template '{"displayName":"Gated","account":"accounts/gated",
    "owner":"sellers/bench","processVersion":"salesProcesses/gated/versions/v1",
    "amount":{"currencyCode":"CNY","units":"5000"}}'
  bench_ctl 'do' completeStep opportunities/gated-template --set step=need >/dev/null
  bench_ctl 'do' requestApproval opportunities/gated-template --set rule=price >/dev/null
  (umask 077 && issue_token boss "$ADMIN_GROUP" 600 >"$VAR/bench_boss.token")
  BENCH_CALLER="$VAR/bench_boss.token" bench_ctl 'do' decideApproval opportunities/gated-template \
    --set rule=price --set decision=DECISION_GRANT >/dev/null
  local columns="display_name, account_id, owner_id, process_id, version_id, stage, state, open_date,
    expected_close_date, close_date, source, outcome_reason, stage_entered_time, external_keys,
    attributes, step_completions, approvals, amount_currency, amount_value, forecast_category,
    line_items, contact_roles, splits, competitors, version, create_time, update_time, archive_time,
    recorded_from"
  sql "$schema" <<SQL || fail "the deals could not be written"
BEGIN;
INSERT INTO opportunity (id, $columns) SELECT CONCAT('gated-', s.seq), $columns
FROM opportunity JOIN seq_0_to_$((GATED_DEALS - 1)) s WHERE opportunity.id = 'gated-template';
INSERT INTO opportunity_history (id, $columns, recorded_to)
SELECT CONCAT('gated-', s.seq), $columns, 9223372036854775807
FROM opportunity JOIN seq_0_to_$((GATED_DEALS - 1)) s WHERE opportunity.id = 'gated-template';
COMMIT;
SQL
}

# --- The gateway and the proxies, all with TLS, in front of a server that answers a constant. ----

figure_gateway_grpc_vs_nginx() {
  start_behind_proxies
  start_nginx
  alternate gateway_grpc_vs_nginx calls/s "load_tls $(bench_port 5) get_opportunity" gateway_get
  stop_process bench_nginx
  stop_behind_proxies
}

figure_gateway_grpc_vs_haproxy() {
  start_behind_proxies
  start_haproxy
  alternate gateway_grpc_vs_haproxy calls/s "load_tls $(bench_port 6) get_opportunity" gateway_get
  stop_process bench_haproxy
  stop_behind_proxies
}

figure_gateway_http() {
  start_behind_proxies
  alternate gateway_http calls/s gateway_get gateway_http_get
  stop_behind_proxies
}
gateway_get() { load_tls "$(bench_port 8)" get_opportunity; }
gateway_http_get() { http_get "$(bench_port 7)"; }
# http_get PORT
http_get() {
  "$(bench_program bench_http_load)" --port "$1" --ca "$(tls_folder)/ca.pem" \
    --token_file "$(bench_token_file)" --seconds "$BENCH_SECONDS" --warm_up 1
}

# The same calls through what one would write with Connect and fastify.
figure_gateway_http_vs_node() {
  start_behind_proxies
  start_node_gateway
  alternate gateway_http_vs_node calls/s "http_get $(bench_port 10)" gateway_http_get
  stop_process bench_node
  stop_behind_proxies
}

# No network and no service: bytes to JSON on one core.
figure_gateway_json_mb_s() {
  stop_services
  alternate gateway_json_mb_s MB/s "json_rate protobuf" "json_rate gateway"
}
json_rate() {
  "$(bench_program bench_json)" --side "$1" --descriptors "$ROOT/build/descriptors" \
    --seconds "$BENCH_SECONDS"
}

BENCH_FOLLOWERS=500

figure_gateway_stream_events_s() {
  stop_services
  start_upstream event_floor --events_per_second 200
  start_bench_gateway
  local run rate
  for ((run = 0; run < BENCH_RUNS; run++)); do
    read -r rate _ < <("$(bench_program bench_stream_load)" --port "$(bench_port 7)" \
      --ca "$(tls_folder)/ca.pem" --token_file "$(bench_token_file)" --seconds "$BENCH_SECONDS" \
      --connections "$BENCH_FOLLOWERS") || fail "the events could not be followed"
    record gateway_stream_events_s events/s "$rate"
  done
  stop_behind_proxies
}

BENCH_IDLE_CONNECTIONS=10000

# A gateway of its own for each run: memory that was taken once is not given back.
figure_gateway_conn_kb() {
  ulimit -Sn "$(ulimit -Hn)"
  local run kib
  for ((run = 0; run < BENCH_RUNS; run++)); do
    start_behind_proxies --max_connections $((BENCH_IDLE_CONNECTIONS + 1000))
    read -r kib _ < <("$(bench_program bench_idle_connections)" --port "$(bench_port 7)" \
      --ca "$(tls_folder)/ca.pem" --pid "$(process_id bench_gateway)" \
      --connections "$BENCH_IDLE_CONNECTIONS") || fail "the connections could not be held"
    record gateway_conn_kb KiB "$kib"
    stop_behind_proxies
  done
}

# start_behind_proxies [OPTION…]: a service that answers a constant, and the gateway with these
# options in front of it.
start_behind_proxies() {
  stop_services
  start_upstream opportunity_floor --constant
  start_bench_gateway "$@"
}

# start_upstream PROGRAM [OPTION…]
start_upstream() {
  local program=$1
  shift
  start_alone bench_constant "$(bench_port 4)" "$(bench_program "$program")" "$@" \
    --listen "127.0.0.1:$(bench_port 4)" --tls_cert "$(tls_folder)/pipeline.pem" \
    --tls_key "$(tls_folder)/pipeline.key"
  wait_until_listening bench_constant "$(bench_port 4)"
}

start_bench_gateway() {
  service_arguments gateway
  local option
  for option in --http_listen --grpc_listen --admin_listen --upstream --drain_wait; do without_option $option; done
  start_alone bench_gateway "$(bench_port 8)" "$(binary_of gateway)" "${ARGUMENTS[@]}" "$@" --drain_wait 0s \
    --http_listen "127.0.0.1:$(bench_port 7)" --grpc_listen "127.0.0.1:$(bench_port 8)" \
    --admin_listen "127.0.0.1:$(bench_port 9)" \
    --upstream "organization=localhost:$(bench_port 4)" --upstream "pipeline=localhost:$(bench_port 4)"
  wait_until_answering bench_gateway "$(bench_port 9)"
}

stop_behind_proxies() {
  stop_process bench_gateway
  stop_process bench_constant
}

start_nginx() {
  mkdir -p "$VAR/nginx"
  cat >"$VAR/nginx/nginx.conf" <<TEXT
daemon off;
pid $VAR/nginx/nginx.pid;
error_log $VAR/log/bench_nginx_error.log;
worker_processes 2;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path $VAR/nginx/body;
  proxy_temp_path $VAR/nginx/proxy;
  fastcgi_temp_path $VAR/nginx/fastcgi;
  uwsgi_temp_path $VAR/nginx/uwsgi;
  scgi_temp_path $VAR/nginx/scgi;
  upstream pipeline {
    server 127.0.0.1:$(bench_port 4);
    keepalive 128;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:$(bench_port 5) ssl http2;
    ssl_certificate $(tls_folder)/gateway.pem;
    ssl_certificate_key $(tls_folder)/gateway.key;
    location / {
      grpc_pass grpcs://pipeline;
      grpc_ssl_verify on;
      grpc_ssl_name localhost;
      grpc_ssl_server_name on;
      grpc_ssl_trusted_certificate $(tls_folder)/ca.pem;
    }
  }
}
TEXT
  start_alone bench_nginx "$(bench_port 5)" "$(PATH=$PATH:/usr/sbin command -v nginx)" -p "$VAR/nginx" \
    -c "$VAR/nginx/nginx.conf" -e "$VAR/log/bench_nginx_error.log"
  wait_until_listening bench_nginx "$(bench_port 5)"
}

start_node_gateway() {
  local folder=$ROOT/tests/bench/floors/node_gateway
  require_npm_packages "$folder"
  quietly "$VAR/log/bench_node_build.log" "npm run build" npm --prefix "$folder" run build ||
    fail "the node gateway could not be made"
  NODE_ENV=production start_alone bench_node "$(bench_port 10)" node "$folder/gateway.js" \
    --port "$(bench_port 10)" --upstream "https://localhost:$(bench_port 4)" \
    --cert "$(tls_folder)/gateway.pem" --key "$(tls_folder)/gateway.key" --ca "$(tls_folder)/ca.pem"
  wait_until_listening bench_node "$(bench_port 10)"
}

start_haproxy() {
  cat "$(tls_folder)/gateway.pem" "$(tls_folder)/gateway.key" >"$VAR/secrets/haproxy.pem"
  cat >"$VAR/haproxy.cfg" <<TEXT
global
  nbthread 2
  maxconn 2000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend grpc
  bind 127.0.0.1:$(bench_port 6) ssl crt $VAR/secrets/haproxy.pem alpn h2
  default_backend pipeline
backend pipeline
  server one 127.0.0.1:$(bench_port 4) ssl verify required ca-file $(tls_folder)/ca.pem verifyhost localhost sni str(localhost) alpn h2
TEXT
  start_alone bench_haproxy "$(bench_port 6)" "$(PATH=$PATH:/usr/sbin command -v haproxy)" -db -f "$VAR/haproxy.cfg"
  wait_until_listening bench_haproxy "$(bench_port 6)"
}

# --- Resting and starting, on an empty schema of an instance of its own. ------------------------

figure_idle_rss_mb() {
  local SERVICES=("${every_service[@]}")
  empty_instance measure_idle
}
figure_ready_ms() {
  local SERVICES=("${every_service[@]}")
  empty_instance measure_ready
}

# empty_instance COMMAND: runs it while a new instance is up, and deletes that instance after.
empty_instance() {
  stop_services
  local outer=$INSTANCE
  use_instance "${outer:0:11}empty"
  rm -rf "$VAR"
  (STARTED_NOW=() STARTED_WHOLE='' && bring_up)
  take_ports
  "$@"
  take_down
  rm -rf "$VAR"
  use_instance "$outer"
  take_ports
}

measure_idle() {
  sleep 5
  local run
  for ((run = 0; run < BENCH_RUNS; run++)); do
    record idle_rss_mb MB "$(largest_rss_mb)"
    sleep 1
  done
}

largest_rss_mb() {
  local name
  for name in "${SERVICES[@]}" gateway; do
    awk '/^VmRSS:/ { printf "%.1f\n", $2 / 1024 }' "/proc/$(process_id "$name")/status"
  done | sort -n | tail -n 1
}

# From the start of a process to its first good answer on /readyz; the slowest of them all.
measure_ready() {
  local run name begin slowest milliseconds
  exec 4<> <(:) # never has anything to read: waiting for it is a sleep without a process
  for ((run = 0; run < BENCH_RUNS; run++)); do
    stop_services
    slowest=0
    for name in "${SERVICES[@]}" gateway; do
      begin=${EPOCHREALTIME/./}
      start_if_needed "$name"
      until says_ready "${PORT[${name}_admin]}"; do
        [ $((${EPOCHREALTIME/./} - begin)) -lt 30000000 ] || fail "$name did not become ready"
        read -r -t 0.005 -u 4 || true
      done
      milliseconds=$(((${EPOCHREALTIME/./} - begin) / 1000))
      [ $milliseconds -le $slowest ] || slowest=$milliseconds
    done
    record ready_ms ms "$slowest"
  done
}

# Without a process of its own per question, which would cost more than what is measured.
says_ready() {
  local line
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  read -r -t 2 line <&3 || line=
  exec 3>&-
  [[ $line == *' 200'* ]]
}

# --- Events, imports, long lists: through the whole instance, with TLS everywhere. ---------------

# Half of the rate at which organization can be written to, held by a paced load.
figure_event_lag_ms() {
  start_instance_services
  local run rate lag writing
  for ((run = 0; run < BENCH_RUNS; run++)); do
    read -r rate _ < <(load_tls "${PORT[organization]}" create_seller) || fail "no rate"
    rate=$(awk -v r="$rate" 'BEGIN { printf "%.0f", r / 2 }')
    BENCH_WARM_UP=0 load_tls "${PORT[organization]}" create_seller --rate "$rate" >/dev/null &
    writing=$!
    sleep 0.5
    read -r lag < <("$(bench_program bench_event_lag)" --database_port "${PORT[database]}" \
      --database_tls_ca "$(tls_folder)/ca.pem" --secrets "$VAR/secrets" \
      --seconds "$(awk -v s="$BENCH_SECONDS" 'BEGIN { print s - 1 }')") || fail "no lag"
    wait $writing
    record event_lag_ms ms "$lag"
    say "      at $rate writes/s"
  done
}

BENCH_IMPORTED=10000

# In an instance of its own: the floor loads into copies of the tables as they are, so neither side
# may have a million rows of other figures in its way.
figure_import() { empty_instance measure_import; }
measure_import() {
  seed_bench
  measure_imports import deals/s opportunities "$BENCH_IMPORTED" \
    outbox event_log opportunity opportunity_history stage_transition external_key
}

# Half a scale of rows onto five scales: 500 k onto 5 M.
figure_import_activities() { empty_instance measure_import_activities; }
measure_import_activities() {
  # 7 GB of rows and indexes on either side: a pool of 512 MB would measure the disk, and takes half
  # an hour to fill them.
  sql -e "SET GLOBAL innodb_buffer_pool_size = $(awk '/MemTotal/ { printf "%d", $2 * 1024 / 4 }' \
    /proc/meminfo)"
  seed_bench
  fill_activities $((BENCH_ROWS * 5))
  measure_imports import_activities rows/s activities $((BENCH_ROWS / 2)) \
    outbox event_log activity activity_history external_key
}

# measure_imports ID UNIT COLLECTION COUNT TABLE…: imports COUNT rows in every run and loads the very
# rows that came of them, in all of these tables, into the floor's; both keep them for the next run.
measure_imports() {
  local id=$1 unit=$2 collection=$3 count=$4
  shift 4
  IMPORT_TABLES=("$@")
  keep_import_floor_tables
  local run value floor before prefix
  for ((run = 0; run < BENCH_RUNS; run++)); do
    before=$(sql -e "SELECT COALESCE(MAX(seq), 0) FROM $(schema_of pipeline).outbox")
    prefix=$(date +%s)-$run
    read -r value < <("$(bench_program bench_import)" --target "localhost:${PORT[pipeline]}" \
      --ca "$(tls_folder)/ca.pem" --token_file "$(bench_token_file)" --collection "$collection" \
      --count "$count" --customers "$BENCH_CUSTOMERS" --prefix "$prefix") || fail "the import failed"
    wait_until_sequenced
    read -r floor < <(load_data_floor "$before" "$prefix" "$count") || fail "LOAD DATA failed"
    record "$id" "$unit" "$value" "$floor"
  done
  sql -e 'DROP DATABASE bench_floor'
}

# columns_of TABLE: those that can be written; the server computes the others.
columns_of() {
  sql -e "SELECT GROUP_CONCAT(column_name ORDER BY ordinal_position) FROM information_schema.columns
    WHERE table_schema = '$(schema_of pipeline)' AND table_name = '$1'
    AND extra NOT LIKE '%GENERATED%'"
}

# The tables that an import fills, with all their keys and rows, beside the service's schema.
keep_import_floor_tables() {
  local table schema columns
  schema=$(schema_of pipeline)
  {
    printf 'CREATE OR REPLACE DATABASE bench_floor CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;\n'
    for table in "${IMPORT_TABLES[@]}"; do
      printf 'CREATE TABLE bench_floor.%s LIKE %s.%s;\n' "$table" "$schema" "$table"
      columns=$(columns_of "$table")
      printf 'INSERT INTO bench_floor.%s (%s) SELECT %s FROM %s.%s;\n' "$table" "$columns" \
        "$columns" "$schema" "$table"
    done
  } | sql || fail "the floor's tables could not be written"
}

wait_until_sequenced() {
  local end=$((SECONDS + 300)) schema
  schema=$(schema_of pipeline)
  until [ "$(sql -e "SELECT (SELECT COALESCE(MAX(outbox_seq), 0) FROM $schema.event_log) >=
                            (SELECT MAX(seq) FROM $schema.outbox)")" = 1 ]; do
    [ $SECONDS -lt $end ] || fail "the import's events were not sequenced within five minutes"
    sleep 0.1
  done
}

# Which rows of a table the import after the fact $before with the keys of $prefix made, in the order
# in which it made them.
import_rows_of() {
  local table=$1 before=$2 prefix=$3
  case $table in
    outbox) printf 'seq > %s ORDER BY seq' "$before" ;;
    event_log) printf 'outbox_seq > %s ORDER BY outbox_seq' "$before" ;;
    external_key) printf "source = 'bench' AND ext_key LIKE '%s-%%'" "$prefix" ;;
    *) printf 'recorded_from > %s ORDER BY recorded_from' "$before" ;;
  esac
}

# load_data_floor BEFORE PREFIX COUNT: rows/s of LOAD DATA with exactly the rows that the last import
# left, in one transaction.
load_data_floor() {
  local before=$1 prefix=$2 count=$3 folder=$VAR/import_floor table begin
  rm -rf "$folder"
  mkdir -p "$folder"
  for table in "${IMPORT_TABLES[@]}"; do
    printf "SELECT %s INTO OUTFILE '%s' CHARACTER SET binary FROM %s.%s WHERE %s;\n" \
      "$(columns_of "$table")" "$folder/$table" "$(schema_of pipeline)" "$table" \
      "$(import_rows_of "$table" "$before" "$prefix")"
  done | sql
  {
    printf 'USE bench_floor;\nBEGIN;\n'
    for table in "${IMPORT_TABLES[@]}"; do
      printf "LOAD DATA INFILE '%s' INTO TABLE %s CHARACTER SET binary (%s);\n" \
        "$folder/$table" "$table" "$(columns_of "$table")"
    done
    printf 'COMMIT;\n'
  } >"$folder/load.sql"
  begin=${EPOCHREALTIME/./}
  sql <"$folder/load.sql"
  awk -v n="$count" -v us=$((${EPOCHREALTIME/./} - begin)) \
    'BEGIN { printf "%.1f\n", n * 1000000 / us }'
}

BENCH_CUSTOMERS=10000

# copy_rows TABLE ID ASSIGNMENTS: so many copies of a row as there are customers, changed by
# assignments that may use n = 0, 1 …
copy_rows() {
  sql "$(schema_of pipeline)" <<SQL || fail "the rows could not be written"
CREATE TEMPORARY TABLE copied ENGINE=InnoDB AS
SELECT s.seq AS n, r.* FROM $1 r JOIN seq_0_to_$((BENCH_CUSTOMERS - 1)) s WHERE r.id = '$2';
UPDATE copied SET $3;
ALTER TABLE copied DROP COLUMN n;
INSERT INTO $1 SELECT * FROM copied;
SQL
}

# fill_activities ROWS: customers crm-0 …, each with a contact and a deal, and so many activities of
# theirs with their external keys, straight into the tables.
fill_activities() {
  local schema rows wanted=$1 batch=50000
  schema=$(schema_of pipeline)
  say "    writing $wanted activities"
  seed_resource contacts bench '{"display_name":"Bench"}'
  copy_rows account bench "id = CONCAT('crm-', n)"
  copy_rows contact bench "id = CONCAT('crm-', n), account_id = CONCAT('crm-', n)"
  copy_rows opportunity bench-1 "id = CONCAT('crm-', n), account_id = CONCAT('crm-', n)"
  for ((rows = 0; rows < wanted; rows += batch)); do
    [ $((rows + batch)) -le "$wanted" ] || batch=$((wanted - rows))
    sql "$schema" <<SQL || fail "the activities could not be written"
BEGIN;
INSERT INTO activity (id, display_name, kind, direction, start_time, end_time, done, owner_id,
  account_id, contact_id, lead_id, opportunity_id, participants, outcome, outcome_note, description,
  source, external_keys, attributes, version, create_time, update_time, recorded_from)
SELECT LEFT(SHA1(s.seq), 20), CONCAT('Activity ', s.seq), 1 + s.seq % 7, 1 + s.seq % 3,
  '2020-01-01' + INTERVAL s.seq * 30 SECOND, '2020-01-01 00:30' + INTERVAL s.seq * 30 SECOND, TRUE,
  'bench', c.id, c.id, '', c.id, CONCAT('[{"s":"bench"},{"c":"', c.id, '"}]'), 2, '',
  REPEAT('谈了价格和交期，下周再约。', 8), 'call centre',
  CONCAT('[{"k":"base-', s.seq, '","s":"bench"}]'), '{}', 1, c.create_time, c.update_time,
  c.recorded_from
FROM seq_$((rows + 1))_to_$((rows + batch)) s
JOIN contact c ON c.id = CONCAT('crm-', s.seq * 7919 % $BENCH_CUSTOMERS);
INSERT INTO external_key (collection, source, ext_key, resource_key)
SELECT 'activity', 'bench', CONCAT('base-', seq), LEFT(SHA1(seq), 20)
FROM seq_$((rows + 1))_to_$((rows + batch));
COMMIT;
SQL
  done
  sql -e "ANALYZE TABLE $schema.activity, $schema.external_key" >/dev/null
}

figure_search_account_ms() {
  start_instance_services
  fill_accounts
  local p99 lines
  lines=$("$(bench_program bench_search)" --target "localhost:${PORT[pipeline]}" \
    --ca "$(tls_folder)/ca.pem" --token_file "$(bench_token_file)" --runs "$BENCH_RUNS") ||
    fail "the accounts could not be searched"
  while read -r p99 _; do record search_account_ms ms "$p99"; done <<<"$lines"
}

# Seven Chinese names of ten: a city, a name of two characters of sixteen each, a trade, an ending;
# the rest English: two words of twelve each, a number, an ending.
fill_accounts() {
  local schema rows batch=50000
  schema=$(schema_of pipeline)
  rows=$(sql -e "SELECT COUNT(*) FROM $schema.account WHERE id LIKE 'name-%'")
  [ "$rows" -lt "$BENCH_ROWS" ] || return 0
  say "    writing $((BENCH_ROWS - rows)) accounts and the index of their names"
  for (( ; rows < BENCH_ROWS; rows += batch)); do
    sql "$schema" <<SQL || fail "the rows could not be written"
BEGIN;
CREATE TEMPORARY TABLE named ENGINE=InnoDB AS
SELECT CONCAT('name-', seq) AS id, IF(seq % 10 < 7,
  CONCAT(ELT(1 + seq DIV 7 % 12, '北京', '上海', '广州', '深圳', '杭州', '成都', '武汉', '南京', '苏州',
      '天津', '重庆', '西安'),
    SUBSTRING('华瑞鑫泰德丰达盛恒信远宏博联创嘉', 1 + CRC32(seq) % 16, 1),
    SUBSTRING('瑞泰达丰盛华信远恒宏博联创嘉德鑫', 1 + CRC32(CONCAT('b', seq)) % 16, 1),
    ELT(1 + CRC32(CONCAT('t', seq)) % 10, '科技', '电子', '贸易', '实业', '机械', '软件', '医药',
      '化工', '物流', '建材'), ELT(1 + seq % 3, '有限公司', '股份有限公司', '集团')),
  CONCAT(ELT(1 + CRC32(seq) % 12, 'Acme', 'Nova', 'Global', 'Blue', 'Orion', 'Pioneer', 'Summit',
      'Delta', 'Vertex', 'Prime', 'Atlas', 'Silver'), ' ',
    ELT(1 + CRC32(CONCAT('b', seq)) % 12, 'Systems', 'Star', 'Technologies', 'Trading', 'Foods',
      'Motors', 'Labs', 'Energy', 'Media', 'Pharma', 'Logistics', 'Tools'), ' ', seq % 9973,
    ELT(1 + seq % 3, ' Inc.', ' Ltd', ' GmbH'))) AS display_name
FROM seq_$((rows + 1))_to_$((rows + batch));
INSERT INTO account (id, display_name, industry, region, country, grade, owner_id, website,
  external_keys, attributes, version, create_time, update_time, recorded_from)
SELECT n.id, n.display_name, '', '', '', '', '', '', external_keys, attributes, 1, create_time,
  update_time, recorded_from
FROM named n JOIN account a ON a.id = 'bench';
INSERT INTO account_name_gram (gram, account_id, folded_name)
SELECT DISTINCT TRIM(SUBSTRING(LOWER(REPLACE(display_name, '.', '')), seq, 2)), id,
  LOWER(REPLACE(display_name, '.', ''))
FROM named JOIN seq_1_to_40 ON seq <= CHAR_LENGTH(REPLACE(display_name, '.', ''))
WHERE SUBSTRING(REPLACE(display_name, '.', ''), seq, 1) <> ' ';
DROP TEMPORARY TABLE named;
COMMIT;
SQL
  done
  sql -e "ANALYZE TABLE $schema.account, $schema.account_name_gram" >/dev/null
}

figure_list_deep_page() {
  start_instance_services
  fill_long_list
  local deep first lines
  lines=$("$(bench_program bench_page_walk)" --target "localhost:${PORT[pipeline]}" \
    --ca "$(tls_folder)/ca.pem" --token_file "$(bench_token_file)" --runs "$BENCH_RUNS") ||
    fail "the list could not be walked"
  while read -r deep first; do record list_deep_page ms "$deep" "$first"; done <<<"$lines"
}

# Opportunities with their history, straight into the tables: through the API a million would take
# the best part of an hour. Kept for the next time.
fill_long_list() {
  local schema rows batch=50000
  schema=$(schema_of pipeline)
  rows=$(sql -e "SELECT COUNT(*) FROM $schema.opportunity WHERE id LIKE 'long-%'")
  [ "$rows" -lt "$BENCH_ROWS" ] || return 0
  say "    writing $((BENCH_ROWS - rows)) opportunities and their history"
  local columns="id, display_name, account_id, owner_id, process_id, version_id, stage, state,
    open_date, expected_close_date, close_date, source, outcome_reason, stage_entered_time,
    external_keys, attributes, amount_currency, amount_value, version, create_time, update_time,
    archive_time, recorded_from"
  for (( ; rows < BENCH_ROWS; rows += batch)); do
    sql "$schema" <<SQL || fail "the rows could not be written"
BEGIN;
INSERT INTO opportunity ($columns)
SELECT CONCAT('long-', s.seq), CONCAT('Long list ', s.seq), account_id, owner_id, process_id,
  version_id, stage, 1 + (s.seq % 3), '2020-01-01' + INTERVAL (s.seq * 7919 % 2000) DAY, NULL,
  NULL, source, '', stage_entered_time, external_keys, attributes, amount_currency, s.seq % 90000,
  1, create_time, update_time, NULL, recorded_from
FROM opportunity JOIN seq_$((rows + 1))_to_$((rows + batch)) s
WHERE opportunity.id = 'bench-1';
INSERT INTO opportunity_history ($columns, recorded_to)
SELECT o.id, display_name, account_id, owner_id, process_id, version_id, stage, state, open_date,
  expected_close_date, close_date, source, outcome_reason, stage_entered_time, external_keys,
  attributes, amount_currency, amount_value, version, create_time, update_time, archive_time,
  recorded_from, 9223372036854775807
FROM opportunity o JOIN seq_$((rows + 1))_to_$((rows + batch)) s ON o.id = CONCAT('long-', s.seq);
COMMIT;
SQL
  done
  sql -e "ANALYZE TABLE $schema.opportunity" >/dev/null
}

# In an instance of its own, which is kept: its history would be in the way of other figures.
figure_list_as_of() {
  stop_services
  local outer=$INSTANCE
  use_instance "${outer:0:11}past"
  if [ "$(cut -d ' ' -f 1 "$VAR/past_filled" 2>/dev/null)" != "$BENCH_ROWS" ]; then
    take_down
    rm -rf "$VAR"
  fi
  (STARTED_NOW=() STARTED_WHOLE='' && bring_up)
  take_ports
  measure_list_as_of
  take_down
  use_instance "$outer"
  take_ports
}

measure_list_as_of() {
  seed_bench
  fill_past
  local lines past now past_by_name now_by_name from until
  read -r _ from until <"$VAR/past_filled"
  lines=$("$(bench_program bench_list_as_of)" --target "localhost:${PORT[pipeline]}" \
    --ca "$(tls_folder)/ca.pem" --token_file "$(bench_token_file)" --runs "$BENCH_RUNS" \
    --from "$from" --until "$until") || fail "the lists could not be read"
  while read -r past now past_by_name now_by_name; do
    record list_as_of ms "$past" "$now"
    record list_as_of_by_name ms "$past_by_name" "$now_by_name"
  done <<<"$lines"
}

# Deals a-0000000 … with five versions each, straight into the tables. The i-th to be made has its
# first version in the i-th of as many steps, the k-th (k - 1) twentieths of all deals later; four
# versions are open, with the fifth one of three stays so. Each step has room for five facts, so
# that step s and version k are place 5 (s - 1) + k after what was there: of its seq, its position
# and, in microseconds, its time. Ids have another order than times. The facts are those of a log
# whose payloads have been purged.
fill_past() {
  [ ! -e "$VAR/past_filled" ] || return 0
  local schema rows=$BENCH_ROWS lag=$((BENCH_ROWS / 20)) batch=50000 begin end seq position time
  schema=$(schema_of pipeline)
  say "    writing $rows opportunities with five versions each"
  wait_until_sequenced
  stop_services
  read -r seq position < <(sql "$schema" -e "SELECT (SELECT MAX(seq) FROM outbox), position FROM event_head")
  time=$(sql "$schema" -e "SELECT MAX(sequenced_at) + INTERVAL 1 SECOND FROM event_log")
  local places=$((5 * (rows + 4 * lag)))
  for ((begin = 1; begin <= places; begin += 4 * batch)); do
    end=$((begin + 4 * batch - 1 < places ? begin + 4 * batch - 1 : places))
    sql "$schema" <<SQL || fail "the facts could not be written"
INSERT INTO event_log (partition_id, position, outbox_seq, sequenced_at, low_seq, high_seq)
SELECT 0, $position + p.seq, $seq + p.seq, '$time' + INTERVAL p.seq MICROSECOND, $seq + p.seq,
  $seq + p.seq
FROM seq_${begin}_to_$end p
WHERE (p.seq - 1) DIV 5 + 1
  BETWEEN 1 + (p.seq - 1) % 5 * $lag AND $rows + (p.seq - 1) % 5 * $lag;
SQL
  done
  local taken="display_name, account_id, owner_id, process_id, version_id, stage, source,
    outcome_reason, stage_entered_time, external_keys, attributes, amount_currency, amount_value,
    create_time, update_time"
  for ((begin = 0; begin < rows; begin += batch)); do
    end=$((begin + batch < rows ? begin + batch - 1 : rows - 1))
    sql "$schema" <<SQL || fail "the rows could not be written"
BEGIN;
CREATE TEMPORARY TABLE made ENGINE=InnoDB AS
SELECT CONCAT('a-', LPAD(n.seq, 7, '0')) AS id, n.seq * 7919 % $rows + 1 AS step
FROM seq_${begin}_to_$end n;
INSERT INTO opportunity_history (id, $taken, state, open_date, version, recorded_from, recorded_to)
SELECT m.id, $taken, IF(k.seq < 5, 1, 1 + m.step % 3),
  '2020-01-01' + INTERVAL (m.step * 2000 DIV $rows) DAY, k.seq,
  $seq + (m.step - 1 + (k.seq - 1) * $lag) * 5 + k.seq,
  IF(k.seq < 5, $seq + (m.step - 1 + k.seq * $lag) * 5 + k.seq + 1, 9223372036854775807)
FROM made m JOIN seq_1_to_5 k JOIN opportunity t ON t.id = 'bench-1';
INSERT INTO opportunity (id, $taken, state, open_date, version, recorded_from)
SELECT m.id, $taken, 1 + m.step % 3, '2020-01-01' + INTERVAL (m.step * 2000 DIV $rows) DAY, 5,
  $seq + (m.step - 1 + 4 * $lag) * 5 + 5
FROM made m JOIN opportunity t ON t.id = 'bench-1';
COMMIT;
DROP TEMPORARY TABLE made;
SQL
  done
  sql "$schema" <<SQL || fail "the log could not be moved on"
UPDATE event_head SET position = $position + $places, first_position = $position + $places + 1,
  high_seq = $seq + $places WHERE partition_id = 0;
DELETE FROM outbox WHERE seq <= $seq;
ALTER TABLE outbox AUTO_INCREMENT = $((seq + places + 1));
SQL
  sql -e "ANALYZE TABLE $schema.opportunity, $schema.opportunity_history, $schema.event_log" >/dev/null
  start_instance_services
  # How many, and the microseconds since 1970 between which their facts were sequenced.
  sql -e "SELECT CONCAT_WS(' ', $rows, t + 1, t + $places) FROM
    (SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', '$time') AS t) since" >"$VAR/past_filled"
}

figure_export_rows_per_s() {
  start_instance_services
  fill_long_list
  alternate export_rows_per_s rows/s dump_rate export_rate
}
dump_rate() { rate_of dump_with --no-create-info "$(schema_of pipeline)" opportunity; }
export_rate() {
  rate_of curl --silent --show-error --fail --cacert "$(tls_folder)/ca.pem" \
    --header "authorization: Bearer $(cat "$(bench_token_file)")" \
    "https://localhost:${PORT[gateway_http]}/pipeline/v1/opportunities:export?show_archived=true"
}
# rate_of COMMAND…: opportunities a second of a command that writes all of them out.
rate_of() {
  local rows begin=${EPOCHREALTIME/./}
  "$@" >/dev/null || return 1
  begin=$((${EPOCHREALTIME/./} - begin))
  rows=$(sql "$(schema_of pipeline)" -e "SELECT COUNT(*) FROM opportunity")
  awk -v rows="$rows" -v us="$begin" 'BEGIN { printf "%.0f\n", rows * 1e6 / us }'
}

# --- Memory under load, on the database of an instance of its own. --------------------------------

# Shorter than two minutes nothing can be said.
figure_rss_growth_mb() { empty_instance measure_rss_growth; }
measure_rss_growth() {
  local minutes growth name
  uses_private_database || fail "rss_growth_mb needs a database of its own" "Unset SALESOPS_DATABASE."
  minutes=$(awk -v s="$BENCH_SECONDS" 'BEGIN { printf "%.2f", s * 2.5 > 2 ? s * 2.5 : 2 }')
  stop_services
  allow_test_user
  SALESOPS_TEST_DATABASE_TLS_CA="$(tls_folder)/ca.pem" SALESOPS_SOAK_MINUTES=$minutes \
    "$ROOT/build/tests/soak/soak_test" >"$VAR/log/bench_soak.log" 2>"$VAR/log/bench_soak_errors.log" ||
    warn "the soak failed: $(grep -v '^{' "$VAR/log/bench_soak.log" | tail -n 20)"
  read -r growth name < <(awk '$1 == "rss_growth_mb" { print $3, $2 }' "$VAR/log/bench_soak.log" |
    sort -rn | head -n 1) || fail "the soak said nothing of its memory"
  record rss_growth_mb MB "$growth"
  say "      of $name, in $minutes minutes"
}

# --- The build ----------------------------------------------------------------------------------

bench_build_folder() { printf '%s/var/bench_build' "$ROOT"; }

seconds_of() {
  local begin=${EPOCHREALTIME/./}
  "$@" >"$VAR/log/bench_build.log" 2>&1 || fail "the build failed" "Everything it said: $VAR/log/bench_build.log"
  printf '%s' $(((${EPOCHREALTIME/./} - begin) / 1000)) | awk '{ printf "%.1f", $1 / 1000 }'
}

build_whole_tree() { CCACHE_DISABLE=1 cmake --build "$(bench_build_folder)" -j2; }

clean_build() {
  rm -rf "$(bench_build_folder)"
  CCACHE_DISABLE=1 cmake --preset release -B "$(bench_build_folder)" && build_whole_tree
}

figure_build_clean_s() {
  stop_services
  local run
  for run in 1 2; do record build_clean_s s "$(seconds_of clean_build)"; done
}

# A change of the file with most of pipeline's rules of use, up to every program and test linked.
figure_build_one_file_s() {
  stop_services
  [ -e "$(bench_build_folder)/build.ninja" ] || clean_build >/dev/null
  build_whole_tree >/dev/null
  local run
  for ((run = 0; run < BENCH_RUNS; run++)); do
    touch services/pipeline/api/opportunity_service.cc
    record build_one_file_s s "$(seconds_of build_whole_tree)"
  done
}
