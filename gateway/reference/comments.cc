#include "gateway/reference/comments.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::SourceCodeInfo;

std::string Reflowed(absl::string_view comment) {
  std::string text;
  for (absl::string_view line : absl::StrSplit(comment, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) {
      if (!text.empty() && !absl::EndsWith(text, "\n\n")) text += "\n\n";
      continue;
    }
    const bool item = absl::StartsWith(line, "- ") || absl::StartsWith(line, "* ");
    if (!text.empty() && text.back() != '\n') text += item ? '\n' : ' ';
    absl::StrAppend(&text, line);
  }
  return std::string(absl::StripAsciiWhitespace(text));
}

// The full names of elements by their paths in the file, as descriptor.proto numbers them.
class PathNames {
 public:
  using Path = std::vector<int>;

  explicit PathNames(const FileDescriptorProto& file) {
    names_[{FileDescriptorProto::kSyntaxFieldNumber}] = file.name();
    const std::string scope = file.package().empty() ? "" : absl::StrCat(file.package(), ".");
    for (int i = 0; i < file.message_type_size(); ++i) {
      AddMessage({FileDescriptorProto::kMessageTypeFieldNumber, i}, scope, file.message_type(i));
    }
    for (int i = 0; i < file.enum_type_size(); ++i) {
      AddEnum({FileDescriptorProto::kEnumTypeFieldNumber, i}, scope, file.enum_type(i));
    }
    for (int i = 0; i < file.service_size(); ++i) {
      const auto& service = file.service(i);
      const Path path = {FileDescriptorProto::kServiceFieldNumber, i};
      names_[path] = scope + service.name();
      for (int m = 0; m < service.method_size(); ++m) {
        names_[Below(path, google::protobuf::ServiceDescriptorProto::kMethodFieldNumber, m)] =
            absl::StrCat(scope, service.name(), ".", service.method(m).name());
      }
    }
  }

  const std::string* Find(const SourceCodeInfo::Location& location) const {
    const auto found = names_.find(Path(location.path().begin(), location.path().end()));
    return found == names_.end() ? nullptr : &found->second;
  }

 private:
  static Path Below(Path path, int field, int index) {
    path.push_back(field);
    path.push_back(index);
    return path;
  }

  void AddMessage(const Path& path, const std::string& scope, const DescriptorProto& message) {
    names_[path] = scope + message.name();
    const std::string inner = absl::StrCat(scope, message.name(), ".");
    for (int i = 0; i < message.field_size(); ++i) {
      names_[Below(path, DescriptorProto::kFieldFieldNumber, i)] = inner + message.field(i).name();
    }
    for (int i = 0; i < message.oneof_decl_size(); ++i) {
      names_[Below(path, DescriptorProto::kOneofDeclFieldNumber, i)] =
          inner + message.oneof_decl(i).name();
    }
    for (int i = 0; i < message.nested_type_size(); ++i) {
      AddMessage(Below(path, DescriptorProto::kNestedTypeFieldNumber, i), inner,
                 message.nested_type(i));
    }
    for (int i = 0; i < message.enum_type_size(); ++i) {
      AddEnum(Below(path, DescriptorProto::kEnumTypeFieldNumber, i), inner, message.enum_type(i));
    }
  }

  void AddEnum(const Path& path, const std::string& scope, const EnumDescriptorProto& type) {
    names_[path] = scope + type.name();
    for (int i = 0; i < type.value_size(); ++i) {
      names_[Below(path, EnumDescriptorProto::kValueFieldNumber, i)] =
          absl::StrCat(scope, type.name(), ".", type.value(i).name());
    }
  }

  std::map<Path, std::string> names_;
};

}  // namespace

void Comments::Add(const google::protobuf::FileDescriptorSet& set) {
  for (const FileDescriptorProto& file : set.file()) AddFile(file);
}

void Comments::AddFile(const FileDescriptorProto& file) {
  const PathNames names(file);
  for (const SourceCodeInfo::Location& location : file.source_code_info().location()) {
    if (!location.has_leading_comments()) continue;
    const std::string* element = names.Find(location);
    if (element != nullptr) by_element_.emplace(*element, Reflowed(location.leading_comments()));
  }
}

const std::string& Comments::Of(const std::string& element) const {
  static const std::string none;
  const auto found = by_element_.find(element);
  return found == by_element_.end() ? none : found->second;
}

}  // namespace salesops::gateway::reference
