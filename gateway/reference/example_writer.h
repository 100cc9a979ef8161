#pragma once

// Made-up values that keep the declared rules, for documentation: an Account that reads like one,
// every pattern matched, every range kept.
//
//   ExampleWriter examples(ExampleWriter::For::kRequest);
//   Json body = examples.OfMessage(*account);   // {"displayName":"Example", …}
//
// A request shows what a caller may set, and leaves out what only means something once it was read:
// etags, page tokens, request ids. An answer shows everything.
//
// Thread-safety: const functions may be called from any thread.

#include <google/protobuf/descriptor.h>

#include <optional>
#include <vector>

#include "gateway/reference/field_facts.h"
#include "gateway/reference/json_tree.h"

namespace salesops::gateway::reference {

class ExampleWriter {
 public:
  enum class For { kRequest, kResponse };

  explicit ExampleWriter(For audience) : audience_(audience) {}

  Json OfMessage(const google::protobuf::Descriptor& type) const;
  // The value of a field; of a list or map the whole. nullopt if no made-up value would do.
  std::optional<Json> OfField(const google::protobuf::FieldDescriptor& field) const;
  // The `index`-th of several different values of it.
  Json OfElement(const google::protobuf::FieldDescriptor& field, const FieldFacts& facts,
                 int index) const;

 private:
  // Types that are being written: one that holds itself is not written again inside.
  using Stack = std::vector<const google::protobuf::Descriptor*>;

  Json Message(const google::protobuf::Descriptor& type, Stack& stack) const;
  std::optional<Json> Field(const google::protobuf::FieldDescriptor& field, Stack& stack) const;
  std::optional<Json> Element(const google::protobuf::FieldDescriptor& field,
                              const FieldFacts& facts, int index, Stack& stack) const;

  const For audience_;
};

}  // namespace salesops::gateway::reference
