#pragma once

// What a test says of an absl::Status or absl::StatusOr.
//
//   EXPECT_THAT(store.Get(name), IsOkAndHolds(account));
//   EXPECT_THAT(store.Get("accounts/x"), StatusIs(absl::StatusCode::kNotFound));
//   EXPECT_THAT(service.Create(bad), HasViolation("account.display_name", "REQUIRED"));
//   ASSERT_OK_AND_ASSIGN(Account a, store.Get(name));
//
// A failure prints the status with its reason, violations and log detail.
//
// Thread-safety: as GoogleTest's matchers.

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "shared/base/violation.h"
#include "shared/status/status.h"
#include "shared/testing/namespace.h"

#define SALESOPS_TESTING_CONCAT_INNER(a, b) a##b
#define SALESOPS_TESTING_CONCAT(a, b) SALESOPS_TESTING_CONCAT_INNER(a, b)

#define ASSERT_OK(expression) ASSERT_THAT(expression, ::salesops::testing::IsOk())
#define EXPECT_OK(expression) EXPECT_THAT(expression, ::salesops::testing::IsOk())

// Evaluates the StatusOr; ends the test function unless it is OK.
#define ASSERT_OK_AND_ASSIGN(target, expression)                                                \
  SALESOPS_ASSERT_OK_AND_ASSIGN(SALESOPS_TESTING_CONCAT(salesops_tested_, __COUNTER__), target, \
                                expression)
#define SALESOPS_ASSERT_OK_AND_ASSIGN(holder, target, expression) \
  auto holder = (expression);                                     \
  ASSERT_OK(holder);                                              \
  target = *std::move(holder)

namespace salesops::testing {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <class T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

// The status in words, with everything attached to it.
std::string Describe(const absl::Status& status);

MATCHER(IsOk, negation ? "is an error" : "is OK") {
  *result_listener << Describe(StatusOf(arg));
  return StatusOf(arg).ok();
}

MATCHER_P(IsOkAndHolds, value,
          "is OK and " +
              DescribeMatcher<decltype(*std::declval<const arg_type&>())>(value, negation)) {
  if (!arg.ok()) {
    *result_listener << Describe(arg.status());
    return false;
  }
  return ExplainMatchResult(value, *arg, result_listener);
}

MATCHER_P(StatusIs, code,
          std::string(negation ? "is not " : "is ") + absl::StatusCodeToString(code)) {
  *result_listener << Describe(StatusOf(arg));
  return StatusOf(arg).code() == code;
}

// The reason of its ErrorInfo.
MATCHER_P(HasReason, reason,
          std::string(negation ? "has not reason " : "has reason ") + PrintToString(reason)) {
  *result_listener << Describe(StatusOf(arg));
  return status::Reason(StatusOf(arg)) == reason;
}

namespace internal_violations {
bool Contains(const absl::Status& status, const std::string& field, const std::string* reason);
}  // namespace internal_violations

// One of its violations is of this field …
MATCHER_P(HasViolation, field,
          std::string(negation ? "has no violation of " : "has a violation of ") +
              PrintToString(field)) {
  *result_listener << Describe(StatusOf(arg));
  return internal_violations::Contains(StatusOf(arg), field, nullptr);
}

// … for this reason.
MATCHER_P2(HasViolation, field, reason,
           std::string(negation ? "has no violation of " : "has a violation of ") +
               PrintToString(field) + " for " + PrintToString(reason)) {
  *result_listener << Describe(StatusOf(arg));
  const std::string wanted = reason;
  return internal_violations::Contains(StatusOf(arg), field, &wanted);
}

}  // namespace salesops::testing
