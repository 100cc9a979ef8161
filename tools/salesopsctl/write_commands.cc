// create, update, archive, unarchive, do, call.
#include <cstdio>
#include <iostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "shared/base/id.h"
#include "shared/resource/message_fields.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/commands.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/friendly_json.h"
#include "tools/salesopsctl/progress.h"
#include "tools/salesopsctl/report.h"
#include "tools/salesopsctl/requests.h"
#include "tools/salesopsctl/work_state.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using nlohmann::json;

// Sends a change and shows what it left.
absl::Status Send(const Session& session, const MethodDescriptor* method, bool dry_run,
                  Message* request) {
  if (dry_run) RETURN_IF_ERROR(SetDryRun(request));
  AddRequestId(request);
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> response, session.Call(method, *request));
  WriteOne(session.format(), {}, *response, std::cout);
  if (dry_run) std::fputs("dry run: this is what would be stored; nothing was\n", stderr);
  return absl::OkStatus();
}

// A UUID (version 8, RFC 9562) that is the same for the same line of the same run, so that a line
// whose answer was lost is replayed, not repeated.
std::string RequestIdOf(const std::string& run, int64_t line) {
  std::string hex = Sha256(absl::StrCat(run, "\n", line)).substr(0, 32);
  hex[12] = '8';
  hex[16] = 'a';
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

struct FileTotals {
  int64_t created = 0, existing = 0, failed = 0;

  json ToJson(const std::string& run) const {
    return {{"run", run}, {"created", created}, {"existing", existing}, {"failed", failed}};
  }
};

absl::Status CreateLine(const Session& session, const MethodDescriptor* method, const json& line,
                        const std::string& request_id, bool dry_run) {
  std::unique_ptr<Message> request = session.catalog().New(method->input_type());
  RETURN_IF_ERROR(Fill(line, request.get()));
  if (dry_run) RETURN_IF_ERROR(SetDryRun(request.get()));
  if (resource::GetString(*request, "request_id").empty()) {
    resource::SetString(request.get(), "request_id", request_id);
  }
  return session.Call(method, *request).status();
}

bool EndsTheRun(const absl::Status& status) {
  const ExitCode code = ExitCodeOf(status);
  return code == ExitCode::kUnavailable || code == ExitCode::kRefused || code == ExitCode::kUsage;
}

absl::Status CreateFromFile(Session& session, const MethodDescriptor* method,
                            const WriteOptions& options) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file));
  ASSIGN_OR_RETURN(const std::vector<JsonLine> rows, ReadJsonLines(text, options.file));
  const std::string identity =
      Sha256(absl::StrCat("create\n", session.target().server, "\n", method->full_name(), "\n",
                          options.dry_run, "\n", text));
  const std::string path =
      absl::StrCat(session.places().state, "/create-", identity.substr(0, 16), ".json");
  ASSIGN_OR_RETURN(std::unique_ptr<WorkState> work,
                   WorkState::Open(path, identity, options.restart));
  FileTotals totals{work->details().value("created", int64_t{0}),
                    work->details().value("existing", int64_t{0}),
                    work->details().value("failed", int64_t{0})};
  const std::string run = work->details().value("run", base::GenerateUuid());
  const int64_t already = work->done();
  if (already == 0 && !options.dry_run) RETURN_IF_ERROR(work->Save(0, totals.ToJson(run)));
  if (already > 0) {
    absl::FPrintF(stderr, "%-20s goes on after row %d; --restart begins again\n",
                  options.collection, already);
  }
  const InterruptAdvice advice("\ninterrupted; the same command goes on from here\n");
  Progress progress(options.collection, static_cast<int64_t>(rows.size()), already);
  for (int64_t i = already; i < static_cast<int64_t>(rows.size()); ++i) {
    const JsonLine& row = rows[i];
    const absl::Status status =
        CreateLine(session, method, row.value, RequestIdOf(run, row.line), options.dry_run);
    if (EndsTheRun(status)) return status;
    if (status.ok()) {
      ++totals.created;
    } else if (status.code() == absl::StatusCode::kAlreadyExists) {
      ++totals.existing;
    } else {
      ++totals.failed;
      absl::FPrintF(stderr, "line %d:\n", row.line);
      Report(session, status);
    }
    if (!options.dry_run) RETURN_IF_ERROR(work->Save(i + 1, totals.ToJson(run)));
    progress.Set(i + 1);
  }
  work->Finish();
  absl::FPrintF(stderr, "%-20s %s%d created, %d already there, %d failed\n", options.collection,
                options.dry_run ? "(dry run) " : "", totals.created, totals.existing,
                totals.failed);
  if (totals.failed == 0) return absl::OkStatus();
  return PartlyDone(absl::StrCat(totals.failed,
                                 " rows were not created; mend them in a file of "
                                 "their own and create that"));
}

