# The development certificate authority of an instance, its certificates, and its keys.
# shellcheck shell=bash

tls_folder() { printf '%s/tls' "$VAR"; }

# make_certificates NAME…: one CA, and for each name a certificate that serves and calls. Files are
# kept until they are about to expire, so clients can keep trusting the CA.
make_certificates() {
  local tls name
  tls=$(tls_folder)
  mkdir -p "$tls"
  chmod 700 "$tls"
  if ! still_valid "$tls/ca.pem"; then
    rm -f "$tls"/*.pem "$tls"/*.key
    openssl ecparam -name prime256v1 -genkey -noout -out "$tls/ca.key" 2>/dev/null
    openssl req -x509 -new -key "$tls/ca.key" -sha256 -days 3650 -out "$tls/ca.pem" \
      -subj "/O=salesops development/CN=salesops $INSTANCE CA" \
      -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign
  fi
  for name in "$@"; do
    still_valid "$tls/$name.pem" || make_certificate "$tls" "$name"
  done
}

still_valid() { [ -e "$1" ] && openssl x509 -in "$1" -noout -checkend 2592000 >/dev/null; }

make_certificate() {
  local tls=$1 name=$2
  # The names a caller may use: one process may stand on any of these loopback addresses, as
  # replicas do. The URI says which service it is; methods that allow a service ask for it.
  local names="DNS:localhost,DNS:$name,DNS:$name.salesops.test,URI:spiffe://salesops/$name"
  local last
  for last in 1 2 3 4; do names+=",IP:127.0.0.$last"; done
  openssl ecparam -name prime256v1 -genkey -noout -out "$tls/$name.key.new" 2>/dev/null
  openssl req -new -key "$tls/$name.key.new" -subj "/O=salesops development/CN=$name" \
    -out "$tls/$name.csr"
  openssl x509 -req -in "$tls/$name.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial \
    -sha256 -days 800 -out "$tls/$name.pem.new" 2>/dev/null \
    -extfile <(printf '%s\n' "subjectAltName=$names" "extendedKeyUsage=serverAuth,clientAuth" \
      "keyUsage=critical,digitalSignature" "basicConstraints=critical,CA:false")
  rm "$tls/$name.csr"
  chmod 600 "$tls/$name.key.new"
  mv "$tls/$name.key.new" "$tls/$name.key"
  mv "$tls/$name.pem.new" "$tls/$name.pem"
}

# What signs tokens in this instance, and what seals page tokens.
TOKEN_KEY_ID=dev-1
TOKEN_ISSUER=https://issuer.salesops.test

token_audience() { printf 'salesops-%s' "$INSTANCE"; }

make_keys() {
  mkdir -p "$VAR/secrets" "$VAR/token_keys"
  chmod 700 "$VAR/secrets"
  local private=$VAR/secrets/token.key public=$VAR/token_keys/$TOKEN_KEY_ID.pem
  if [ ! -e "$private" ] || [ ! -e "$public" ]; then
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$private" 2>/dev/null
    chmod 600 "$private"
    openssl pkey -in "$private" -pubout -out "$public"
  fi
  secret page_token >/dev/null
}

# secret NAME: prints it; made on first use, 32 random bytes as hex digits, readable by us alone.
secret() {
  local file=$VAR/secrets/$1
  if [ ! -e "$file" ]; then
    mkdir -p "$VAR/secrets"
    (umask 077 && openssl rand -hex 32 | tr -d '\n' >"$file")
  fi
  cat "$file"
}
