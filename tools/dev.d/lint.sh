# lint: what a machine can say about the text of the code.
# shellcheck shell=bash

TIDY_RECENT=60

cmd_lint() {
  local begin=$SECONDS
  require_packages "${RUN_PACKAGES[@]}" "${CHECK_PACKAGES[@]}"
  require_node_modules
  # Every part asks git for its files: without an answer there would be nothing to complain about.
  git rev-parse HEAD >/dev/null || fail "git does not accept this folder" "Its words are above."
  FAILED_PARTS=()
  step "Lint"
  lint_part "clang-format" check_format "Fix with: tools/dev format"
  lint_part "buf lint" check_contract_style
  lint_part "buf breaking" check_contract_changes
  lint_part "include rules" tests/include_rules
  lint_part "words of errors" tests/error_messages.mjs "Read them; then: tests/error_messages.mjs --write"
  lint_part "shellcheck" check_scripts
  lint_part "docs of the api" check_api_docs "Write them anew with: tools/dev reference"
  build_generated_headers
  if ! tidy_files "$(recently_changed "$TIDY_RECENT")"; then FAILED_PARTS+=("clang-tidy"); fi
  [ ${#FAILED_PARTS[@]} -eq 0 ] ||
    fail "lint failed after $((SECONDS - begin)) s: $(printf '%s; ' "${FAILED_PARTS[@]}")"
  say "Lint is clean ($((SECONDS - begin)) s)."
}

# lint_part NAME COMMAND [HINT]
lint_part() {
  local log=$ROOT/var/log/lint-${1//[^a-z]/_}.log
  if ! quietly "$log" "$1" "$2"; then
    FAILED_PARTS+=("$1")
    [ -z "${3:-}" ] || say "$3"
  elif [ -s "$log" ]; then
    sed 's/^/      /' "$log"
  fi
}

check_format() { sources | xargs -r clang-format-16 --dry-run -Werror --ferror-limit=5; }

buf() { "$ROOT/proto/node_modules/.bin/buf" "$@"; }

check_contract_style() { (cd proto && buf lint); }

# Against the contracts of the commit that proto/BASELINE names. buf needs the third-party files
# beside ours, so that commit's proto/ is laid out in a folder with our node_modules linked in.
check_contract_changes() {
  if [ ! -e proto/BASELINE ]; then
    say "proto/BASELINE is absent: nothing has been promised yet, so nothing can break"
    return 0
  fi
  local baseline folder
  baseline=$(tr -d '[:space:]' <proto/BASELINE)
  git cat-file -e "$baseline^{commit}" 2>/dev/null || {
    if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
      say "proto/BASELINE names $baseline, which this shallow clone does not have: not compared"
      return 0
    fi
    say "proto/BASELINE names $baseline, which this clone does not have; fetch the whole history"
    return 1
  }
  folder=$ROOT/var/baseline
  rm -rf "$folder"
  mkdir -p "$folder"
  git archive "$baseline" proto | tar -x -C "$folder"
  ln -s "$ROOT/proto/node_modules" "$folder/proto/node_modules"
  (cd proto && buf breaking --against "$folder/proto")
}

scripts() {
  git ls-files -co --exclude-standard | while read -r file; do
    case ${file##*/} in
      *.sh) printf '%s\n' "$file" ;;
      *.*) ;;
      *) if [ -f "$file" ] && head -n 1 "$file" | grep -qE '^#!.*\b(ba|da)?sh\b'; then printf '%s\n' "$file"; fi ;;
    esac
  done
}

check_scripts() { scripts | xargs -r shellcheck -x; }

# recently_changed N: the N .cc files whose last change is most recent.
recently_changed() {
  {
    git diff --name-only HEAD -- '*.cc'
    git ls-files -o --exclude-standard -- '*.cc'
    git log --format= --name-only -- '*.cc'
  } | awk '!seen[$0]++' | while read -r file; do
    [ ! -e "$file" ] || printf '%s\n' "$file"
  done | head -n "$1"
}

# clang-tidy reads the same commands and generated headers as the release build.
build_generated_headers() {
  configure release
  quietly "$ROOT/var/log/build-generated.log" "generated headers" cmake --build build \
    --target build.ninja || fail "the build files could not be made"
  local generated
  mapfile -t generated < <(ninja -C build -t targets all | sed -n 's/^\([^:]*\.h\): CUSTOM_COMMAND.*/\1/p')
  [ ${#generated[@]} -eq 0 ] ||
    quietly "$ROOT/var/log/build-generated.log" "generated headers" \
      cmake --build build -j"$(jobs_wanted)" --target "${generated[@]}" || fail "protoc failed"
}

# tidy_files LIST: clang-tidy on each file, two at a time. A file that was clean is not read again
# until it, a header of ours, or the settings change.
tidy_files() {
  local list=$1 cache=$ROOT/var/tidy settings
  mkdir -p "$cache"
  settings=$({
    clang-tidy-16 --version
    cat .clang-tidy
    git ls-files -co --exclude-standard -- '*.proto' | xargs -r cat
  } | sha256sum)
  export -f tidy_one tidy_key
  export TIDY_CACHE=$cache TIDY_SETTINGS=$settings
  # Without the precompiled headers: a file includes what it needs itself.
  sed -E 's/ -Winvalid-pch( -Xclang -include(-pch)? -Xclang [^ ]*)+//' build/compile_commands.json \
    >"$cache/compile_commands.json"
  local known
  known=$(sed -n 's/^ *"file": "\(.*\)",*$/\1/p' build/compile_commands.json)
  # A file that no target of this build compiles (another platform, a fuzz target) has no command.
  list=$(while read -r file; do
    if grep -qxF "$ROOT/$file" <<<"$known"; then printf '%s\n' "$file"; fi
  done <<<"$list")
  [ -n "$list" ] || return 0
  QUIETLY_LINES=300 quietly "$ROOT/var/log/lint-tidy.log" \
    "clang-tidy on $(wc -l <<<"$list") files" tidy_list "$list"
}

tidy_list() { xargs -r -n1 -P "$(jobs_wanted)" bash -c 'tidy_one "$0"' <<<"$1"; }

# tidy_key FILE: a hash of all that its result depends on: itself and every header of ours that it
# reaches, by name.
tidy_key() {
  local todo=("$1") file header
  local -A seen=()
  while [ ${#todo[@]} -gt 0 ]; do
    file=${todo[-1]}
    unset 'todo[-1]'
    [ -z "${seen[$file]:-}" ] || continue
    seen[$file]=1
    while read -r header; do
      [ ! -e "$header" ] || todo+=("$header")
    done < <(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file")
  done
  { printf '%s\n' "$TIDY_SETTINGS"; printf '%s\n' "${!seen[@]}" | sort | xargs sha256sum; } |
    sha256sum | cut -c1-32
}

# A file takes 5 to 30 seconds; one that takes minutes would hold up everything after it.
tidy_one() {
  local key
  key=$(tidy_key "$1")
  [ ! -e "$TIDY_CACHE/$key" ] || return 0
  local out code=0
  out=$(timeout --foreground 240 clang-tidy-16 --quiet -p "$TIDY_CACHE" "$1" 2>/dev/null) || code=$?
  case $code in
    0) touch "$TIDY_CACHE/$key" && return 0 ;;
    124)
      printf '%s: clang-tidy was ended after 240 s. Find the check with --checks=-*,NAME; ' "$1"
      printf '%s\n' "std::move within nested braces has done this (bugprone-use-after-move)."
      ;;
    *) printf '%s\n' "$out" ;;
  esac
  return 1
}
