# A real MySQL server for `tools/dev test --full=mysql`, since Debian 12 has MariaDB only: Debian
# unstable's mysql-server in a folder of its own, run there through chroot. Needs root.
# shellcheck shell=bash

# start_mysql: makes the server's root on first use (var/mysql/root, a gigabyte), starts it with an
# empty data folder, and exports where tests find it. It ends with this script.
start_mysql() {
  [ "$(id -u)" -eq 0 ] || fail "building a MySQL server here needs root" \
    "Or name one: SALESOPS_MYSQL=mysql://root:password@127.0.0.1:3306 tools/dev test --full=mysql"
  use_instance mysql
  take_ports
  make_certificates database
  local root=$VAR/root
  make_mysql_root "$root"
  ! running mysql || stop_process mysql
  umount "$root/dev" 2>/dev/null || true
  mount --bind /dev "$root/dev"
  at_exit "use_instance mysql; stop_process mysql 60; umount '$root/dev'"
  rm -rf "$root/srv/data" "$root/srv/tls"
  mkdir -p "$root/srv/tls"
  cp "$(tls_folder)"/{ca.pem,database.pem,database.key} "$root/srv/tls/"
  chown -R "$(stat -c %u:%g "$root/var/lib/mysql")" "$root/srv"
  quietly "$VAR/log/initialize.log" "creating the database files" \
    in_mysql_root mysqld --no-defaults --user=mysql --datadir=/srv/data --initialize-insecure ||
    fail "mysqld --initialize failed"
  local password
  password=$(secret salesops_test)
  cat >"$root/srv/init.sql" <<SQL
CREATE USER 'salesops_test'@'127.0.0.1' IDENTIFIED BY '$password';
GRANT ALL PRIVILEGES ON *.* TO 'salesops_test'@'127.0.0.1' WITH GRANT OPTION;
SQL
  start_process mysql chroot "$root" /usr/sbin/mysqld --no-defaults --user=mysql \
    --datadir=/srv/data --socket=/srv/sock --pid-file=/srv/pid --mysqlx=OFF --skip-name-resolve \
    --bind-address=127.0.0.1 --port="${PORT[database]}" --init-file=/srv/init.sql \
    --ssl-ca=/srv/tls/ca.pem --ssl-cert=/srv/tls/database.pem --ssl-key=/srv/tls/database.key \
    --character-set-server=utf8mb4 --collation-server=utf8mb4_unicode_520_ci \
    --max-connections=300 --disable-log-bin --innodb-flush-log-at-trx-commit=0
  export SALESOPS_TEST_DATABASE="mysql://salesops_test:$password@127.0.0.1:${PORT[database]}"
  SALESOPS_TEST_DATABASE_TLS_CA="$(tls_folder)/ca.pem"
  export SALESOPS_TEST_DATABASE_TLS_CA
  local end=$((SECONDS + 120))
  until in_mysql_root mysqladmin --no-defaults --socket=/srv/sock --user=root ping >/dev/null 2>&1; do
    if ! running mysql || [ $SECONDS -ge $end ]; then
      tail -n 20 "$VAR/log/mysql.log" >&2
      fail "MySQL does not start"
    fi
    sleep 0.2
  done
  say "    $(in_mysql_root mysqld --version)"
}

in_mysql_root() {
  chroot "$VAR/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@" </dev/null
}

make_mysql_root() {
  local root=$1
  [ ! -x "$root/usr/sbin/mysqld" ] || return 0
  command -v debootstrap >/dev/null || require_packages debootstrap
  rm -rf "$root.new"
  mkdir -p "$VAR/log"
  quietly "$VAR/log/debootstrap.log" "building a root with mysql-server (debootstrap sid)" \
    debootstrap --variant=minbase --include=mysql-server sid "$root.new" \
    ${SALESOPS_DEBIAN_MIRROR:+"$SALESOPS_DEBIAN_MIRROR"} || {
    tail -n 20 "$root.new/debootstrap/debootstrap.log" "$VAR/log/debootstrap.log" >&2
    fail "debootstrap could not make it"
  }
  mv "$root.new" "$root"
}
