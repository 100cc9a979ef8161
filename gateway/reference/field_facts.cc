#include "gateway/reference/field_facts.h"

#include <deque>
#include <set>

#include "absl/strings/numbers.h"
#include "google/api/field_behavior.pb.h"
#include "google/api/resource.pb.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

void AddForms(const google::api::ResourceDescriptor& resource, const std::string& type,
              std::vector<std::string>& forms) {
  if (resource.type() != type) return;
  forms.insert(forms.end(), resource.pattern().begin(), resource.pattern().end());
}

// Declared by a message or by a file option, in the field's file or in one that it imports, which
// is where the service itself looks; else by the message of that name in the field's package.
std::vector<std::string> FormsOf(const FileDescriptor* from, const std::string& type) {
  std::vector<std::string> forms;
  std::set<const FileDescriptor*> seen = {from};
  std::deque<const FileDescriptor*> open = {from};
  for (; !open.empty() && forms.empty(); open.pop_front()) {
    const FileDescriptor* file = open.front();
    for (int i = 0; i < file->message_type_count(); ++i) {
      AddForms(file->message_type(i)->options().GetExtension(google::api::resource), type, forms);
    }
    const auto& options = file->options();
    for (int i = 0; i < options.ExtensionSize(google::api::resource_definition); ++i) {
      AddForms(options.GetExtension(google::api::resource_definition, i), type, forms);
    }
    for (int i = 0; i < file->dependency_count(); ++i) {
      if (seen.insert(file->dependency(i)).second) open.push_back(file->dependency(i));
    }
  }
  const size_t slash = type.rfind('/');
  if (!forms.empty() || slash == std::string::npos) return forms;
  const Descriptor* sibling =
      from->pool()->FindMessageTypeByName(from->package() + "." + type.substr(slash + 1));
  if (sibling != nullptr) {
    AddForms(sibling->options().GetExtension(google::api::resource), type, forms);
  }
  return forms;
}

}  // namespace

FieldFacts FactsOf(const FieldDescriptor& field) {
  FieldFacts facts;
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    switch (options.GetExtension(google::api::field_behavior, i)) {
      case google::api::REQUIRED:
        facts.required = true;
        break;
      case google::api::OUTPUT_ONLY:
        facts.output_only = true;
        break;
      case google::api::INPUT_ONLY:
        facts.input_only = true;
        break;
      case google::api::IMMUTABLE:
        facts.immutable = true;
        break;
      case google::api::IDENTIFIER:
        facts.identifier = true;
        break;
      default:
        break;
    }
  }
  facts.personal = options.GetExtension(options::v1::personal);
  facts.rules = options.GetExtension(options::v1::field);
  if (!facts.rules.references().empty()) {
    facts.name_forms = FormsOf(field.file(), facts.rules.references());
  }
  return facts;
}

const FieldDescriptor& ValueField(const FieldDescriptor& field) {
  return field.is_map() ? *field.message_type()->map_value() : field;
}

bool ZeroIsAbsent(const FieldDescriptor& field) {
  if (field.is_repeated() || field.has_presence()) return false;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return false;
    default:
      return true;
  }
}

bool MustBeGiven(const FieldDescriptor& field, const FieldFacts& facts) {
  if (!facts.required) return false;
  if (!ZeroIsAbsent(field)) return true;
  double min = 0;
  return absl::SimpleAtod(facts.rules.min(), &min) && min > 0;
}

const FieldDescriptor* UpdatedResource(const Descriptor& request) {
  const FieldDescriptor* mask = request.FindFieldByName("update_mask");
  const bool update = mask != nullptr && mask->message_type() != nullptr &&
                      mask->message_type()->full_name() == "google.protobuf.FieldMask";
  if (!update) return nullptr;
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor* field = request.field(i);
    if (field->message_type() == nullptr || field->is_repeated()) continue;
    if (field->message_type()->options().HasExtension(google::api::resource)) return field;
  }
  return nullptr;
}

}  // namespace salesops::gateway::reference
