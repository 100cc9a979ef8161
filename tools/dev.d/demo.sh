# demo: from nothing to a loaded suite, through the public API alone.
# shellcheck shell=bash

cmd_demo() {
  local data='' stop_at_end='' scale=1 company_options=()
  while [ $# -gt 0 ]; do
    case $1 in
      --exit) stop_at_end=1 ;;
      --data | --scale | --seed)
        [ $# -ge 2 ] || fail "$1 needs a value"
        case $1 in
          --data) data=$2 ;;
          --scale) company_options+=(--scale "$2") scale=$2 ;;
          --seed) company_options+=(--seed "$2") ;;
        esac
        shift
        ;;
      *) fail "demo does not know '$1'" "tools/dev demo [--data FOLDER] [--scale N] [--seed S] [--exit]" ;;
    esac
    shift
  done
  if [ -n "$data" ]; then
    data=$(given_path "$data")
    choose_data "$data"
  fi

  local begin=$SECONDS
  require_packages "${RUN_PACKAGES[@]}"
  require_node_modules
  step "Building"
  local targets
  mapfile -t targets < <(stack_targets "$ROOT")
  build_preset release "${targets[@]}" salesopsctl company_generator
  at_exit stop_failed_demo
  bring_up
  use_client
  if [ -n "$data" ]; then
    load_export "$data"
  else
    load_generated_company ${company_options[@]+"${company_options[@]}"}
  fi
  report
  show_commands
  DEMO_DONE=1
  say
  if [ -n "$stop_at_end" ]; then
    take_down
    say "The demo worked ($((SECONDS - begin)) s); everything it started has been stopped."
  else
    say "The demo worked ($((SECONDS - begin)) s); instance '$INSTANCE' keeps running. Next: the commands above, tools/dev status, tools/dev down."
  fi
}

stop_failed_demo() {
  [ -z "${DEMO_DONE:-}" ] || return 0
  take_down
  say "The demo failed; instance '$INSTANCE' has been stopped. Its logs are in ${VAR#"$ROOT"/}/log/."
}

# A folder of one's own data has its own instance and its own mapping file.
choose_data() {
  [ -d "$1" ] || fail "there is no folder $1"
  local name
  name=$(basename "$(realpath "$1")")
  MAPPING=$ROOT/tools/mappings/$name.json
  [ -e "$MAPPING" ] || fail "there is no mapping for $name" \
    "Write tools/mappings/$name.json; tools/mappings/README.md says how, maven_crm.json is an example."
  if [ "$INSTANCE" = "${SALESOPS_INSTANCE:-dev}" ]; then
    name=$(printf '%s' "$name" | tr -dc 'a-z0-9' | cut -c1-16)
    use_instance "$name"
  fi
}

# The client of this instance, as administrator.
use_client() {
  export SALESOPS_SERVER=localhost:${PORT[gateway_grpc]}
  SALESOPS_CA=$(tls_folder)/ca.pem
  SALESOPS_TOKEN=$(issue_token admin "$ADMIN_GROUP" 7200)
  export SALESOPS_CA SALESOPS_TOKEN
}

ctl() { "$ROOT/build/tools/salesopsctl/salesopsctl" "$@"; }

load_generated_company() {
  local rows=$VAR/company
  step "Loading a generated company (tools/company/README.md)"
  build/tools/company/company --out "$rows" "$@" | sed 's/^/    /'
  TODAY=2025-12-31
  local collection
  load_working_calendar
  for collection in departments teams; do import_rows $collection; done
  create_rows jobRoles job_roles
  for collection in sellers assignments; do import_rows $collection; done
  create_rows accessRoles access_roles
  create_rows grants grants
  create_rows salesProcesses sales_processes
  create_rows salesProcessVersions sales_process_versions
  publish salesProcesses/standard/versions/v1
  wait_for_roster import accounts --source company --file "$rows/accounts.jsonl"
  for collection in accounts products contacts opportunities; do import_rows $collection; done
}

# The holidays and make-up days of mainland China, which ship with the suite.
load_working_calendar() {
  tr -d '\n' <services/organization/calendars/china_mainland.json |
    ctl import calendars --source state-council --file - 2>&1 | sed 's/^/    /' ||
    fail "the working calendar was not taken"
}

import_rows() {
  ctl import "$1" --source company --file "$rows/$1.jsonl" 2>&1 | sed 's/^/    /' ||
    fail "not every row of $1 was taken"
}

create_rows() {
  ctl create "$1" --file "$rows/$2.jsonl" 2>&1 | sed 's/^/    /' || fail "$1 could not be created"
}

# A published version never changes again, so a second run leaves it alone.
publish() {
  ctl -o json get "$1" | grep -q STATE_PUBLISHED ||
    ctl "do" publish "$1" >/dev/null || fail "$1 could not be published"
}

