#include "gateway/reference/markdown_writer.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "gateway/reference/access_words.h"
#include "gateway/reference/declared_errors.h"
#include "gateway/reference/field_facts.h"
#include "gateway/reference/field_words.h"
#include "google/api/resource.pb.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// Google's types are documented by Google.
bool IsOurs(const FileDescriptor& file) { return !absl::StartsWith(file.package(), "google."); }

// A text inside a table.
std::string Cell(const std::string& text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n\n", "<br>"}, {"\n", " "}});
}

// As web pages of Markdown make anchors of headings.
std::string Anchor(const std::string& heading) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(heading), {{".", ""}, {" ", "-"}});
}

class Writer {
 public:
  Writer(const std::string& upstream, const DescriptorCatalog& catalog, const RouteTable& routes,
         const Comments& comments)
      : upstream_(upstream), routes_(routes), comments_(comments) {
    for (const Method* method : catalog.methods()) {
      if (method->upstream != upstream) continue;
      const ServiceDescriptor& service = *method->descriptor->service();
      if (services_.emplace(service.full_name(), &service).second) AddFile(service.file());
      takers_[method->descriptor->input_type()].push_back(method->descriptor);
    }
    std::sort(messages_.begin(), messages_.end(), ByName<Descriptor>);
    std::sort(enums_.begin(), enums_.end(), ByName<EnumDescriptor>);
  }

  std::string Write() {
    absl::StrAppend(&out_, "# ", upstream_, "\n\n",
                    "Written from the contracts in `proto/salesops/", upstream_,
                    "/v1/` by `tools/dev reference`; change them, not this.\n\n");
    for (const auto& [name, service] : services_) {
      absl::StrAppend(&out_, "- ", Link(service->name()), ": ", Methods(*service), "\n");
    }
    absl::StrAppend(&out_, "- ", Link("Messages"), ", ", Link("Enums"), "\n");
    for (const auto& [name, service] : services_) AddService(*service);
    absl::StrAppend(&out_, "\n## Messages\n");
    for (const Descriptor* type : messages_) {
      if (!IsShownWithItsMethod(*type)) AddMessage(*type);
    }
    absl::StrAppend(&out_, "\n## Enums\n");
    for (const EnumDescriptor* type : enums_) AddEnum(*type);
    return out_;
  }

 private:
  template <class T>
  static bool ByName(const T* a, const T* b) {
    return a->full_name() < b->full_name();
  }

  // The types of the file and of those it imports, as far as they are ours.
  void AddFile(const FileDescriptor* file) {
    if (!IsOurs(*file) || !files_.insert(file).second) return;
    for (int i = 0; i < file->message_type_count(); ++i) AddType(*file->message_type(i));
    for (int i = 0; i < file->enum_type_count(); ++i) enums_.push_back(file->enum_type(i));
    for (int i = 0; i < file->dependency_count(); ++i) {
      if (file->dependency(i)->package() != "salesops.options.v1") AddFile(file->dependency(i));
    }
  }

  void AddType(const Descriptor& type) {
    if (type.options().map_entry()) return;
    messages_.push_back(&type);
    for (int i = 0; i < type.nested_type_count(); ++i) AddType(*type.nested_type(i));
    for (int i = 0; i < type.enum_type_count(); ++i) enums_.push_back(type.enum_type(i));
  }

  // The fields of a request that one method alone takes are shown there.
  bool IsShownWithItsMethod(const Descriptor& type) const {
    const auto takers = takers_.find(&type);
    return takers != takers_.end() && takers->second.size() == 1;
  }

  // "Opportunity.State" of salesops.pipeline.v1.Opportunity.State.
  template <class T>
  static std::string ShortName(const T& type) {
    return type.full_name().substr(type.file()->package().size() + 1);
  }

  static std::string Link(const std::string& heading) {
    return absl::StrCat("[", heading, "](#", Anchor(heading), ")");
  }

  static std::string Methods(const ServiceDescriptor& service) {
    std::vector<std::string> links;
    for (int i = 0; i < service.method_count(); ++i) {
      links.push_back(Link(service.method(i)->name()));
    }
    return absl::StrJoin(links, ", ");
  }

  template <class T>
  std::string TypeLink(const T& type) const {
    if (!IsOurs(*type.file())) return absl::StrCat("`", type.full_name(), "`");
    return Link(ShortName(type));
  }

  std::string TypeOf(const FieldDescriptor& field) const {
    if (field.is_map()) {
      return absl::StrCat("map of ", TypeOf(*field.message_type()->map_key()), " to ",
                          TypeOf(*field.message_type()->map_value()));
    }
    const std::string list = field.is_repeated() ? "list of " : "";
    if (const Descriptor* type = field.message_type()) {
      if (!IsShownWithItsMethod(*type)) return list + TypeLink(*type);
      const std::string& method = takers_.at(type).front()->name();
      return absl::StrCat(list, "[", ShortName(*type), "](#", Anchor(method), ")");
    }
    if (field.enum_type() != nullptr) return list + TypeLink(*field.enum_type());
    return list + field.type_name();
  }

  // ---- methods

  void AddService(const ServiceDescriptor& service) {
    absl::StrAppend(&out_, "\n## ", service.name(), "\n\n", comments_.Of(service.full_name()),
                    "\n");
    for (int i = 0; i < service.method_count(); ++i) AddMethod(*service.method(i));
  }

