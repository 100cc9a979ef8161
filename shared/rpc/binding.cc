#include "shared/rpc/binding.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace salesops::rpc {
namespace {

// A wrong registration is a mistake in the program: it must not get past the first start.
[[noreturn]] void Abort(const std::string& why) {
  std::fprintf(stderr, "rpc::Binding: %s\n", why.c_str());
  std::abort();
}

bool HasKind(const google::protobuf::MethodDescriptor& method, Kind kind) {
  const bool client = kind == Kind::kExchange;
  const bool server = kind != Kind::kUnary;
  return method.client_streaming() == client && method.server_streaming() == server;
}

const google::protobuf::MethodDescriptor& Find(const google::protobuf::ServiceDescriptor& service,
                                               const char* name) {
  const google::protobuf::MethodDescriptor* method = service.FindMethodByName(name);
  if (method == nullptr) Abort(absl::StrCat("no method ", service.full_name(), ".", name));
  return *method;
}

const google::protobuf::Message& Prototype(const google::protobuf::Descriptor* type) {
  return *google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
}

}  // namespace

Binding::Binding(absl::string_view service_full_name)
    : service_(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          std::string(service_full_name))) {
  if (service_ == nullptr) Abort(absl::StrCat("no service ", service_full_name));
}

internal::Method& Binding::AddDeclared(const char* name, Kind kind) {
  const google::protobuf::MethodDescriptor& method = Find(*service_, name);
  return Add(name, kind, Prototype(method.input_type()), Prototype(method.output_type()));
}

internal::Method& Binding::Add(const char* name, Kind kind,
                               const google::protobuf::Message& request,
                               const google::protobuf::Message& response) {
  const google::protobuf::MethodDescriptor* method = &Find(*service_, name);
  if (!HasKind(*method, kind)) Abort(absl::StrCat(method->full_name(), " streams differently"));
  if (method->input_type() != request.GetDescriptor() ||
      method->output_type() != response.GetDescriptor()) {
    Abort(absl::StrCat(method->full_name(), " has other message types"));
  }
  for (const auto& known : methods_) {
    if (known->descriptor == method) Abort(absl::StrCat(method->full_name(), " is bound twice"));
  }
  absl::StatusOr<auth::MethodPolicy> policy = auth::PolicyOf(method);
  if (!policy.ok()) Abort(absl::StrCat(method->full_name(), " declares no permission"));
  auto entry = std::make_unique<internal::Method>();
  entry->descriptor = method;
  entry->kind = kind;
  entry->policy = *std::move(policy);
  entry->request_prototype = &request;
  entry->response_prototype = &response;
  methods_.push_back(std::move(entry));
  return *methods_.back();
}

std::vector<std::string> Binding::Missing() const {
  std::vector<std::string> missing;
  for (int i = 0; i < service_->method_count(); ++i) {
    const google::protobuf::MethodDescriptor* method = service_->method(i);
    const bool bound = std::any_of(methods_.begin(), methods_.end(),
                                   [&](const auto& known) { return known->descriptor == method; });
    if (!bound) missing.push_back(method->full_name());
  }
  return missing;
}

}  // namespace salesops::rpc
