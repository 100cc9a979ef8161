# The services of the suite, in the order in which they are started: who is followed comes before its
# followers. Each has a program, a schema, a certificate and a descriptor set of its name.
# shellcheck shell=bash

SERVICES=(organization pipeline performance)

# services_of FOLDER: those that a tree of the suite has, one a line; an earlier release may have
# fewer.
services_of() {
  local service
  for service in "${SERVICES[@]}"; do
    [ ! -e "$1/services/$service/main.cc" ] || printf '%s\n' "$service"
  done
}

# stack_targets FOLDER: what a tree builds to run, one a line.
stack_targets() {
  local service
  printf 'gateway\n'
  while read -r service; do
    printf '%s\n' "$service" "${service}_descriptors"
  done < <(services_of "$1")
}

# stop_services: the gateway and the services, followers before whom they follow.
stop_services() {
  local i
  stop_process gateway
  for ((i = ${#SERVICES[@]} - 1; i >= 0; i--)); do stop_process "${SERVICES[i]}"; done
}
