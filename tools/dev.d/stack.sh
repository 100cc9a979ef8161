# up, down, status, logs, reset: one instance of the suite = its database, services and gateway.
# shellcheck shell=bash

ADMIN_GROUP=salesops-admins

binary_of() {
  case $1 in
    gateway) printf '%s/build/gateway/gateway' "$ROOT" ;;
    *) printf '%s/build/services/%s/%s' "$ROOT" "$1" "$1" ;;
  esac
}

# One command at a time works on an instance.
lock_instance() {
  mkdir -p "$VAR"
  exec 9>"$VAR/lock"
  flock -n 9 || fail "another tools/dev works on instance '$INSTANCE'" "Wait for it to end."
}

cmd_up() {
  require_packages "${RUN_PACKAGES[@]}"
  require_node_modules
  step "Building"
  local targets
  mapfile -t targets < <(stack_targets "$ROOT")
  build_preset release "${targets[@]}"
  bring_up
  print_addresses
}

# bring_up: everything of the instance runs and is ready afterwards, or this fails and what it
# started is stopped again.
bring_up() {
  lock_instance
  take_ports
  at_exit stop_half_started
  step "Starting instance '$INSTANCE'"
  make_certificates "${SERVICES[@]}" gateway
  make_keys
  if uses_private_database; then
    running database || DATABASE_STARTED_NOW=1
    start_database
    say "    database ready on 127.0.0.1:${PORT[database]}"
  else
    say "    using the database of SALESOPS_DATABASE"
    sql -e 'SELECT 1' >/dev/null || fail "the database of SALESOPS_DATABASE does not answer"
  fi
  create_schemas || fail "the schemas and users could not be made"
  local service
  for service in "${SERVICES[@]}"; do migrate "$service"; done
  for service in "${SERVICES[@]}" gateway; do start_if_needed "$service"; done
  for service in "${SERVICES[@]}" gateway; do wait_until_ready "$service"; done
  STARTED_WHOLE=1
}

STARTED_NOW=()
stop_half_started() {
  [ -z "${STARTED_WHOLE:-}" ] || return 0
  local name
  for name in ${STARTED_NOW[@]+"${STARTED_NOW[@]}"}; do stop_process "$name" 10; done
  [ ${#STARTED_NOW[@]} -eq 0 ] || say "    stopped again: ${STARTED_NOW[*]}"
  [ -z "${DATABASE_STARTED_NOW:-}" ] || stop_database
}

# Sets ARGUMENTS to what a service needs to reach its database as the given user.
database_arguments() {
  local service=$1 user=$2 host=127.0.0.1 port=${PORT[database]:-} ca
  ca=$(tls_folder)/ca.pem
  if ! uses_private_database; then
    parse_database_url "$SALESOPS_DATABASE"
    host=$DB_HOST port=$DB_PORT ca=${SALESOPS_DATABASE_TLS_CA:-}
  fi
  ARGUMENTS=(--database_host "$host" --database_port "$port"
    --database_name "$(schema_of "$service")" --database_user "$user"
    --database_password_file "$VAR/secrets/$user")
  [ -z "$ca" ] || ARGUMENTS+=(--database_tls_ca "$ca")
}

migrate() {
  local service=$1
  database_arguments "$service" "$(schema_of "$service")_migrate"
  [ "$service" != organization ] || ARGUMENTS+=(--bootstrap_admin_group "$ADMIN_GROUP")
  quietly "$VAR/log/$service-migrate.log" "migrating $service" \
    "$(binary_of "$service")" --migrate "${ARGUMENTS[@]}" || fail "$service could not migrate its schema"
}

service_arguments() {
  local name=$1 tls service
  tls=$(tls_folder)
  ARGUMENTS=()
  [ "$name" = gateway ] || database_arguments "$name" "$(schema_of "$name")"
  ARGUMENTS+=(--admin_listen "127.0.0.1:${PORT[${name}_admin]}"
    --tls_cert "$tls/$name.pem" --tls_key "$tls/$name.key" --tls_ca "$tls/ca.pem"
    --drain_wait 200ms --token_keys "$VAR/token_keys" --token_issuer "$TOKEN_ISSUER" --token_audience "$(token_audience)")
  case $name in
    gateway)
      ARGUMENTS+=(--http_listen "127.0.0.1:${PORT[gateway_http]}"
        --grpc_listen "127.0.0.1:${PORT[gateway_grpc]}" --descriptors "$ROOT/build/descriptors")
      for service in "${SERVICES[@]}"; do
        ARGUMENTS+=(--upstream "$service=localhost:${PORT[$service]}")
      done
      ;;
    *)
      ARGUMENTS+=(--listen "127.0.0.1:${PORT[$name]}" --page_token_key_file "$VAR/secrets/page_token"
        --organization "localhost:${PORT[organization]}")
      ;;
  esac
  # Whose facts it follows, besides organization's.
  [ "$name" != performance ] || ARGUMENTS+=(--pipeline "localhost:${PORT[pipeline]}")
}

