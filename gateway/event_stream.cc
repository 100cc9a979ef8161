#include "gateway/event_stream.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* Int64Field(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  const bool usable = field != nullptr && !field->is_repeated() &&
                      field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
  return usable ? field : nullptr;
}

}  // namespace

bool WantsEventStream(absl::string_view accept) {
  for (absl::string_view element : absl::StrSplit(accept, ',')) {
    const absl::string_view type = absl::StripAsciiWhitespace(element.substr(0, element.find(';')));
    if (absl::EqualsIgnoreCase(type, "text/event-stream")) return true;
  }
  return false;
}

std::string PositionOf(const Message& message) {
  const FieldDescriptor* field = Int64Field(message, "position");
  return field == nullptr ? "" : absl::StrCat(message.GetReflection()->GetInt64(message, field));
}

absl::Status ResumeAfter(absl::string_view last_event_id, Message& request) {
  const FieldDescriptor* field = Int64Field(request, "after_position");
  if (field == nullptr) {
    return status::InvalidField(
        "last-event-id", "NOT_RESUMABLE",
        "cannot be used, as this stream has no positions; begin it anew without the header");
  }
  int64_t position = 0;
  if (!absl::SimpleAtoi(last_event_id, &position) || position < 0) {
    return status::InvalidField("last-event-id", "INVALID_POSITION",
                                "must be the id of an event of this stream");
  }
  request.GetReflection()->SetInt64(&request, field, position);
  return absl::OkStatus();
}

std::string FormatEvent(absl::string_view id, absl::string_view json) {
  return id.empty() ? absl::StrCat("data: ", json, "\n\n")
                    : absl::StrCat("id: ", id, "\ndata: ", json, "\n\n");
}

std::string FormatErrorEvent(absl::string_view json) {
  return absl::StrCat("event: error\ndata: ", json, "\n\n");
}

}  // namespace salesops::gateway
