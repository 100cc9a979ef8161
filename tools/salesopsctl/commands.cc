#include "tools/salesopsctl/commands.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"
#include "shared/base/id.h"
#include "shared/resource/message_fields.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"
#include "tools/salesopsctl/friendly_json.h"
#include "tools/salesopsctl/mapping.h"
#include "tools/salesopsctl/progress.h"
#include "tools/salesopsctl/table.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using nlohmann::json;
using resource::GetInt;
using resource::GetString;
using resource::RepeatedOf;
using resource::SetInt;
using resource::SetString;

constexpr int kPage = 500;
constexpr int kBatch = 500;
constexpr int kShownFailures = 20;

rpc::CallOptions Options(const Session& session, absl::Duration timeout) {
  return {.token = session.token, .timeout = timeout};
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read \"", path, "\""));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

absl::StatusOr<std::unique_ptr<Message>> CallMethod(const Session& session,
                                                    const MethodDescriptor* method,
                                                    const Message& request) {
  std::unique_ptr<Message> response = session.catalog->New(method->output_type());
  RETURN_IF_ERROR(session.channel->Call(Catalog::Path(method), request, response.get(),
                                        Options(session, absl::Seconds(30))));
  return response;
}

// One resource: JSON, or a line per populated field.
void Print(const Session& session, const Message& message) {
  if (session.output == "json") {
    std::cout << ToJson(message, true) << "\n";
    return;
  }
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<std::vector<std::string>> rows;
  for (const FieldDescriptor* field : fields) {
    if (!field->is_map()) {
      rows.push_back({field->name(), CellOf(message, field->name())});
      continue;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      const std::string key =
          CellOf(message.GetReflection()->GetRepeatedMessage(message, field, i), "key");
      const std::string path = absl::StrCat(field->name(), ".", key);
      rows.push_back({path, CellOf(message, path)});
    }
  }
  std::cout << FormatTable({"FIELD", "VALUE"}, rows);
}

absl::Status SetTime(const std::string& text, const char* field, Message* request) {
  if (text.empty()) return absl::OkStatus();
  return ParseFriendly(json{{field, text}}, request);
}

// A request_id makes a repeated mutation harmless; our client always sends one.
void AddRequestId(Message* request) {
  if (GetString(*request, "request_id").empty()) {
    SetString(request, "request_id", base::GenerateUuid());
  }
}

absl::StatusOr<json> DataOf(const WriteOptions& options) {
  json data = json::object();
  if (!options.data.empty()) {
    data = json::parse(options.data, nullptr, false);
    if (!data.is_object()) return absl::InvalidArgumentError("--data is not a JSON object");
  }
  for (const std::string& assignment : options.set) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(assignment, absl::MaxSplits('=', 1));
    if (assignment.find('=') == std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("--set ", assignment, ": write it like --set grade=A"));
    }
    RETURN_IF_ERROR(SetPath(parts.first, parts.second, &data));
  }
  return data;
}

int Send(const Session& session, const MethodDescriptor* method, const Message& request) {
  absl::StatusOr<std::unique_ptr<Message>> response = CallMethod(session, method, request);
  if (!response.ok()) return Report(response.status());
  Print(session, **response);
  return 0;
}

// --- Import ---------------------------------------------------------------------------------

struct Row {
  int64_t number = 0;  // of the line in the file
  std::unique_ptr<Message> message;
};

struct Totals {
  int64_t created = 0, updated = 0, unchanged = 0;
  std::vector<RowFailure> failures;
  std::set<int64_t> failed_rows;
};

struct ImportMethods {
  const MethodDescriptor* method = nullptr;
  const Descriptor* batch = nullptr;
  const Descriptor* row = nullptr;
};

absl::StatusOr<ImportMethods> FindImport(const Session& session, const std::string& collection) {
  ImportMethods found;
  ASSIGN_OR_RETURN(const Resource* resource, session.catalog->FindCollection(collection));
  ASSIGN_OR_RETURN(found.method, session.catalog->Standard(*resource, "Import"));
  const FieldDescriptor* batch = found.method->input_type()->FindFieldByName("batch");
  if (batch == nullptr) return absl::InternalError("the import's contract has no field batch");
  found.batch = batch->message_type();
  found.row = found.batch->FindFieldByName("rows")->message_type();
  return found;
}

