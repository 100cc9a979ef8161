#pragma once

// RETURN_IF_ERROR(expression) and ASSIGN_OR_RETURN(target, expression) for functions that return
// absl::Status or absl::StatusOr.

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define SALESOPS_CONCAT_INNER(a, b) a##b
#define SALESOPS_CONCAT(a, b) SALESOPS_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)                                         \
  do {                                                                      \
    if (absl::Status salesops_status = (expression); !salesops_status.ok()) \
      return salesops_status;                                               \
  } while (false)

#define ASSIGN_OR_RETURN(target, expression) \
  SALESOPS_ASSIGN_OR_RETURN(SALESOPS_CONCAT(salesops_or_, __COUNTER__), target, expression)

#define SALESOPS_ASSIGN_OR_RETURN(holder, target, expression) \
  auto holder = (expression);                                 \
  if (!holder.ok()) return std::move(holder).status();        \
  target = *std::move(holder)
