// events: the facts of a service, as JSON lines.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "shared/resource/message_fields.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"
#include "tools/salesopsctl/commands.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/friendly_json.h"
#include "tools/salesopsctl/requests.h"
#include "tools/salesopsctl/table.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using nlohmann::ordered_json;
using resource::GetInt;
using resource::GetString;

constexpr absl::Duration kLongestPause = absl::Seconds(5);

ordered_json LineOf(const Session& session, const Message& event) {
  const std::string type = GetString(event, "type");
  ordered_json line = {{"position", GetInt(event, "position")},
                       {"type", type},
                       {"aggregate", GetString(event, "aggregate")},
                       {"occurTime", CellOf(event, "occur_time", CellStyle::kExact)},
                       {"sequenceTime", CellOf(event, "sequence_time", CellStyle::kExact)}};
  if (const Descriptor* descriptor = session.catalog().FindMessage(type)) {
    std::unique_ptr<Message> payload = session.catalog().New(descriptor);
    const FieldDescriptor* bytes = event.GetDescriptor()->FindFieldByName("payload");
    if (payload->ParseFromString(event.GetReflection()->GetString(event, bytes))) {
      line["payload"] = ordered_json::parse(ToJson(*payload, false), nullptr, false);
    }
  }
  return line;
}

class Watch {
 public:
  Watch(const Session& session, const MethodDescriptor* method, const EventOptions& options)
      : session_(session), method_(method), options_(options), after_(options.after) {}

  absl::Status Run() {
    absl::Duration pause = absl::Milliseconds(200);
    for (;;) {
      const int64_t before = after_;
      const absl::Status status = Stream();
      if (!broken_.ok()) return broken_;
      if (!std::cout || told_all_) return absl::OkStatus();
      const bool passing = status.ok() || status.code() == absl::StatusCode::kUnavailable ||
                           status.code() == absl::StatusCode::kResourceExhausted;
      if (!options_.follow || !passing) return status;
      if (after_ > before) pause = absl::Milliseconds(200);
      // The server ends a stream now and then by itself; that is nothing to speak of.
      if (!status.ok()) {
        absl::FPrintF(stderr, "the stream broke after position %d (%s); going on\n", after_,
                      std::string(status.message()));
      }
      absl::SleepFor(pause);
      pause = std::min(kLongestPause, pause * 2);
    }
  }

 private:
  absl::Status Stream() {
    std::unique_ptr<Message> request = session_.catalog().New(method_->input_type());
    resource::SetInt(request.get(), "after_position", after_);
    if (!options_.types.empty()) {
      RETURN_IF_ERROR(Fill({{"types", options_.types}}, request.get()));
    }
    return session_.Stream(method_, *request,
                           [this](const Message& batch) { return Visit(batch); });
  }

  bool Visit(const Message& batch) {
    const std::string log = GetString(batch, "log_id");
    if (!log_.empty() && !log.empty() && log != log_) {
      broken_ = absl::AbortedError(
          "the service was restored from a backup: positions begin anew; build what you made of "
          "its events again, from an export");
      return false;
    }
    log_ = log;
    const FieldDescriptor* events = batch.GetDescriptor()->FindFieldByName("events");
    const int n = batch.GetReflection()->FieldSize(batch, events);
    for (int i = 0; i < n; ++i) {
      std::cout << LineOf(session_, batch.GetReflection()->GetRepeatedMessage(batch, events, i))
                       .dump(-1, ' ', false, ordered_json::error_handler_t::replace)
                << "\n";
    }
    std::cout.flush();
    after_ = std::max(after_, GetInt(batch, "position"));
    told_all_ = !options_.follow && n == 0;  // the first heartbeat says that all was told
    return !told_all_ && static_cast<bool>(std::cout);
  }

  const Session& session_;
  const MethodDescriptor* const method_;
  const EventOptions& options_;
  int64_t after_;
  std::string log_;
  bool told_all_ = false;
  absl::Status broken_;
};

// "OpportunityAdvanced" is short for "salesops.pipeline.v1.OpportunityAdvanced".
absl::Status CompleteTypes(const Session& session, const std::string& package,
                           std::vector<std::string>* types) {
  for (std::string& type : *types) {
    if (session.catalog().FindMessage(type) != nullptr) continue;
    const std::string full = absl::StrCat(package, ".", type);
    if (session.catalog().FindMessage(full) == nullptr) {
      return NotInContracts(absl::StrCat("there is no event \"", type, "\" in ", package));
    }
    type = full;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Events(Session& session, const EventOptions& given) {
  const std::string package = absl::StrCat("salesops.", given.service, ".v1");
  absl::StatusOr<const MethodDescriptor*> method =
      session.catalog().FindMethod(package + ".EventService.WatchEvents");
  if (!method.ok()) {
    std::string known;
    for (const auto* service : session.catalog().services()) {
      if (service->name() != "EventService") continue;
      const std::string& full = service->file()->package();  // salesops.<service>.v1
      const size_t dot = full.find('.');
      absl::StrAppend(&known, known.empty() ? "" : ", ",
                      full.substr(dot + 1, full.rfind('.') - dot - 1));
    }
    return NotInContracts(
        absl::StrCat("no service \"", given.service, "\" tells events; these do: ", known));
  }
  EventOptions options = given;
  RETURN_IF_ERROR(CompleteTypes(session, package, &options.types));
  return Watch(session, *method, options).Run();
}

}  // namespace salesops::ctl
