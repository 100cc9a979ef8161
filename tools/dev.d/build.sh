# build: compiles the tree. Every preset of CMakePresets.json has its own folder.
# shellcheck shell=bash

build_folder() {
  case $1 in
    release) printf 'build' ;;
    *) printf 'build-%s' "$1" ;;
  esac
}

configure() {
  local preset=$1 folder
  folder=$(build_folder "$preset")
  # Ninja configures again by itself whenever a CMake file changes.
  if [ ! -e "$folder/build.ninja" ]; then
    quietly "$ROOT/var/log/configure-$preset.log" "configuring $preset" cmake --preset "$preset" ||
      fail "CMake could not configure" "tools/dev doctor says what this machine lacks."
  fi
}

# build_preset PRESET [TARGET…]: on a terminal ninja shows its own progress.
build_preset() {
  local preset=$1 folder targets=()
  shift
  folder=$(build_folder "$preset")
  configure "$preset"
  [ $# -eq 0 ] || targets=(--target "$@")
  local command=(cmake --build "$folder" "-j$(jobs_wanted)" ${targets[@]+"${targets[@]}"})
  if [ -t 1 ]; then
    "${command[@]}" || fail "the $preset build failed; the compiler's words are above"
  else
    quietly "$ROOT/var/log/build-$preset.log" "building $preset" "${command[@]}" ||
      fail "the $preset build failed" "Everything it said: var/log/build-$preset.log"
  fi
}

cmd_build() {
  require_packages "${RUN_PACKAGES[@]}"
  require_node_modules
  step "Building"
  build_preset release "$@"
}

sources() { git ls-files -co --exclude-standard -- '*.cc' '*.h'; }

cmd_format() {
  require_packages "${CHECK_PACKAGES[@]}"
  sources | xargs -r clang-format-16 -i
  say "Formatted $(sources | wc -l) files."
}