void Tally(const Message& response, Totals* totals) {
  totals->created += GetInt(response, "created_count");
  totals->updated += GetInt(response, "updated_count");
  totals->unchanged += GetInt(response, "unchanged_count");
  const FieldDescriptor* failures = response.GetDescriptor()->FindFieldByName("failures");
  for (int i = 0; i < response.GetReflection()->FieldSize(response, failures); ++i) {
    const Message& f = response.GetReflection()->GetRepeatedMessage(response, failures, i);
    totals->failures.push_back(
        {GetInt(f, "row_number"), GetString(f, "field"),
         absl::StrCat(GetString(f, "reason"), ": ", GetString(f, "message"))});
    totals->failed_rows.insert(GetInt(f, "row_number"));
  }
}

// Streams the rows in batches; goes on from the last answered one when a stream ends early.
absl::Status SendRows(const Session& session, const ImportMethods& methods,
                      const std::string& source, bool dry_run, const std::vector<Row>& rows,
                      Progress* progress, Totals* totals) {
  size_t answered = 0;
  std::string resume_token;
  for (int attempt = 0;; ++attempt) {
    bool options_sent = false, options_answered = false;
    size_t sent = answered;
    auto next = [&](Message* request) {
      request->Clear();
      if (!options_sent) {
        options_sent = true;
        Message* options = resource::MutableMessage(request, "options");
        SetString(options, "source", source);
        SetString(options, "resume_token", resume_token);
        const FieldDescriptor* dry = options->GetDescriptor()->FindFieldByName("dry_run");
        options->GetReflection()->SetBool(options, dry, dry_run);
        return true;
      }
      if (sent >= rows.size()) return false;
      Message* batch = resource::MutableMessage(request, "batch");
      const FieldDescriptor* list = RepeatedOf(*batch, methods.row);
      const size_t end = std::min(rows.size(), sent + kBatch);
      for (; sent < end; ++sent) {
        batch->GetReflection()->AddMessage(batch, list)->CopyFrom(*rows[sent].message);
      }
      return true;
    };
    auto visit = [&](const Message& response) {
      resume_token = GetString(response, "resume_token");
      if (!options_answered) {
        options_answered = true;
        return true;
      }
      Tally(response, totals);
      answered = sent;
      progress->Set(static_cast<int64_t>(answered));
      return true;
    };
    absl::Status status = session.channel->Exchange(
        Catalog::Path(methods.method), next, *session.catalog->New(methods.method->input_type()),
        *session.catalog->New(methods.method->output_type()), Options(session, absl::Minutes(60)),
        visit);
    if (answered >= rows.size()) return absl::OkStatus();
    const bool worth_another =
        status.ok() || (status.code() == absl::StatusCode::kUnavailable && attempt < 20);
    if (!worth_another) return status;
  }
}

int Summarize(const std::string& what, bool dry_run, const Totals& totals,
              const std::string& failures_file) {
  absl::FPrintF(stderr, "%-20s %s%d created, %d updated, %d unchanged, %d failed\n", what,
                dry_run ? "(dry run) " : "", totals.created, totals.updated, totals.unchanged,
                totals.failed_rows.size());
  int shown = 0;
  for (const RowFailure& f : totals.failures) {
    if (++shown > kShownFailures) {
      absl::FPrintF(stderr, "  … and %d more%s\n", totals.failures.size() - kShownFailures,
                    failures_file.empty() ? "; --failures FILE writes all of them" : "");
      break;
    }
    absl::FPrintF(stderr, "  row %d%s%s: %s\n", f.line, f.field.empty() ? "" : " ", f.field,
                  f.message);
  }
  if (!failures_file.empty() && !totals.failures.empty()) {
    std::ofstream out(failures_file, std::ios::app);
    for (const RowFailure& f : totals.failures) {
      out << json{{"import", what}, {"row", f.line}, {"field", f.field}, {"message", f.message}}
          << "\n";
    }
  }
  return totals.failures.empty() ? 0 : 3;
}

