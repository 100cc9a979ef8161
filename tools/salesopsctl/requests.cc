#include "tools/salesopsctl/requests.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "shared/base/id.h"
#include "shared/resource/message_fields.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/friendly_json.h"
#include "tools/salesopsctl/moment.h"

namespace salesops::ctl {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using nlohmann::json;

namespace {

absl::Status HasNoField(const Message& request, const std::string& field, const std::string& what) {
  return NotInContracts(
      absl::StrCat(request.GetDescriptor()->name(), " has no ", field, ", so ", what));
}

}  // namespace

absl::Status Fill(const json& value, Message* request) {
  // Reading JSON empties the message first, and other fields may be there already.
  std::unique_ptr<Message> read(request->New());
  const absl::Status status = ParseFriendly(value, read.get());
  if (absl::StrContains(status.message(), "has no such field")) {
    return NotInContracts(status.message());
  }
  request->MergeFrom(*read);
  return status;
}

absl::Status SetAsOf(const std::string& moment, Message* request) {
  if (moment.empty()) return absl::OkStatus();
  if (request->GetDescriptor()->FindFieldByName("as_of_time") == nullptr) {
    return HasNoField(*request, "as_of_time", "the past cannot be asked");
  }
  ASSIGN_OR_RETURN(const absl::Time time, ParseMoment(moment, absl::Now()));
  return Fill(json{{"as_of_time", MomentText(time)}}, request);
}

absl::Status SetFields(const std::vector<std::string>& assignments, Message* request) {
  if (assignments.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const json object, ObjectOf("", assignments));
  return Fill(object, request);
}

absl::Status SetDryRun(Message* request) {
  const FieldDescriptor* field = request->GetDescriptor()->FindFieldByName("validate_only");
  if (field == nullptr) {
    return HasNoField(*request, "validate_only", "it cannot be tried with --dry-run");
  }
  request->GetReflection()->SetBool(request, field, true);
  return absl::OkStatus();
}

void AddRequestId(Message* request) {
  if (resource::GetString(*request, "request_id").empty()) {
    resource::SetString(request, "request_id", base::GenerateUuid());
  }
}

absl::StatusOr<json> ObjectOf(const std::string& data,
                              const std::vector<std::string>& assignments) {
  json object = json::object();
  if (!data.empty()) {
    object = json::parse(data, nullptr, false);
    if (!object.is_object()) {
      return UsageError(R"(--data is not a JSON object; write it like '{"grade":"A"}')");
    }
  }
  for (const std::string& assignment : assignments) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(assignment, absl::MaxSplits('=', 1));
    if (!absl::StrContains(assignment, "=")) {
      return UsageError(absl::StrCat("\"", assignment, "\": write it like grade=A"));
    }
    const absl::Status set = SetPath(parts.first, parts.second, &object);
    if (!set.ok()) return UsageError(set.message());
  }
  return object;
}

std::string AnyParent(const Resource& resource) {
  std::string parent = resource.pattern.ParentText();
  for (size_t open; (open = parent.find('{')) != std::string::npos;) {
    parent.replace(open, parent.find('}', open) - open + 1, "-");
  }
  return parent;
}

absl::StatusOr<std::vector<JsonLine>> ReadJsonLines(const std::string& text,
                                                    const std::string& path) {
  std::vector<JsonLine> rows;
  int64_t line = 0;
  for (absl::string_view part : absl::StrSplit(text, '\n')) {
    ++line;
    if (absl::StripAsciiWhitespace(part).empty()) continue;
    json value = json::parse(part.begin(), part.end(), nullptr, false);
    if (!value.is_object()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": line ", line, " is not a JSON object"));
    }
    rows.push_back({line, std::move(value)});
  }
  return rows;
}

}  // namespace salesops::ctl