# Pipeline learns of sellers by events, moments after organization stored them. A dry run says when.
wait_for_roster() {
  local end=$((SECONDS + 60))
  until ctl "$@" --dry_run >"$VAR/log/roster.log" 2>&1; do
    [ $SECONDS -lt $end ] || {
      tail -n 20 "$VAR/log/roster.log" >&2
      fail "the rows are not accepted" "See ${VAR#"$ROOT"/}/log/roster.log."
    }
    sleep 0.5
  done
}

load_export() {
  local data=$1 stem=${MAPPING%.json} version import
  step "Loading $data through ${MAPPING#"$ROOT"/}"
  TODAY=$(sed -n 's/.*"today": *"\([0-9-]*\)".*/\1/p' "$MAPPING")
  TODAY=${TODAY:-$(date +%F)}
  if [ -e "$stem.sales_processes.jsonl" ]; then
    ctl create salesProcesses --file "$stem.sales_processes.jsonl" 2>&1 | sed 's/^/    /'
    ctl create salesProcessVersions --file "$stem.sales_process_versions.jsonl" 2>&1 | sed 's/^/    /'
    while read -r version; do publish "$version"; done < <(
      sed -nE 's/.*"parent": *"([^"]*)".*"salesProcessVersionId": *"([^"]*)".*/\1\/versions\/\2/p' \
        "$stem.sales_process_versions.jsonl"
    )
  fi
  local code=0 rejects
  while read -r import; do
    # Only opportunities name sellers.
    [ "$import" != opportunities ] ||
      wait_for_roster import "$import" --mapping "$MAPPING" --folder "$data"
    rejects=$VAR/rejects-$import.csv
    ctl import "$import" --mapping "$MAPPING" --folder "$data" --rejects "$rejects" 2>&1 |
      sed 's/^/    /' || code=$?
    [ $code -eq 0 ] || fail "rows of $import were not taken" "Each with its reason: ${rejects#"$ROOT"/}"
  done < <(import_names)
  check_against_files "$data"
}

# The names of a mapping's imports, in its order.
import_names() {
  node -e 'for (const name in JSON.parse(require("fs").readFileSync(process.argv[1])).imports) console.log(name)' "$MAPPING"
}

# What the files say, counted without the suite, must come back from its queries.
check_against_files() {
  [ -e "$1/sales_pipeline.csv" ] || return 0
  awk -F, '{ sub(/\r$/, "") } NR > 1 { count[$5]++; if ($5 == "Won") won += $8 }
    END { for (stage in count) print tolower(stage), count[stage]; print "won_value", won }' \
    "$1/sales_pipeline.csv" >"$VAR/expected"
  EXPECTED=$VAR/expected
}

report() {
  step "What the suite says (HTTP/JSON through the gateway)"
  NODE_EXTRA_CA_CERTS=$SALESOPS_CA node "$ROOT/tools/dev.d/report.mjs" \
    "https://localhost:${PORT[gateway_http]}" "$TODAY" "${EXPECTED:-}" ||
    fail "the report failed" "Its words are above."
}

# show_commands: prints commands to copy, after trying each of them.
show_commands() {
  local ca=${SALESOPS_CA#"$ROOT"/} at="--instance $INSTANCE" name
  [ "$INSTANCE" != dev ] || at=''
  name=$(ctl -o json list opportunities --limit 1 2>/dev/null | sed -nE 's/.*"name": ?"(opportunities\/[^"\/]*)".*/\1/p' | head -n 1)
  local commands=(
    "export TOKEN=\$(tools/dev token --as admin --groups $ADMIN_GROUP${at:+ $at})"
    "curl -fsS --cacert $ca -H \"Authorization: Bearer \$TOKEN\" 'https://localhost:${PORT[gateway_http]}/pipeline/v1/$name'"
    "proto/node_modules/.bin/buf curl --protocol grpc --cacert $ca -H \"Authorization: Bearer \$TOKEN\" -d '{\"name\":\"$name\"}' https://localhost:${PORT[gateway_grpc]}/salesops.pipeline.v1.OpportunityService/GetOpportunity"
    "SALESOPS_TOKEN=\$TOKEN build/tools/salesopsctl/salesopsctl --server localhost:${PORT[gateway_grpc]} --ca $ca list opportunities --filter 'state = STATE_OPEN' --order-by 'amount desc' --limit 5"
  )
  step "Commands to copy (each was just tried)"
  local script=$VAR/commands.sh
  { printf 'set -e\ncd %q\n' "$ROOT"; printf '%s >/dev/null\n' "${commands[@]}"; } |
    sed 's/^\(export .*\) >\/dev\/null$/\1/' >"$script"
  env -u SALESOPS_SERVER -u SALESOPS_CA -u SALESOPS_TOKEN bash "$script" 2>"$VAR/log/commands.log" || {
    tail -n 20 "$VAR/log/commands.log" >&2
    fail "a command of the tour does not work" "They are in ${script#"$ROOT"/}."
  }
  printf '  %s\n' "${commands[@]}"
}
