#include "gateway/entity_tag.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* EtagField(const Descriptor& type) {
  const FieldDescriptor* field = type.FindFieldByName("etag");
  const bool usable =
      field != nullptr && !field->is_repeated() && field->type() == FieldDescriptor::TYPE_STRING;
  return usable ? field : nullptr;
}

bool IsQuoted(absl::string_view tag) {
  return tag.size() >= 2 && tag.front() == '"' && tag.back() == '"' &&
         !absl::StrContains(tag.substr(1, tag.size() - 2), '"');
}

absl::string_view Unquoted(absl::string_view tag) {
  return IsQuoted(tag) ? tag.substr(1, tag.size() - 2) : tag;
}

absl::Status Bad(absl::string_view message) {
  return status::InvalidField("if-match", "INVALID_ENTITY_TAG", message);
}

}  // namespace

std::string EntityTagOf(const Message& response) {
  const FieldDescriptor* field = EtagField(*response.GetDescriptor());
  if (field == nullptr) return "";
  std::string scratch;
  const absl::string_view tag =
      Unquoted(response.GetReflection()->GetStringReference(response, field, &scratch));
  const bool sendable = !tag.empty() && std::all_of(tag.begin(), tag.end(), [](char c) {
    return absl::ascii_isgraph(c) && c != '"';
  });
  return sendable ? absl::StrCat("\"", tag, "\"") : "";
}

absl::Status ExpectEntityTag(absl::string_view if_match, const Route& route, Message& request) {
  if_match = absl::StripAsciiWhitespace(if_match);
  if (if_match == "*") return absl::OkStatus();
  if (!IsQuoted(if_match)) {
    return Bad("must be the one etag that was read, in quotes, or *");
  }
  Message* holder = &request;
  const FieldDescriptor* field = EtagField(*request.GetDescriptor());
  // What is created has no etag yet, although its message has a field for one.
  const bool changes = route.http_method == "PATCH" || route.http_method == "PUT";
  if (field == nullptr && changes && route.body != nullptr && !route.body->is_repeated() &&
      route.body->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    field = EtagField(*route.body->message_type());
    if (field != nullptr) holder = request.GetReflection()->MutableMessage(&request, route.body);
  }
  if (field == nullptr) return Bad("is not taken by this method; send the request without it");
  const absl::string_view tag = Unquoted(if_match);
  const std::string given = holder->GetReflection()->GetString(*holder, field);
  if (!given.empty() && Unquoted(given) != tag) {
    return Bad("differs from the etag of the body; send one of them");
  }
  if (given.empty()) holder->GetReflection()->SetString(holder, field, std::string(tag));
  return absl::OkStatus();
}

bool MatchesAny(absl::string_view list, absl::string_view tag) {
  if (tag.empty()) return false;
  for (absl::string_view element : absl::StrSplit(list, ',')) {
    element = absl::StripAsciiWhitespace(element);
    if (element == "*") return true;
    absl::ConsumePrefix(&element, "W/");
    if (element == tag) return true;
  }
  return false;
}

}  // namespace salesops::gateway