# A process whose program was built anew since it started, or that is to be started otherwise (as the
# gateway is once there is another service), is replaced.
start_if_needed() {
  local name=$1 pid
  service_arguments "$name"
  if pid=$(process_id "$name" 2>/dev/null); then
    if [[ $(readlink "/proc/$pid/exe") == *' (deleted)' ]]; then
      say "    $name was built anew; restarting it"
    elif was_started_as "$pid" "$(binary_of "$name")" "${ARGUMENTS[@]}"; then
      return 0
    else
      say "    $name has other flags now; restarting it"
    fi
    stop_process "$name"
  fi
  start_process "$name" "$(binary_of "$name")" "${ARGUMENTS[@]}"
  STARTED_NOW=("$name" ${STARTED_NOW[@]+"${STARTED_NOW[@]}"})
}

is_ready() { curl -fsS -o /dev/null --max-time 2 "http://127.0.0.1:${PORT[${1}_admin]}/readyz" 2>/dev/null; }

wait_until_ready() {
  local name=$1 end=$((SECONDS + 30))
  until is_ready "$name"; do
    if ! running "$name" || [ $SECONDS -ge $end ]; then
      tail -n 20 "$VAR/log/$name.log" >&2
      fail "$name did not become ready" "Its last words are above; all of them: tools/dev logs $name"
    fi
    sleep 0.05
  done
  say "    $name ready"
}

print_addresses() {
  local service metrics="http://127.0.0.1:${PORT[gateway_admin]}/metrics (gateway)"
  for service in "${SERVICES[@]}"; do metrics+=", ${PORT[${service}_admin]} ($service)"; done
  cat <<TEXT
Instance '$INSTANCE' is up.
  HTTP/JSON  https://localhost:${PORT[gateway_http]}
  gRPC       localhost:${PORT[gateway_grpc]}
  CA         ${VAR#"$ROOT"/}/tls/ca.pem
  metrics    $metrics
Next: tools/dev token --as admin --groups $ADMIN_GROUP; tools/dev status; tools/dev down
TEXT
}

cmd_down() {
  lock_instance
  take_down
  say "Instance '$INSTANCE' is down. Its data stays in ${VAR#"$ROOT"/}/; tools/dev reset deletes it."
}

take_down() {
  stop_services
  stop_database
}

cmd_status() {
  [ -e "$VAR/ports" ] || {
    say "Instance '$INSTANCE' has never been started. Next: tools/dev up"
    return 0
  }
  take_ports
  local name pid state
  printf '%-14s %-9s %-18s %s\n' NAME PID ADDRESS STATE
  for name in database "${SERVICES[@]}" gateway; do
    state=stopped pid=-
    if pid=$(process_id "$name" 2>/dev/null); then
      state=running
      [ "$name" = database ] || { is_ready "$name" && state=ready; } || state='running, not ready'
    fi
    [ "$name" != database ] || uses_private_database || state=external
    printf '%-14s %-9s %-18s %s\n' "$name" "${pid:--}" \
      "127.0.0.1:${PORT[$name]:-${PORT[gateway_http]}}" "$state"
  done
}

cmd_logs() {
  local follow=() name files=()
  for name in "$@"; do
    case $name in
      -f) follow=(-f) ;;
      *)
        [ -e "$VAR/log/$name.log" ] || fail "'$name' has no log in instance '$INSTANCE'" \
          "There is: $(cd "$VAR/log" 2>/dev/null && printf '%s ' *.log)"
        files+=("$VAR/log/$name.log")
        ;;
    esac
  done
  if [ ${#files[@]} -eq 0 ]; then
    for name in "${SERVICES[@]}" gateway; do
      [ ! -e "$VAR/log/$name.log" ] || files+=("$VAR/log/$name.log")
    done
  fi
  [ ${#files[@]} -gt 0 ] || fail "instance '$INSTANCE' has no logs yet"
  tail -n 100 ${follow[@]+"${follow[@]}"} "${files[@]}"
}

cmd_reset() {
  lock_instance
  take_down
  if ! uses_private_database; then
    local service schema
    for service in "${SERVICES[@]}"; do
      schema=$(schema_of "$service")
      printf "DROP DATABASE IF EXISTS \`%s\`;\nDROP USER IF EXISTS '%s'@'%%', '%s_migrate'@'%%';\n" \
        "$schema" "$schema" "$schema"
    done | sql
  fi
  rm -rf "$VAR"
  say "Instance '$INSTANCE' and its data are gone."
}