int ImportRows(const Session& session, const std::string& what, const std::string& collection,
               const std::string& source, const std::string& failures_file, bool dry_run,
               const std::vector<MappedRows::Row>& mapped, Totals totals) {
  absl::StatusOr<ImportMethods> methods = FindImport(session, collection);
  if (!methods.ok()) return Report(methods.status());
  std::vector<Row> rows;
  for (const MappedRows::Row& row : mapped) {
    std::unique_ptr<Message> message = session.catalog->New(methods->row);
    if (absl::Status parsed = ParseFriendly(row.value, message.get()); !parsed.ok()) {
      totals.failures.push_back({row.line, "", std::string(parsed.message())});
      totals.failed_rows.insert(row.line);
      continue;
    }
    SetInt(message.get(), "row_number", row.line);
    rows.push_back({row.line, std::move(message)});
  }
  Progress progress(what, static_cast<int64_t>(rows.size()));
  const absl::Status status =
      SendRows(session, *methods, source, dry_run, rows, &progress, &totals);
  progress.Done();
  const int code = Summarize(what, dry_run, totals, failures_file);
  return status.ok() ? code : Report(status);
}

int ImportMapped(const Session& session, const Mapping& mapping, const Mapping::Import& import,
                 const std::string& path, const ImportOptions& options) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return Report(text.status());
  absl::StatusOr<Csv> csv = ParseCsv(*text);
  if (!csv.ok())
    return Report(absl::InvalidArgumentError(absl::StrCat(path, ": ", csv.status().message())));
  absl::StatusOr<MappedRows> mapped = mapping.Apply(import, *csv);
  if (!mapped.ok()) {
    return Report(absl::InvalidArgumentError(
        absl::StrCat("import \"", import.name, "\": ", mapped.status().message())));
  }
  Totals totals;
  totals.failures = mapped->failures;
  for (const RowFailure& f : mapped->failures) totals.failed_rows.insert(f.line);
  const int code = ImportRows(session, import.name, import.collection, mapping.source(),
                              options.failures, options.dry_run, mapped->rows, std::move(totals));
  if (mapped->repeated > 0) {
    absl::FPrintF(stderr, "  %d rows repeated another and were sent once\n", mapped->repeated);
  }
  for (const auto& [replacement, n] : mapped->replaced) {
    absl::FPrintF(stderr, "  replaced %s  (%d times)\n", replacement, n);
  }
  return code;
}

// JSON lines, each an Imported… row or a create request.
absl::StatusOr<std::vector<MappedRows::Row>> ReadJsonLines(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<MappedRows::Row> rows;
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

int CreateFromFile(const Session& session, const MethodDescriptor* method,
                   const std::string& collection, const std::string& path) {
  absl::StatusOr<std::vector<MappedRows::Row>> rows = ReadJsonLines(path);
  if (!rows.ok()) return Report(rows.status());
  int64_t created = 0, existing = 0, failed = 0;
  for (const MappedRows::Row& row : *rows) {
    std::unique_ptr<Message> request = session.catalog->New(method->input_type());
    absl::Status status = ParseFriendly(row.value, request.get());
    if (status.ok()) {
      AddRequestId(request.get());
      status = CallMethod(session, method, *request).status();
    }
    if (status.ok()) {
      ++created;
    } else if (status.code() == absl::StatusCode::kAlreadyExists) {
      ++existing;
    } else {
      ++failed;
      absl::FPrintF(stderr, "line %d:\n", row.line);
      Report(status);
    }
  }
  absl::FPrintF(stderr, "%-20s %d created, %d already there, %d failed\n", collection, created,
                existing, failed);
  return failed == 0 ? 0 : 3;
}

void PrintEvent(const Session& session, const Message& event) {
  const std::string type = GetString(event, "type");
  json line = {{"position", GetInt(event, "position")},
               {"type", type},
               {"aggregate", GetString(event, "aggregate")},
               {"sequenceTime", CellOf(event, "sequence_time")}};
  if (const Descriptor* descriptor = session.catalog->FindMessage(type)) {
    std::unique_ptr<Message> payload = session.catalog->New(descriptor);
    const FieldDescriptor* bytes = event.GetDescriptor()->FindFieldByName("payload");
    if (payload->ParseFromString(event.GetReflection()->GetString(event, bytes))) {
      line["payload"] = json::parse(ToJson(*payload, false), nullptr, false);
    }
  }
  std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << "\n" << std::flush;
}

}  // namespace

