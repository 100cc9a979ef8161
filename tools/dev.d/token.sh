# token: a bearer token signed with the instance's development key (JWT, RFC 7519, RS256).
# shellcheck shell=bash

cmd_token() {
  local subject='' groups='' ttl=3600
  while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || fail "$1 needs a value" "tools/dev token --as SUBJECT [--groups a,b] [--ttl SECONDS]"
    case $1 in
      --as) subject=$2 ;;
      --groups) groups=$2 ;;
      --ttl) ttl=$2 ;;
      *) fail "token does not know '$1'" "tools/dev token --as SUBJECT [--groups a,b] [--ttl SECONDS]" ;;
    esac
    shift 2
  done
  [ -n "$subject" ] || fail "whose token?" "tools/dev token --as SUBJECT [--groups a,b] [--ttl SECONDS]"
  [[ $ttl =~ ^-?[0-9]+$ ]] || fail "--ttl is a number of seconds, not '$ttl'"
  make_keys
  issue_token "$subject" "$groups" "$ttl"
  printf '\n'
}

# issue_token SUBJECT GROUPS SECONDS: prints it without a newline.
issue_token() {
  local now header claims group list=''
  now=$(date +%s)
  for group in ${2//,/ }; do list+=${list:+,}$(json_string "$group"); done
  header="{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"$TOKEN_KEY_ID\"}"
  claims="{\"iss\":\"$TOKEN_ISSUER\",\"aud\":\"$(token_audience)\",\"sub\":$(json_string "$1")"
  claims+=",\"groups\":[$list],\"iat\":$now,\"exp\":$((now + $3))}"
  local signed
  signed=$(printf '%s' "$header" | base64url).$(printf '%s' "$claims" | base64url)
  printf '%s.%s' "$signed" \
    "$(printf '%s' "$signed" | openssl dgst -sha256 -sign "$VAR/secrets/token.key" -binary | base64url)"
}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

json_string() {
  local text=$1
  [[ $text != *[[:cntrl:]]* ]] || fail "a name cannot hold control characters"
  text=${text//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}
