# The database of an instance: a private MariaDB below var/, or the server that SALESOPS_DATABASE
# names. Per service there is one schema and there are two users who see nothing else:
#   <service>          reads and writes rows; this is who the running service is
#   <service>_migrate  may also create and alter tables; only `--migrate` uses it
# shellcheck shell=bash

uses_private_database() {
  [ -z "${SALESOPS_DATABASE:-}" ] || [ "$INSTANCE" = test ] || [ "$INSTANCE" = bench ]
}

database_folder() { printf '%s/database' "$VAR"; }

# A socket's path has at most 107 bytes; a tree that lies deep gets its socket elsewhere.
database_socket() {
  local path=$VAR/database.sock
  if [ ${#path} -gt 100 ]; then
    path=/tmp/salesops-$(id -u)-$(printf '%s' "$VAR" | sha256sum | cut -c1-16).sock
  fi
  printf '%s' "$path"
}

# parse_database_url URL: sets DB_USER DB_PASSWORD DB_HOST DB_PORT.
parse_database_url() {
  [[ $1 =~ ^mysql://([^:@/]+)(:([^@/]*))?@([^:/@]+)(:([0-9]+))?/?$ ]] ||
    fail "'$1' is not a database address" "Write it as mysql://user:password@host:port."
  DB_USER=${BASH_REMATCH[1]} DB_PASSWORD=${BASH_REMATCH[3]}
  DB_HOST=${BASH_REMATCH[4]} DB_PORT=${BASH_REMATCH[6]:-3306}
}

# sql: runs the statements of its input as administrator.
sql() {
  if uses_private_database; then
    mariadb --no-defaults --socket="$(database_socket)" --user="$(id -un)" --batch \
      --skip-column-names "$@"
  else
    parse_database_url "$SALESOPS_DATABASE"
    local tls=()
    [ -z "${SALESOPS_DATABASE_TLS_CA:-}" ] ||
      tls=(--ssl-ca="$SALESOPS_DATABASE_TLS_CA" --ssl-verify-server-cert)
    MYSQL_PWD=$DB_PASSWORD mariadb --no-defaults --protocol=tcp --host="$DB_HOST" \
      --port="$DB_PORT" --user="$DB_USER" ${tls[@]+"${tls[@]}"} --batch --skip-column-names "$@"
  fi
}

schema_of() { if uses_private_database; then printf '%s' "$1"; else printf '%s_%s' "$INSTANCE" "$1"; fi; }

# start_database: starts the private server, making its data folder on first use.
start_database() {
  local folder
  folder=$(database_folder)
  take_ports
  make_certificates database
  # A server deletes at its start whatever temporary tables it finds, those of another one as well:
  # each needs a folder of its own.
  mkdir -p "$VAR/tmp"
  write_database_settings >"$VAR/database.cnf"
  if [ ! -d "$folder/mysql" ]; then
    rm -rf "$folder" "$folder.new"
    mkdir -p "$folder.new"
    # Built beside its place and moved, so that an interrupted first start leaves nothing half made.
    quietly "$VAR/log/database_install.log" "creating the database files" \
      env TMPDIR="$VAR/tmp" mariadb-install-db --no-defaults --datadir="$folder.new" --user="$(id -un)" \
      --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
      --skip-test-db || fail "mariadb-install-db failed"
    mv "$folder.new" "$folder"
  fi
  running database || {
    rm -f "$(database_socket)"
    start_process database mariadbd --defaults-file="$VAR/database.cnf" --user="$(id -un)"
  }
  local end=$((SECONDS + 60))
  until sql -e 'SELECT 1' >/dev/null 2>&1; do
    if ! running database || [ $SECONDS -ge $end ]; then
      tail -n 30 "$VAR/log/database.log" >&2
      fail "the database of instance '$INSTANCE' does not start" \
        "Its words are above; tools/dev reset --instance $INSTANCE starts afresh (its data is lost)."
    fi
    sleep 0.1
  done
}

write_database_settings() {
  local folder tls
  folder=$(database_folder) tls=$(tls_folder)
  cat <<TEXT
# Written by tools/dev at every start.
[mariadbd]
datadir=$folder
tmpdir=$VAR/tmp
socket=$(database_socket)
pid-file=$folder/mariadbd.pid
bind-address=127.0.0.1
port=${PORT[database]}
skip-name-resolve
ssl-ca=$tls/ca.pem
ssl-cert=$tls/database.pem
ssl-key=$tls/database.key
character-set-server=utf8mb4
collation-server=utf8mb4_unicode_520_ci
max-connections=500
max-allowed-packet=64M
innodb-buffer-pool-size=512M
innodb-log-file-size=256M
performance-schema=OFF
TEXT
  if [ "$INSTANCE" = bench ]; then
    # The bench measures with and without TLS to the database.
    printf 'innodb-flush-log-at-trx-commit=1\n'
  elif [ "$INSTANCE" = test ]; then
    # Tests restart the server but never cut its power, so nothing needs to reach the disk.
    printf 'innodb-flush-log-at-trx-commit=0\ninnodb-doublewrite=OFF\ninnodb-flush-method=nosync\n'
  else
    # Passwords and rows never cross the wire in the clear, not even on loopback.
    printf 'require-secure-transport=ON\n'
  fi
}

stop_database() { ! uses_private_database || stop_process database 60; }

# create_schemas: schemas and users of every service. Run at each start; changes nothing twice.
create_schemas() {
  local service schema user host="'%'" ssl=''
  if uses_private_database; then host="'127.0.0.1'" ssl='REQUIRE SSL'; fi
  for service in "${SERVICES[@]}"; do
    schema=$(schema_of "$service")
    printf 'CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;\n' "$schema"
    for user in "$schema" "${schema}_migrate"; do
      printf "CREATE USER IF NOT EXISTS '%s'@%s IDENTIFIED BY '%s' %s;\n" "$user" "$host" "$(secret "$user")" "$ssl"
      printf "ALTER USER '%s'@%s IDENTIFIED BY '%s' %s;\n" "$user" "$host" "$(secret "$user")" "$ssl"
    done
    printf "GRANT SELECT, INSERT, UPDATE, DELETE ON \`%s\`.* TO '%s'@%s;\n" "$schema" "$schema" "$host"
    printf "GRANT ALL PRIVILEGES ON \`%s\`.* TO '%s_migrate'@%s;\n" "$schema" "$schema" "$host"
  done | sql
}

# start_test_database: a server that tests may fill as they like; exports where it is.
start_test_database() {
  use_instance test
  running database || at_exit "use_instance test; stop_database"
  start_database
  drop_leftover_schemas
  allow_test_user
  SALESOPS_TEST_DATABASE_TLS_CA="$(tls_folder)/ca.pem"
  export SALESOPS_TEST_DATABASE_TLS_CA
}

# A user who may create schemas and users; its address goes into the environment.
allow_test_user() {
  local password
  password=$(secret salesops_test)
  sql <<SQL
CREATE USER IF NOT EXISTS 'salesops_test'@'127.0.0.1' IDENTIFIED BY '$password';
ALTER USER 'salesops_test'@'127.0.0.1' IDENTIFIED BY '$password';
GRANT ALL PRIVILEGES ON *.* TO 'salesops_test'@'127.0.0.1' WITH GRANT OPTION;
SQL
  export SALESOPS_TEST_DATABASE="mysql://salesops_test:$password@127.0.0.1:${PORT[database]}"
}

# A test that was killed leaves its schema behind.
drop_leftover_schemas() {
  local schema
  sql -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN
          ('mysql','information_schema','performance_schema','sys')" |
    while read -r schema; do printf 'DROP DATABASE `%s`;\n' "$schema"; done | sql
}