int Report(const absl::Status& status) {
  absl::FPrintF(stderr, "error: %s: %s\n", absl::StatusCodeToString(status.code()),
                std::string(status.message()));
  const base::Violations violations = status::ViolationsOf(status);
  for (const base::Violation& v : violations.list()) {
    absl::FPrintF(stderr, "  %s: %s (%s)\n", v.field, v.message, v.reason);
  }
  if (status.code() == absl::StatusCode::kUnauthenticated) {
    absl::FPrintF(stderr,
                  "  get a token with: tools/dev token --as SUBJECT > token, and name it "
                  "with --token_file or SALESOPS_TOKEN\n");
  }
  return 1;
}

int Get(const Session& session, const std::string& name, const std::string& as_of_time) {
  absl::StatusOr<const Resource*> resource = session.catalog->FindByName(name);
  if (!resource.ok()) return Report(resource.status());
  absl::StatusOr<const MethodDescriptor*> method = session.catalog->Standard(**resource, "Get");
  if (!method.ok()) return Report(method.status());
  std::unique_ptr<Message> request = session.catalog->New((*method)->input_type());
  SetString(request.get(), "name", name);
  if (absl::Status s = SetTime(as_of_time, "asOfTime", request.get()); !s.ok()) return Report(s);
  return Send(session, *method, *request);
}

int List(const Session& session, const std::string& collection, const ListOptions& options) {
  absl::StatusOr<const Resource*> resource = session.catalog->FindCollection(collection);
  if (!resource.ok()) return Report(resource.status());
  absl::StatusOr<const MethodDescriptor*> method = session.catalog->Standard(**resource, "List");
  if (!method.ok()) return Report(method.status());
  const std::vector<std::string> columns =
      options.columns.empty() ? DefaultColumns((*resource)->type) : options.columns;
  std::unique_ptr<Message> request = session.catalog->New((*method)->input_type());
  SetString(request.get(), "filter", options.filter);
  SetString(request.get(), "order_by", options.order_by);
  std::string parent = options.parent;
  if (parent.empty() && !(*resource)->pattern.ParentText().empty()) {
    parent = absl::StrCat(
        (*resource)->pattern.ParentText().substr(0, (*resource)->pattern.ParentText().find('/')),
        "/-");
  }
  SetString(request.get(), "parent", parent);
  if (const FieldDescriptor* f = request->GetDescriptor()->FindFieldByName("show_archived")) {
    request->GetReflection()->SetBool(request.get(), f, options.show_archived);
  }
  if (absl::Status s = SetTime(options.as_of_time, "asOfTime", request.get()); !s.ok()) {
    return Report(s);
  }
  std::vector<std::vector<std::string>> rows;
  int left = options.limit;
  for (;;) {
    SetInt(request.get(), "page_size", options.limit == 0 ? kPage : std::min(left, kPage));
    absl::StatusOr<std::unique_ptr<Message>> page = CallMethod(session, *method, *request);
    if (!page.ok()) return Report(page.status());
    const FieldDescriptor* list = RepeatedOf(**page, (*resource)->type);
    const int n = (*page)->GetReflection()->FieldSize(**page, list);
    for (int i = 0; i < n; ++i) {
      const Message& item = (*page)->GetReflection()->GetRepeatedMessage(**page, list, i);
      if (session.output == "json") {
        std::cout << ToJson(item, false) << "\n";
      } else {
        std::vector<std::string>& cells = rows.emplace_back();
        for (const std::string& column : columns) cells.push_back(CellOf(item, column));
      }
    }
    left -= n;
    const std::string token = GetString(**page, "next_page_token");
    if (token.empty() || (options.limit > 0 && left <= 0)) {
      if (session.output != "json") std::cout << FormatTable(columns, rows);
      if (!token.empty()) {
        absl::FPrintF(stderr, "there is more; --limit 0 lists everything\n");
      }
      return 0;
    }
    SetString(request.get(), "page_token", token);
  }
}

