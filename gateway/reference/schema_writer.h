#pragma once

// JSON Schema (draft 2020-12, as OpenAPI 3.1 takes it) of messages in their JSON form, with every
// rule that their fields declare.
//
//   SchemaWriter schemas(comments);
//   Json body = schemas.OfMessage(*account);        // {"$ref":"#/components/schemas/…Account"}
//   Json all = schemas.TakeComponents();            // …Account and whatever it is made of
//
// What a schema says is what the services accept and answer: an optional text may be empty, a
// required number may be left out when 0 is in its range (the JSON form leaves zeros out), and of
// a resource inside an update nothing is required. Rules that JSON Schema has no word for are
// x-… members: x-minimum, x-maximum, x-max-scale, x-references, x-immutable, x-personal.
//
// Thread-safety: belongs to one thread.

#include <google/protobuf/descriptor.h>

#include <map>
#include <set>
#include <string>

#include "gateway/reference/comments.h"
#include "gateway/reference/field_facts.h"
#include "gateway/reference/json_tree.h"

namespace salesops::gateway::reference {

class SchemaWriter {
 public:
  explicit SchemaWriter(const Comments& comments) : comments_(comments) {}

  Json OfMessage(const google::protobuf::Descriptor& type);
  // A resource in an update: nothing is required, since the mask decides.
  Json OfUpdated(const google::protobuf::Descriptor& resource);
  // A request without the fields that its path already says; written out, not referred to.
  Json OfRest(const google::protobuf::Descriptor& type,
              const std::set<const google::protobuf::FieldDescriptor*>& without);
  // A field with its rules and comment.
  Json OfField(const google::protobuf::FieldDescriptor& field);
  // One value of it: of a list an element.
  Json OfElement(const google::protobuf::FieldDescriptor& field, const FieldFacts& facts);

  // Every schema that was referred to, by name; in the order of names.
  Json TakeComponents();

 private:
  struct Wanted {
    const google::protobuf::Descriptor* message = nullptr;
    const google::protobuf::EnumDescriptor* enumeration = nullptr;
    bool updated = false;
  };

  Json Refer(const std::string& name, const Wanted& wanted);
  Json Object(const google::protobuf::Descriptor& type, bool updated,
              const std::set<const google::protobuf::FieldDescriptor*>& without);
  Json Enumeration(const google::protobuf::EnumDescriptor& type) const;
  void AddOneofs(const google::protobuf::Descriptor& type, Json& schema) const;

  const Comments& comments_;
  std::map<std::string, Wanted> wanted_;
  std::map<std::string, Json> written_;
};

}  // namespace salesops::gateway::reference
