#pragma once

// What a test says of a protobuf message.
//
//   EXPECT_THAT(response.account(), EqualsProto(account));
//   EXPECT_THAT(info, EqualsProto(R"pb(reason: "NOT_FOUND" domain: "salesops")pb"));
//   EXPECT_THAT(account, PartlyEqualsProto(R"pb(display_name: "Acme")pb"));
//
// A failure prints the fields that differ.
//
// Thread-safety: as GoogleTest's matchers.

#include <google/protobuf/message.h>

#include <string>

#include "shared/testing/namespace.h"

namespace salesops::testing {

enum class ProtoScope { kWhole, kFieldsOfExpected };

// How `actual` differs from `expected`, a message of the same type or its text form; empty if it
// does not.
std::string ProtoDifference(const google::protobuf::Message& actual,
                            const google::protobuf::Message& expected, ProtoScope scope);
std::string ProtoDifference(const google::protobuf::Message& actual,
                            const std::string& expected_text, ProtoScope scope);

// Equal in every field; a field that is not set differs from one set to its default.
MATCHER_P(EqualsProto, expected,
          std::string(negation ? "differs from " : "equals ") + PrintToString(expected)) {
  const std::string difference = ProtoDifference(arg, expected, ProtoScope::kWhole);
  if (!difference.empty()) *result_listener << "which differs:\n" << difference;
  return difference.empty();
}

// Equal in the fields that `expected` sets; others are not looked at.
MATCHER_P(PartlyEqualsProto, expected,
          std::string(negation ? "differs in the fields of " : "equals in the fields of ") +
              PrintToString(expected)) {
  const std::string difference = ProtoDifference(arg, expected, ProtoScope::kFieldsOfExpected);
  if (!difference.empty()) *result_listener << "which differs:\n" << difference;
  return difference.empty();
}

}  // namespace salesops::testing