int Create(const Session& session, const std::string& collection, const WriteOptions& options) {
  absl::StatusOr<const Resource*> resource = session.catalog->FindCollection(collection);
  if (!resource.ok()) return Report(resource.status());
  absl::StatusOr<const MethodDescriptor*> method = session.catalog->Standard(**resource, "Create");
  if (!method.ok()) return Report(method.status());
  if (!options.file.empty()) return CreateFromFile(session, *method, collection, options.file);
  absl::StatusOr<json> data = DataOf(options);
  if (!data.ok()) return Report(data.status());
  json body = {{(*resource)->singular, *data}};
  if (!options.id.empty()) body[(*resource)->singular + "_id"] = options.id;
  if (!options.parent.empty()) body["parent"] = options.parent;
  if (options.validate_only) body["validate_only"] = true;
  std::unique_ptr<Message> request = session.catalog->New((*method)->input_type());
  if (absl::Status s = ParseFriendly(body, request.get()); !s.ok()) return Report(s);
  AddRequestId(request.get());
  return Send(session, *method, *request);
}

int Update(const Session& session, const std::string& name, const WriteOptions& options) {
  absl::StatusOr<const Resource*> resource = session.catalog->FindByName(name);
  if (!resource.ok()) return Report(resource.status());
  absl::StatusOr<const MethodDescriptor*> method = session.catalog->Standard(**resource, "Update");
  if (!method.ok()) return Report(method.status());
  absl::StatusOr<json> data = DataOf(options);
  if (!data.ok()) return Report(data.status());
  (*data)["name"] = name;
  if (!options.etag.empty()) (*data)["etag"] = options.etag;
  json body = {{(*resource)->singular, *data}};
  if (options.validate_only) body["validate_only"] = true;
  std::unique_ptr<Message> request = session.catalog->New((*method)->input_type());
  if (absl::Status s = ParseFriendly(body, request.get()); !s.ok()) return Report(s);
  // What --set names is in the mask, so that a value can also be emptied.
  Message* mask = resource::MutableMessage(request.get(), "update_mask");
  const FieldDescriptor* paths = mask->GetDescriptor()->FindFieldByName("paths");
  for (const std::string& assignment : options.set) {
    mask->GetReflection()->AddString(mask, paths, assignment.substr(0, assignment.find('=')));
  }
  if (options.set.empty()) {
    request->GetReflection()->ClearField(request.get(),
                                         request->GetDescriptor()->FindFieldByName("update_mask"));
  }
  AddRequestId(request.get());
  return Send(session, *method, *request);
}

int Do(const Session& session, const std::string& verb, const std::string& name,
       const WriteOptions& options) {
  absl::StatusOr<const Resource*> resource = session.catalog->FindByName(name);
  if (!resource.ok()) return Report(resource.status());
  std::string method_verb = verb;
  method_verb[0] = absl::ascii_toupper(method_verb[0]);
  absl::StatusOr<const MethodDescriptor*> method =
      session.catalog->Standard(**resource, method_verb);
  if (!method.ok()) return Report(method.status());
  absl::StatusOr<json> data = DataOf(options);
  if (!data.ok()) return Report(data.status());
  (*data)["name"] = name;
  if (!options.etag.empty()) (*data)["etag"] = options.etag;
  if (options.validate_only) (*data)["validate_only"] = true;
  std::unique_ptr<Message> request = session.catalog->New((*method)->input_type());
  if (absl::Status s = ParseFriendly(*data, request.get()); !s.ok()) return Report(s);
  AddRequestId(request.get());
  return Send(session, *method, *request);
}

int Call(const Session& session, const std::string& name, const std::string& request_json) {
  absl::StatusOr<const MethodDescriptor*> method = session.catalog->FindMethod(name);
  if (!method.ok()) return Report(method.status());
  const json value = json::parse(request_json.empty() ? "{}" : request_json, nullptr, false);
  if (!value.is_object()) {
    return Report(absl::InvalidArgumentError("the request is not a JSON object"));
  }
  std::unique_ptr<Message> request = session.catalog->New((*method)->input_type());
  if (absl::Status s = ParseFriendly(value, request.get()); !s.ok()) return Report(s);
  absl::StatusOr<std::unique_ptr<Message>> response = CallMethod(session, *method, *request);
  if (!response.ok()) return Report(response.status());
  std::cout << ToJson(**response, true) << "\n";
  return 0;
}

