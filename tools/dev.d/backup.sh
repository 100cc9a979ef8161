# backup and restore: the schemas of an instance in one compressed file.
# shellcheck shell=bash

dump() {
  local schemas=() service
  for service in "${SERVICES[@]}"; do schemas+=("$(schema_of "$service")"); done
  dump_with --hex-blob --add-drop-database --databases "${schemas[@]}"
}

# dump_with ARGUMENT…: one snapshot of all tables; writers go on meanwhile.
dump_with() {
  local where
  if uses_private_database; then
    where=(--socket="$(database_socket)" --user="$(id -un)")
  else
    parse_database_url "$SALESOPS_DATABASE"
    export MYSQL_PWD=$DB_PASSWORD
    where=(--protocol=tcp --host="$DB_HOST" --port="$DB_PORT" --user="$DB_USER")
    [ -z "${SALESOPS_DATABASE_TLS_CA:-}" ] || where+=(--ssl-ca="$SALESOPS_DATABASE_TLS_CA")
  fi
  mariadb-dump --no-defaults "${where[@]}" --single-transaction --quick --skip-lock-tables "$@"
}

cmd_backup() {
  local file
  file=$VAR/backup/$(date -u +%Y%m%dT%H%M%SZ).sql.gz
  case ${1:-} in
    '') ;;
    /*) file=$1 ;;
    *) file=$(realpath -m "$CALLED_FROM/$1") ;;
  esac
  need_database
  mkdir -p "$(dirname "$file")"
  dump | gzip >"$file.part" || {
    rm -f "$file.part"
    fail "the backup could not be written"
  }
  mv "$file.part" "$file"
  say "Saved instance '$INSTANCE' in $file ($(du -h "$file" | cut -f1))."
  say "Put it back with: tools/dev restore $file --instance $INSTANCE"
}

need_database() {
  if uses_private_database; then
    running database || fail "the database of instance '$INSTANCE' is not running" "tools/dev up --instance $INSTANCE"
  fi
}

# Services stop while their rows are replaced. A new log id tells every consumer of events that
# positions it remembers may have been taken back, so it rebuilds what it copied.
cmd_restore() {
  local file=''
  [ $# -eq 0 ] || file=$(given_path "$1")
  [ -f "$file" ] || fail "which backup?" "tools/dev restore FILE; backups are in ${VAR#"$ROOT"/}/backup/"
  gzip -t "$file" || fail "$file is not a whole backup"
  lock_instance
  local name restart=()
  for name in "${SERVICES[@]}" gateway; do
    ! running "$name" || restart+=("$name")
  done
  take_ports
  uses_private_database && start_database
  stop_services
  gzip -dc "$file" | sql || fail "the backup could not be loaded" "The schemas may be half loaded; run restore again."
  create_schemas
  renew_log_ids
  say "Restored instance '$INSTANCE' from $file."
  exec 9>&-
  if [ ${#restart[@]} -gt 0 ]; then bring_up; fi
}

renew_log_ids() {
  local service
  for service in "${SERVICES[@]}"; do
    printf "UPDATE \`%s\`.event_head SET log_id = UUID();\n" "$(schema_of "$service")"
  done | sql
}
