# How tools/dev talks: one line per step, and what to do next when a step fails.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }

step() { printf '==> %s\n' "$*"; }

warn() { printf 'warning: %s\n' "$*" >&2; }

# fail WHAT [WHAT-TO-DO…]: says both and ends the script.
fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

# quietly LOG WORDS COMMAND…: runs the command with its output in LOG. On failure the end of the
# log is printed. A long step says every minute that it is alive.
quietly() {
  local log=$1 words=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  local begin=$SECONDS
  printf '    %s … ' "$words"
  "$@" >"$log" 2>&1 &
  local pid=$! code=0
  RUNNING_STEP=$pid
  local next=$((SECONDS + 60))
  while kill -0 "$pid" 2>/dev/null; do
    if [ $SECONDS -ge $next ]; then
      printf '%ss … ' $((SECONDS - begin))
      next=$((SECONDS + 60))
    fi
    sleep 0.2
  done
  wait "$pid" || code=$?
  RUNNING_STEP=
  if [ $code -eq 0 ]; then
    printf 'ok (%ss)\n' $((SECONDS - begin))
    return 0
  fi
  printf 'FAILED (%ss)\n' $((SECONDS - begin))
  say "---- the end of ${log#"$ROOT"/}"
  tail -n "${QUIETLY_LINES:-80}" "$log"
  say "----"
  return "$code"
}

# at_exit COMMAND: commands run when the script ends, last added first.
AT_EXIT=()
at_exit() { AT_EXIT=("$*" ${AT_EXIT[@]+"${AT_EXIT[@]}"}); }

run_at_exit() {
  local code=$? command
  trap - EXIT
  set +e
  [ -z "${RUNNING_STEP:-}" ] || kill "$RUNNING_STEP" 2>/dev/null
  for command in ${AT_EXIT[@]+"${AT_EXIT[@]}"}; do
    eval "$command"
  done
  exit "$code"
}
trap run_at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

jobs_wanted() { printf '%s' "${SALESOPS_JOBS:-$(nproc)}"; }

# given_path PATH: a path as the caller meant it: from where they stand, else from the tree.
given_path() {
  case $1 in
    /*) printf '%s' "$1" ;;
    *) if [ -e "$CALLED_FROM/$1" ]; then realpath "$CALLED_FROM/$1"; else realpath -m "$ROOT/$1"; fi ;;
  esac
}