  void AddMethod(const MethodDescriptor& method) {
    absl::StrAppend(&out_, "\n### ", method.name(), "\n\n", comments_.Of(method.full_name()),
                    "\n\n");
    for (const Route& route : routes_.routes()) {
      if (route.method->descriptor == &method) AddRoute(route);
    }
    absl::StrAppend(&out_, "- ", AccessWords(method), "\n");
    absl::StrAppend(&out_, "- Answers ", method.server_streaming() ? "a stream of " : "",
                    TypeLink(*method.output_type()), ".\n");
    AddErrors(method);
    const Descriptor& request = *method.input_type();
    if (IsShownWithItsMethod(request)) {
      absl::StrAppend(&out_, "\n`", ShortName(request), "`",
                      method.client_streaming() ? ", sent as a stream" : "", ":\n\n");
      AddFields(request);
    } else {
      absl::StrAppend(&out_, "- Takes ", method.client_streaming() ? "a stream of " : "",
                      TypeLink(request), ".\n");
    }
  }

  void AddRoute(const Route& route) {
    absl::StrAppend(&out_, "- `", route.http_method, " ", route.path_template, "`");
    if (route.body_is_request) {
      absl::StrAppend(&out_, ", the body is the request");
    } else if (route.body != nullptr) {
      absl::StrAppend(&out_, ", the body is `", route.body->name(), "`");
    }
    if (route.response_body != nullptr) {
      absl::StrAppend(&out_, ", the answer is `", route.response_body->name(), "`");
    }
    absl::StrAppend(&out_, "\n");
  }

  void AddErrors(const MethodDescriptor& method) {
    const std::vector<DeclaredError> errors = ErrorsOf(method, comments_);
    if (errors.empty()) return;
    std::map<absl::StatusCode, std::set<std::string>> reasons;
    for (const DeclaredError& error : errors) {
      reasons[error.code].insert(error.reasons.begin(), error.reasons.end());
    }
    std::vector<std::string> words;
    for (const auto& [code, all] : reasons) {
      const std::string status = absl::StatusCodeToString(code);
      words.push_back(all.empty() ? status
                                  : absl::StrCat(status, " (", absl::StrJoin(all, ", "), ")"));
    }
    absl::StrAppend(&out_, "- Errors: ", absl::StrJoin(words, "; "), ".\n");
  }

  // ---- types

  void AddMessage(const Descriptor& type) {
    absl::StrAppend(&out_, "\n### ", ShortName(type), "\n\n");
    if (const std::string& comment = comments_.Of(type.full_name()); !comment.empty()) {
      absl::StrAppend(&out_, comment, "\n\n");
    }
    AddResource(type);
    AddFields(type);
  }

  void AddResource(const Descriptor& type) {
    const auto& resource = type.options().GetExtension(google::api::resource);
    if (resource.type().empty()) return;
    absl::StrAppend(&out_, "Resource `", resource.type(), "`, named `",
                    absl::StrJoin(resource.pattern(), "` or `"), "`.");
    const auto& rules = type.options().GetExtension(options::v1::resource_rules);
    if (rules.filterable_size() > 0) {
      absl::StrAppend(&out_, " Lists filter by `", absl::StrJoin(rules.filterable(), "`, `"), "`");
      if (!rules.default_order().empty()) {
        absl::StrAppend(&out_, " and are ordered by `", rules.default_order(), "`");
      }
      absl::StrAppend(&out_, ".");
    }
    absl::StrAppend(&out_, "\n\n");
  }

  void AddFields(const Descriptor& type) {
    if (type.field_count() == 0) {
      absl::StrAppend(&out_, "No fields.\n");
      return;
    }
    absl::StrAppend(&out_, "| field | type | rules | meaning |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      std::string meaning = comments_.Of(field.full_name());
      if (const auto* oneof = field.real_containing_oneof()) {
        absl::StrAppend(&meaning, meaning.empty() ? "" : " ", "(One of `", oneof->name(), "`.)");
      }
      absl::StrAppend(&out_, "| `", field.name(), "` | ", Cell(TypeOf(field)), " | ",
                      Cell(absl::StrJoin(RulesInWords(field), "; ")), " | ", Cell(meaning), " |\n");
    }
  }

  void AddEnum(const EnumDescriptor& type) {
    absl::StrAppend(&out_, "\n### ", ShortName(type), "\n\n", comments_.Of(type.full_name()),
                    "\n\n| value | number | meaning |\n| --- | --- | --- |\n");
    for (int i = 0; i < type.value_count(); ++i) {
      const std::string& name = type.value(i)->name();
      absl::StrAppend(&out_, "| `", name, "` | ", type.value(i)->number(), " | ",
                      Cell(comments_.Of(absl::StrCat(type.full_name(), ".", name))), " |\n");
    }
  }

  const std::string upstream_;
  const RouteTable& routes_;
  const Comments& comments_;
  std::map<std::string, const ServiceDescriptor*> services_;
  std::set<const FileDescriptor*> files_;
  std::vector<const Descriptor*> messages_;
  std::vector<const EnumDescriptor*> enums_;
  std::map<const Descriptor*, std::vector<const MethodDescriptor*>> takers_;  // of a request
  std::string out_;
};

}  // namespace

std::string WriteMarkdown(const std::string& upstream, const DescriptorCatalog& catalog,
                          const RouteTable& routes, const Comments& comments) {
  return Writer(upstream, catalog, routes, comments).Write();
}

}  // namespace salesops::gateway::reference