int Import(const Session& session, const std::string& collection, const ImportOptions& options) {
  if (options.mapping.empty()) {
    absl::StatusOr<std::vector<MappedRows::Row>> rows = ReadJsonLines(options.file);
    if (!rows.ok()) return Report(rows.status());
    return ImportRows(session, collection, collection, options.source, options.failures,
                      options.dry_run, *rows, Totals());
  }
  absl::StatusOr<std::string> text = ReadFile(options.mapping);
  if (!text.ok()) return Report(text.status());
  const std::string folder = !options.folder.empty()
                                 ? options.folder
                                 : options.file.substr(0, options.file.rfind('/') + 1) + ".";
  absl::StatusOr<Mapping> mapping = Mapping::Parse(*text, folder, ReadFile);
  if (!mapping.ok()) {
    return Report(absl::InvalidArgumentError(
        absl::StrCat(options.mapping, ": ", mapping.status().message())));
  }
  int worst = 0;
  bool found = false;
  for (const Mapping::Import& import : mapping->imports()) {
    if (collection != "all" && collection != import.name) continue;
    found = true;
    const std::string path = options.file.empty() ? folder + "/" + import.file : options.file;
    const int code = ImportMapped(session, *mapping, import, path, options);
    if (code == 1 || code == 2) return code;
    worst = std::max(worst, code);
  }
  if (found) return worst;
  return Report(absl::NotFoundError(
      absl::StrCat("the mapping file has no import \"", collection, "\"; or say all")));
}

int Export(const Session& session, const std::string& collection, const ListOptions& options) {
  absl::StatusOr<const Resource*> resource = session.catalog->FindCollection(collection);
  if (!resource.ok()) return Report(resource.status());
  absl::StatusOr<const MethodDescriptor*> method = session.catalog->Standard(**resource, "Export");
  if (!method.ok()) return Report(method.status());
  std::unique_ptr<Message> request = session.catalog->New((*method)->input_type());
  SetString(request.get(), "filter", options.filter);
  SetString(request.get(), "order_by", options.order_by);
  if (absl::Status s = SetTime(options.as_of_time, "asOfTime", request.get()); !s.ok()) {
    return Report(s);
  }
  int64_t rows = 0, position = 0;
  const absl::Status status = session.channel->Stream(
      Catalog::Path(*method), *request, *session.catalog->New((*method)->output_type()),
      Options(session, absl::Minutes(60)), [&](const Message& part) {
        const FieldDescriptor* list = RepeatedOf(part, (*resource)->type);
        for (int i = 0; i < part.GetReflection()->FieldSize(part, list); ++i, ++rows) {
          std::cout << ToJson(part.GetReflection()->GetRepeatedMessage(part, list, i), false)
                    << "\n";
        }
        position = GetInt(part, "position");
        return true;
      });
  if (!status.ok()) return Report(status);
  absl::FPrintF(stderr, "%d rows as of position %d\n", rows, position);
  return 0;
}

int Events(const Session& session, const std::string& service, int64_t after, bool follow) {
  absl::StatusOr<const MethodDescriptor*> method = session.catalog->FindMethod(
      absl::StrCat("salesops.", service, ".v1.EventService.WatchEvents"));
  if (!method.ok()) return Report(method.status());
  for (;;) {
    std::unique_ptr<Message> request = session.catalog->New((*method)->input_type());
    SetInt(request.get(), "after_position", after);
    const absl::Status status = session.channel->Stream(
        Catalog::Path(*method), *request, *session.catalog->New((*method)->output_type()),
        Options(session, absl::Minutes(60)), [&](const Message& batch) {
          const FieldDescriptor* events = batch.GetDescriptor()->FindFieldByName("events");
          const int n = batch.GetReflection()->FieldSize(batch, events);
          for (int i = 0; i < n; ++i) {
            PrintEvent(session, batch.GetReflection()->GetRepeatedMessage(batch, events, i));
          }
          after = std::max(after, GetInt(batch, "position"));
          return follow || n > 0;  // the first heartbeat says that all was told
        });
    if (!follow) {
      return status.ok() || status.code() == absl::StatusCode::kCancelled ? 0 : Report(status);
    }
    if (!status.ok() && status.code() != absl::StatusCode::kUnavailable) return Report(status);
  }
}

int Collections(const Session& session) {
  std::vector<std::vector<std::string>> rows;
  for (const Resource& resource : session.catalog->resources()) {
    rows.push_back({resource.plural, resource.pattern.text(), resource.service->full_name()});
  }
  std::cout << FormatTable({"COLLECTION", "NAMES", "SERVICE"}, rows);
  return 0;
}

}  // namespace salesops::ctl