// Fields that were assigned are in the mask, so that a value can also be emptied.
void MaskAssigned(const std::vector<std::string>& assignments, Message* request) {
  Message* mask = resource::MutableMessage(request, "update_mask");
  if (mask == nullptr || assignments.empty()) return;
  const FieldDescriptor* paths = mask->GetDescriptor()->FindFieldByName("paths");
  for (const std::string& assignment : assignments) {
    mask->GetReflection()->AddString(mask, paths, assignment.substr(0, assignment.find('=')));
  }
}

}  // namespace

absl::Status Create(Session& session, const WriteOptions& options) {
  ASSIGN_OR_RETURN(const Resource* resource, session.catalog().FindCollection(options.collection));
  ASSIGN_OR_RETURN(const MethodDescriptor* method, session.catalog().Standard(*resource, "Create"));
  if (!options.file.empty()) return CreateFromFile(session, method, options);
  ASSIGN_OR_RETURN(json data, ObjectOf(options.data, options.set));
  json body = {{resource->singular, std::move(data)}};
  if (!options.id.empty()) body[resource->singular + "_id"] = options.id;
  if (!options.parent.empty()) body["parent"] = options.parent;
  std::unique_ptr<Message> request = session.catalog().New(method->input_type());
  RETURN_IF_ERROR(Fill(body, request.get()));
  return Send(session, method, options.dry_run, request.get());
}

absl::Status Update(Session& session, const WriteOptions& options) {
  ASSIGN_OR_RETURN(const Resource* resource, session.catalog().FindByName(options.name));
  ASSIGN_OR_RETURN(const MethodDescriptor* method, session.catalog().Standard(*resource, "Update"));
  ASSIGN_OR_RETURN(json data, ObjectOf(options.data, options.set));
  if (data.empty()) return UsageError("nothing to change; say what with --set field=value");
  data["name"] = options.name;
  if (!options.etag.empty()) data["etag"] = options.etag;
  std::unique_ptr<Message> request = session.catalog().New(method->input_type());
  RETURN_IF_ERROR(Fill({{resource->singular, std::move(data)}}, request.get()));
  // With --data alone the mask stays absent: all populated fields.
  if (options.data.empty()) MaskAssigned(options.set, request.get());
  return Send(session, method, options.dry_run, request.get());
}

absl::Status Do(Session& session, const WriteOptions& options) {
  ASSIGN_OR_RETURN(const Resource* resource, session.catalog().FindByName(options.name));
  ASSIGN_OR_RETURN(const MethodDescriptor* method, session.catalog().Verb(*resource, options.verb));
  ASSIGN_OR_RETURN(json data, ObjectOf(options.data, options.set));
  data["name"] = options.name;
  if (!options.etag.empty()) data["etag"] = options.etag;
  std::unique_ptr<Message> request = session.catalog().New(method->input_type());
  RETURN_IF_ERROR(Fill(data, request.get()));
  return Send(session, method, options.dry_run, request.get());
}

absl::Status Call(Session& session, const WriteOptions& options) {
  ASSIGN_OR_RETURN(const MethodDescriptor* method, session.catalog().FindMethod(options.method));
  if (method->client_streaming()) {
    return UsageError(absl::StrCat(method->name(), " takes a stream; import is made for that"));
  }
  std::string text = options.request;
  if (text == "-") {
    ASSIGN_OR_RETURN(text, ReadFile("-"));
  }
  const json value = json::parse(text.empty() ? "{}" : text, nullptr, false);
  if (!value.is_object()) {
    return UsageError(R"(the request is not a JSON object; write it like '{"name":"accounts/7"}')");
  }
  std::unique_ptr<Message> request = session.catalog().New(method->input_type());
  RETURN_IF_ERROR(Fill(value, request.get()));
  if (options.dry_run) RETURN_IF_ERROR(SetDryRun(request.get()));
  AddRequestId(request.get());
  if (method->server_streaming()) {
    return session.Stream(method, *request, [](const Message& part) {
      std::cout << ctl::ToJson(part, false) << "\n" << std::flush;
      return static_cast<bool>(std::cout);
    });
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> response, session.Call(method, *request));
  // Responses have no columns; --output jsonl gives one line.
  std::cout << ctl::ToJson(*response, session.format() != Format::kJsonLines) << "\n";
  return absl::OkStatus();
}

}  // namespace salesops::ctl
