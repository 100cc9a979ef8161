# test: everything that must hold, through ctest.
# shellcheck shell=bash

shared_data() { printf '%s' "${SALESOPS_SHARED_DATA:-$(realpath -m "$ROOT/../shared/data")}"; }

require_shared_data() {
  SALESOPS_SHARED_DATA=$(shared_data)
  export SALESOPS_SHARED_DATA
  [ ! -d "$SALESOPS_SHARED_DATA/maven_crm" ] || return 0
  [ "${CI:-}" != true ] ||
    fail "the shared data is missing: $SALESOPS_SHARED_DATA" \
      "With CI=true its tests must run; put it there or set SALESOPS_SHARED_DATA."
  say "    (no shared data at $SALESOPS_SHARED_DATA: the tests that read it will say so and skip)"
}

cmd_test() {
  local part=''
  for argument in "$@"; do
    case $argument in
      --full=*) part=${argument#--full=} ;;
      *) fail "test does not know '$argument'" "Use: tools/dev test [--full=PART]" ;;
    esac
  done
  local begin=$SECONDS
  require_packages "${RUN_PACKAGES[@]}" "${CHECK_PACKAGES[@]}"
  require_node_modules
  require_npm_packages clients/typescript
  require_npm_packages tests/openapi
  require_shared_data
  if [ -n "$part" ]; then
    run_full_part "$part"
    return
  fi
  FAILED_PARTS=()
  step "Tests of the release build"
  build_preset release
  start_test_database
  run_ctest release "unit tests" -L unit -j "$(jobs_wanted)"
  run_ctest release "tests with several processes" -LE 'unit|bench|soak|upgrade'
  # One tree, made by clang with both sanitizers and coverage feedback, serves the unit tests and the
  # fuzz targets: compiling everything a third time would cost more than it finds.
  step "Unit tests under AddressSanitizer and UBSan"
  build_tests_of fuzz -L unit
  run_ctest fuzz "unit tests, sanitized" -L unit -j "$(jobs_wanted)"
  step "Fuzz targets, ${SALESOPS_FUZZ_SECONDS:=20} s each"
  run_fuzz "$SALESOPS_FUZZ_SECONDS"
  [ ${#FAILED_PARTS[@]} -eq 0 ] ||
    fail "failed after $((SECONDS - begin)) s: $(printf '%s; ' "${FAILED_PARTS[@]}")" \
      "The words of each failed test are above; var/log/ctest-*.log has everything."
  say "All tests passed in $((SECONDS - begin)) s."
}

# run_ctest PRESET WORDS CTEST-ARGUMENTS…: remembers a failure and goes on, so that one run shows
# everything that is wrong.
run_ctest() {
  local preset=$1 words=$2 log
  shift 2
  log=$ROOT/var/log/ctest-$preset-${words//[^a-z]/_}.log
  export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  export LSAN_OPTIONS=suppressions=$ROOT/tests/lsan_suppressions.txt:print_suppressions=0
  QUIETLY_LINES=400 quietly "$log" "$words" ctest --test-dir "$(build_folder "$preset")" \
    --output-on-failure --no-tests=ignore "$@" || FAILED_PARTS+=("$words ($preset)")
  grep -E '^[0-9]+% tests passed|^No tests' "$log" | sed 's/^/      /' || true
}

# build_tests_of PRESET CTEST-SELECTION…: only the programs of the selected tests.
build_tests_of() {
  local preset=$1 targets
  shift
  configure "$preset"
  # The list of tests is written when the tree is configured; ask for that after any change.
  quietly "$ROOT/var/log/configure-$preset.log" "checking the $preset build files" \
    cmake --build "$(build_folder "$preset")" --target build.ninja ||
    fail "the $preset build files could not be made" "See var/log/configure-$preset.log."
  mapfile -t targets < <(test_programs "$(build_folder "$preset")" "$@")
  [ ${#targets[@]} -eq 0 ] || build_preset "$preset" "${targets[@]}"
}

# test_programs FOLDER CTEST-SELECTION…: the programs of the selected tests, built or not. ctest does
# not say the command of a test whose program is missing, so its files are read.
test_programs() {
  local folder=$1
  shift
  {
    ctest --test-dir "$folder" -N "$@" | sed -n 's/^ *Test *#[0-9]*: /selected /p'
    find "$folder" -name CTestTestfile.cmake -exec cat {} + |
      sed -nE 's/^add_test\((\[=\[)?([^] "]+)(\]=\])? "([^"]+)".*/command \2 \4/p'
  } | awk -v build="$ROOT/$folder/" '
    $1 == "selected" { selected[$2] = 1 }
    $1 == "command" && ($2 in selected) && index($3, build) == 1 {
      sub(/.*\//, "", $3); print $3
    }' | sort -u
}

# run_fuzz SECONDS: each target for that long, from the corpus kept in tests/fuzz/corpus/TARGET. New
# inputs that reach new code are collected below var/ and can be added to the corpus by hand.
run_fuzz() {
  local seconds=$1 targets target
  # A fuzz target is a file named *_fuzz.cc; its program has the same name.
  mapfile -t targets < <(git ls-files -co --exclude-standard -- '*_fuzz.cc' | xargs -r -n1 basename -s .cc)
  # SALESOPS_FUZZ_TARGETS="a_fuzz b_fuzz": only those.
  [ -z "${SALESOPS_FUZZ_TARGETS:-}" ] || read -ra targets <<<"$SALESOPS_FUZZ_TARGETS"
  if [ ${#targets[@]} -eq 0 ]; then
    say "    no fuzz targets"
    return
  fi
  build_preset fuzz "${targets[@]}"
  # One for each core at a time.
  local running=0
  for target in "${targets[@]}"; do
    fuzz_one "$target" "$seconds" &
    running=$((running + 1))
    [ $running -lt "$(jobs_wanted)" ] || { wait -n || true; running=$((running - 1)); }
  done
  wait
  for target in "${targets[@]}"; do
    [ -e "$ROOT/var/fuzz/$target.passed" ] || FAILED_PARTS+=("fuzz $target")
  done
}

# fuzz_one TARGET SECONDS: leaves var/fuzz/TARGET.passed if all went well.
fuzz_one() {
  local target=$1 seconds=$2 corpus found words code=0
  corpus=$ROOT/tests/fuzz/corpus/$target
  found=$ROOT/var/fuzz/$target
  mkdir -p "$corpus" "$found"
  rm -f "$found.passed"
  # Its words come at its end, as several run at once.
  words=$(quietly "$ROOT/var/log/fuzz-$target.log" "$target" \
    "$(find build-fuzz -type f -name "$target" -perm -u+x | head -n 1)" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found." "$found" "$corpus") || code=$?
  say "$words"
  [ $code -ne 0 ] || : >"$found.passed"
}

# The libraries with threads of their own, and what of their tests ThreadSanitizer cannot judge:
# whatever hands data from thread to thread through Debian's gRPC, which is built without it, so that
# the order which gRPC's locks give is not seen and every message looks like a race.
TSAN_TESTS='^(auth|events|gateway|log|metrics|mysql|roster|rpc)$'
TSAN_BLIND=('CallRecordTest.*' 'CallerTest.*' 'ChannelTest.*' 'ConsumerTest.*' 'Edge.*' 'EventServiceTest.*'
  'Grpc*' 'HttpServicesTest.*' 'NobodyThere*' 'RosterTest.*' 'ServerTest.*' 'SiteTest.*' 'TlsTest.*'
  'Transcoder*' 'Upstreams.*' '*DeathTest.*')

# --full=PART: one long part, its result added to a file of the repository.
run_full_part() {
  local part=$1 begin=$SECONDS
  FAILED_PARTS=()
  PREVIOUS=
  export SALESOPS_TEST_FULL=1
  case $part in
    tidy)
      build_generated_headers
      tidy_files "$(git ls-files -- '*.cc')" || FAILED_PARTS+=(tidy)
      ;;
    fuzz) run_fuzz "${SALESOPS_FUZZ_SECONDS:-600}" ;;
    tsan)
      build_tests_of tsan -R "$TSAN_TESTS"
      start_test_database
      GTEST_FILTER="-$(IFS=: && printf '%s' "${TSAN_BLIND[*]}")" \
        TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:suppressions=$ROOT/tests/tsan_suppressions.txt" \
        run_ctest tsan "concurrent libraries under ThreadSanitizer" -R "$TSAN_TESTS"
      ;;
    soak | faults)
      build_preset release
      start_test_database
      # Their words go to the log as they come: a kill test says every 25 kills where it is.
      run_ctest release "$part" -L "^${part%s}s?\$" --verbose
      ;;
    mysql)
      # Another server, not larger tests.
      unset SALESOPS_TEST_FULL
      build_preset release
      if [ -n "${SALESOPS_MYSQL:-}" ]; then
        export SALESOPS_TEST_DATABASE=$SALESOPS_MYSQL
      else
        start_mysql
      fi
      run_ctest release "tests on MySQL" -LE 'bench|soak|upgrade|rules'
      ;;
    upgrade)
      build_preset release
      build_previous_release
      start_test_database
      run_ctest release "upgrade" -L '^upgrade$' --verbose
      ;;
    bare) tests/bare_root || FAILED_PARTS+=(bare) ;;
    *) fail "there is no long part '$part'" "Known: tidy fuzz tsan soak faults upgrade mysql bare" ;;
  esac
  record_full_run "$part${SALESOPS_FUZZ_TARGETS:+ ($SALESOPS_FUZZ_TARGETS)}${PREVIOUS:+ from $PREVIOUS}" \
    $((SECONDS - begin))
  [ ${#FAILED_PARTS[@]} -eq 0 ] || fail "failed: ${FAILED_PARTS[*]}"
}

# build_previous_release: the programs of the release before, which is the commit that proto/BASELINE
# names, from a tree of their own below var/upgrade. Exports where they are; sets PREVIOUS.
build_previous_release() {
  [ -e proto/BASELINE ] ||
    fail "proto/BASELINE is absent: there is no release before this one to upgrade from" \
      "It holds one line, the id of the commit that was released."
  local commit source=$ROOT/var/upgrade/src
  commit=$(tr -d '[:space:]' <proto/BASELINE)
  commit=$(git rev-parse --quiet --verify "$commit^{commit}") ||
    fail "proto/BASELINE names a commit that this clone does not have" "Fetch the whole history."
  PREVIOUS=$(git rev-parse --short "$commit")
  if [ "$(cat "$source.commit" 2>/dev/null)" != "$commit" ]; then
    rm -rf "$source" "$source.commit"
    mkdir -p "$source"
    git archive "$commit" | tar -x -C "$source"
    ln -s "$ROOT/proto/node_modules" "$source/proto/node_modules"
    printf '%s\n' "$commit" >"$source.commit"
  fi
  quietly "$ROOT/var/log/build-previous.log" "building the release before ($PREVIOUS)" \
    compile_programs_of "$source" ||
    fail "the release before could not be built" "Everything it said: var/log/build-previous.log"
  export SALESOPS_PREVIOUS_PROGRAMS=$source/build
}

compile_programs_of() (
  cd "$1" || exit 1
  export CCACHE_BASEDIR=$1
  [ -e build/build.ninja ] || cmake --preset release || exit 1
  mapfile -t targets < <(stack_targets "$1")
  cmake --build build "-j$(jobs_wanted)" --target "${targets[@]}"
)

record_full_run() {
  local file=tests/FULL_RUNS.md result=passed dirty=''
  [ ${#FAILED_PARTS[@]} -eq 0 ] || result="FAILED: ${FAILED_PARTS[*]}"
  [ -z "$(git status --porcelain -- . ":!$file")" ] || dirty=' (with local changes)'
  [ -e $file ] || printf '%s\n' '# Long parts of the tests' '' \
    '`tools/dev test --full=PART` adds a line here; commit it.' '' \
    '| date | part | commit | seconds | result |' '| --- | --- | --- | --- | --- |' >$file
  printf '| %s | %s | %s%s | %s | %s |\n' "$(date -u +%Y-%m-%d)" "$1" \
    "$(git rev-parse --short HEAD)" "$dirty" "$2" "$result" >>$file
  say "Recorded in $file: $1 $result in $2 s."
}
