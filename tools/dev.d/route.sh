# route METHOD PATH: which rpc serves a request, where its contract is and where its handler is.
# Reads the google.api.http rules in proto/, so it works without a build.
# shellcheck shell=bash

cmd_route() {
  [ $# -eq 2 ] || fail "which request?" "tools/dev route GET /pipeline/v1/opportunities/7"
  local method=${1^^} path=${2%%\?*} found=0 other_methods=''
  local verb template service rpc permission where
  while IFS=$'\t' read -r verb template service rpc permission where; do
    [[ $path =~ $(template_pattern "$template") ]] || continue
    if [ "$verb" != "$method" ]; then
      other_methods+="${other_methods:+, }$verb"
      continue
    fi
    found=1
    printf '%-11s %s.%s\n%-11s %s %s\n%-11s %s\n' rpc "$service" "$rpc" rule "$verb" "$template" contract "$where"
    [ -z "$permission" ] || printf '%-11s %s\n' permission "$permission"
    print_handler "$service" "$rpc"
  done < <(http_rules)
  [ $found -eq 1 ] && return 0
  [ -z "$other_methods" ] || fail "no rpc serves $method $path" "This path takes: $other_methods"
  fail "no rpc serves $method $path" "Every path begins with /<service>/v1/; the rules are in proto/salesops/*/v1/."
}

# http_rules: one line per rule: verb, template, package.Service, rpc, permission, file:line.
http_rules() {
  find proto/salesops -name '*.proto' | sort | xargs awk '
    function emit(    i) {
      for (i = 1; i <= rules; i++)
        printf "%s\t%s\t%s.%s\t%s\t%s\t%s\n", verbs[i], templates[i], package, service, rpc, permission, where
      rules = 0; permission = ""
    }
    { sub(/[ \t]*\/\/.*/, "") }
    /^package / { emit(); package = $2; sub(/;/, "", package) }
    /^service / { emit(); service = $2; sub(/{.*/, "", service) }
    /^ *rpc / { emit(); rpc = $2; sub(/\(.*/, "", rpc); where = FILENAME ":" FNR }
    {
      line = $0
      while (match(line, /(get|put|post|patch|delete) *: *"[^"]*"/)) {
        rule = substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        verb = rule; sub(/ *:.*/, "", verb)
        sub(/^[^"]*"/, "", rule); sub(/"$/, "", rule)
        rules++; verbs[rules] = toupper(verb); templates[rules] = rule
      }
      if (match($0, /permission *: *"[^"]*"/)) {
        permission = substr($0, RSTART, RLENGTH)
        sub(/^[^"]*"/, "", permission); sub(/"$/, "", permission)
      }
    }
    END { emit() }'
}

# template_pattern TEMPLATE: an extended regular expression for google.api.http path templates:
# {name=teams/*} is teams/[^/]+, {name} is one segment, ** is any rest.
template_pattern() {
  printf '%s' "$1" | sed -E '
    s/[.+?()|^$]/\\&/g
    s/\{[a-z0-9_\\.]+\}/*/g
    s/\{[a-z0-9_\\.]+=([^}]*)\}/\1/g
    s/\*\*/\x01/g
    s/\*/[^\/:]+/g
    s/\x01/.+/g
    s/.*/^&$/'
}

# Where the rpc is served: a method of its own, bound by name in Bind(), or one of the standard
# methods, which are written once for every resource.
print_handler() {
  local package=${1%.*} rpc=$2 folder bound method handlers
  folder=services/$(printf '%s' "$package" | cut -d. -f2)/api
  bound=$(grep -hE "\"$rpc\", *[a-z_]+, *&" "$folder"/*.cc 2>/dev/null | head -n 1 || true)
  if [ -n "$bound" ]; then
    method=$(printf '%s' "$bound" | sed -E 's/.*&([A-Za-z]+::[A-Za-z]+).*/\1/')
    handlers=$(grep -nE "$method\(" "$folder"/*.cc | cut -d: -f1,2 | head -n 1 || true)
  elif [[ $rpc =~ ^(Get|List|Create|BatchCreate|Update|Archive|Unarchive|BatchGet|Export|Import) ]]; then
    handlers=$(standard_handler "${BASH_REMATCH[1]}")
  else
    handlers=$(grep -nE "\"$rpc\"" shared/*/*.cc 2>/dev/null | cut -d: -f1,2 | head -n 1 || true)
  fi
  printf '%-11s %s\n' handler "${handlers:-none found in $folder}"
}

standard_handler() {
  case $1 in
    Export) grep -nH 'class StandardMethods::ExportProducer' shared/resource/streams.cc ;;
    Import) grep -nH 'class StandardMethods::ImportExchange' shared/resource/streams.cc ;;
    Unarchive) standard_handler Archive ;;
    *) grep -nHE "StandardMethods::$1\(" shared/resource/standard_methods.cc ;;
  esac | cut -d: -f1,2 | head -n 1
}
