#pragma once

// What the authors of a contract wrote above its elements.
//
//   Comments comments;
//   comments.Add(set);                                        // with source info
//   comments.Of("salesops.pipeline.v1.Account.display_name")  -> "What people call the account."
//
// A line that was only broken for its length is joined to the one before; an empty line begins a
// paragraph ("\n\n") and a line that begins with "- " or "* " stays a line of its own.
//
// Thread-safety: safe to read from any thread once the last Add has returned.

#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <string>

namespace salesops::gateway::reference {

class Comments {
 public:
  // An element that is known already keeps its comment.
  void Add(const google::protobuf::FileDescriptorSet& set);

  // Of a message, field, oneof, enum, service or method by its full name; of an enum value by
  // <enum>.<value>; of a file by its name. Empty if there is none.
  const std::string& Of(const std::string& element) const;

 private:
  void AddFile(const google::protobuf::FileDescriptorProto& file);

  std::map<std::string, std::string> by_element_;
};

}  // namespace salesops::gateway::reference
