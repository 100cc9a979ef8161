#include "gateway/reference/access_words.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace salesops::gateway::reference {

const options::v1::MethodPolicy& PolicyOf(const google::protobuf::MethodDescriptor& method) {
  return method.options().GetExtension(options::v1::policy);
}

std::string AccessWords(const google::protobuf::MethodDescriptor& method) {
  const options::v1::MethodPolicy& policy = PolicyOf(method);
  if (policy.unauthenticated()) return "Needs no identity.";
  if (policy.permission().empty()) return "Needs an identity; the service decides what it may do.";
  std::string words = absl::StrCat("Needs the permission `", policy.permission(), "`");
  if (policy.full_scope()) words += ", with scope over everything";
  words += '.';
  if (policy.allowed_services_size() > 0) {
    std::string services;
    for (const std::string& service : policy.allowed_services()) {
      absl::StrAppend(&services, services.empty() ? "" : ", ", service);
    }
    absl::StrAppend(&words, " These services may call it as themselves: ", services, ".");
  }
  return words;
}

std::string TitleOf(const google::protobuf::MethodDescriptor& method) {
  std::string title;
  for (char c : method.name()) {
    const bool upper = absl::ascii_isupper(static_cast<unsigned char>(c));
    if (upper && !title.empty()) {
      title += ' ';
      c = absl::ascii_tolower(static_cast<unsigned char>(c));
    }
    title += c;
  }
  return title;
}

}  // namespace salesops::gateway::reference
