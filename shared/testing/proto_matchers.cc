#include "shared/testing/proto_matchers.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <memory>

namespace salesops::testing {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

std::string ProtoDifference(const Message& actual, const Message& expected, ProtoScope scope) {
  if (actual.GetDescriptor() != expected.GetDescriptor()) {
    return "it is a " + actual.GetTypeName() + ", not a " + expected.GetTypeName();
  }
  MessageDifferencer differencer;
  if (scope == ProtoScope::kFieldsOfExpected) {
    differencer.set_scope(MessageDifferencer::PARTIAL);
  }
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  if (differencer.Compare(expected, actual)) return "";
  return difference;
}

std::string ProtoDifference(const Message& actual, const std::string& expected_text,
                            ProtoScope scope) {
  const std::unique_ptr<Message> expected(actual.New());
  if (!google::protobuf::TextFormat::ParseFromString(expected_text, expected.get())) {
    return "the expected text is not a " + actual.GetTypeName();
  }
  return ProtoDifference(actual, *expected, scope);
}

}  // namespace salesops::testing
