// get, list, collections.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/resource/message_fields.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/commands.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/pager.h"
#include "tools/salesopsctl/requests.h"
#include "tools/salesopsctl/table.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using resource::GetString;
using resource::RepeatedOf;
using resource::SetInt;
using resource::SetString;

constexpr int kPage = 500;

absl::Status CheckFields(const Descriptor* type, const std::vector<std::string>& fields) {
  for (const std::string& field : fields) RETURN_IF_ERROR(CheckPath(type, field));
  return absl::OkStatus();
}

absl::Status SetText(const char* field, const std::string& value, const std::string& flag,
                     Message* request) {
  if (value.empty()) return absl::OkStatus();
  if (request->GetDescriptor()->FindFieldByName(field) == nullptr) {
    return NotInContracts(absl::StrCat(request->GetDescriptor()->name(), " does not take ", flag));
  }
  SetString(request, field, value);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Message>> ListRequest(const Session& session,
                                                     const Resource& resource,
                                                     const MethodDescriptor* method,
                                                     const ReadOptions& options) {
  std::unique_ptr<Message> request = session.catalog().New(method->input_type());
  RETURN_IF_ERROR(SetText("filter", options.filter, "--filter", request.get()));
  RETURN_IF_ERROR(SetText("order_by", options.order_by, "--order-by", request.get()));
  RETURN_IF_ERROR(SetText("parent", options.parent, "--parent", request.get()));
  if (options.parent.empty()) SetString(request.get(), "parent", AnyParent(resource));
  if (options.show_archived) {
    RETURN_IF_ERROR(Fill({{"show_archived", true}}, request.get()));
  }
  RETURN_IF_ERROR(SetAsOf(options.as_of, request.get()));
  RETURN_IF_ERROR(SetFields(options.with, request.get()));
  return request;
}

}  // namespace

absl::Status Get(Session& session, const ReadOptions& options) {
  ASSIGN_OR_RETURN(const Resource* resource, session.catalog().FindByName(options.name));
  ASSIGN_OR_RETURN(const MethodDescriptor* method, session.catalog().Standard(*resource, "Get"));
  RETURN_IF_ERROR(CheckFields(resource->type, options.fields));
  std::unique_ptr<Message> request = session.catalog().New(method->input_type());
  SetString(request.get(), "name", options.name);
  RETURN_IF_ERROR(SetAsOf(options.as_of, request.get()));
  RETURN_IF_ERROR(SetFields(options.with, request.get()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> found, session.Call(method, *request));
  WriteOne(session.format(), options.fields, *found, std::cout);
  return absl::OkStatus();
}

absl::Status List(Session& session, const ReadOptions& options) {
  ASSIGN_OR_RETURN(const Resource* resource, session.catalog().FindCollection(options.collection));
  ASSIGN_OR_RETURN(const MethodDescriptor* method, session.catalog().Standard(*resource, "List"));
  RETURN_IF_ERROR(CheckFields(resource->type, options.fields));
  ASSIGN_OR_RETURN(std::unique_ptr<Message> request,
                   ListRequest(session, *resource, method, options));
  const bool all = options.all || options.limit == 0;
  if (options.limit < 0) return UsageError("--limit cannot be negative; 0 lists everything");
  const Pager pager(session.format() == Format::kTable && !session.settings().no_pager);
  auto writer = MakeRowWriter(session.format(), options.fields, std::cout);
  for (int left = options.limit;;) {
    SetInt(request.get(), "page_size", all ? kPage : std::min(left, kPage));
    ASSIGN_OR_RETURN(const std::unique_ptr<Message> page, session.Call(method, *request));
    const FieldDescriptor* rows = RepeatedOf(*page, resource->type);
    if (rows == nullptr) return absl::InternalError("the list's contract has no rows");
    const int n = page->GetReflection()->FieldSize(*page, rows);
    // A server may answer with more than was asked for.
    const int taken = all ? n : std::min(n, left);
    for (int i = 0; i < taken; ++i) {
      writer->Add(page->GetReflection()->GetRepeatedMessage(*page, rows, i));
    }
    writer->EndPage();
    left -= taken;
    const std::string token = GetString(*page, "next_page_token");
    const bool full = !all && left <= 0;
    if (token.empty() || full || !std::cout) {
      writer->Finish();
      if (full && !token.empty()) std::fputs("there is more; --all lists everything\n", stderr);
      return absl::OkStatus();
    }
    SetString(request.get(), "page_token", token);
  }
}

absl::Status Collections(Session& session) {
  std::vector<std::vector<std::string>> rows;
  for (const Resource& resource : session.catalog().resources()) {
    rows.push_back({resource.plural, resource.pattern.text(), resource.service->full_name()});
  }
  WriteCells(session.format(), {"collection", "names", "service"}, rows, std::cout);
  return absl::OkStatus();
}

}  // namespace salesops::ctl
