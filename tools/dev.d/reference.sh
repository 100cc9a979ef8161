# reference: docs/api, written from the contracts.
# shellcheck shell=bash

# write_api_docs FOLDER: a <service>.md of each service.
write_api_docs() {
  mkdir -p "$1"
  build_preset release contract_reference
  build/gateway/reference/contract_reference --descriptors build/descriptors --markdown "$1"
}

cmd_reference() {
  require_packages "${RUN_PACKAGES[@]}"
  require_node_modules
  write_api_docs docs/api || fail "docs/api could not be written" "Its words are above."
  say "Written: $(cd docs/api && echo *.md)"
}

# What is committed must be what the contracts say now.
check_api_docs() {
  local folder=$ROOT/var/api_docs
  rm -rf "$folder"
  write_api_docs "$folder" || return 1
  diff -r -q -x README.md docs/api "$folder"
}
