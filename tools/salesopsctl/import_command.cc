// import: rows of a file in batches, resumed where a killed run stopped.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
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
#include "tools/salesopsctl/mapping.h"
#include "tools/salesopsctl/progress.h"
#include "tools/salesopsctl/requests.h"
#include "tools/salesopsctl/work_state.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using nlohmann::json;
using resource::GetInt;
using resource::GetString;
using resource::RepeatedOf;
using resource::SetInt;
using resource::SetString;

constexpr size_t kBatch = 500;
constexpr int kShownFailures = 20;
constexpr int kTries = 20;
constexpr absl::Duration kStreamTimeout = absl::Hours(24);

struct Totals {
  int64_t created = 0, updated = 0, unchanged = 0;
  std::vector<RowFailure> failures;
  std::set<int64_t> failed_rows;

  void Fail(RowFailure failure) {
    failed_rows.insert(failure.line);
    failures.push_back(std::move(failure));
  }
};

json ToDetails(const Totals& totals, const std::string& resume_token) {
  json failures = json::array();
  for (const RowFailure& f : totals.failures) failures.push_back({f.line, f.field, f.message});
  return {{"created", totals.created},
          {"updated", totals.updated},
          {"unchanged", totals.unchanged},
          {"failures", std::move(failures)},
          {"resume_token", resume_token}};
}

Totals TotalsOf(const json& details) {
  Totals totals;
  totals.created = details.value("created", int64_t{0});
  totals.updated = details.value("updated", int64_t{0});
  totals.unchanged = details.value("unchanged", int64_t{0});
  for (const json& f : details.value("failures", json::array())) {
    totals.Fail({f[0].get<int64_t>(), f[1].get<std::string>(), f[2].get<std::string>()});
  }
  return totals;
}

// Rows of one import, ready to send.
struct Job {
  std::string what;  // for people
  std::string collection;
  std::string source;
  const MethodDescriptor* method = nullptr;
  const Descriptor* row = nullptr;
  std::vector<std::unique_ptr<Message>> rows;  // with increasing row numbers
};

absl::Status FindImport(const Session& session, Job* job) {
  ASSIGN_OR_RETURN(const Resource* resource, session.catalog().FindCollection(job->collection));
  ASSIGN_OR_RETURN(job->method, session.catalog().Standard(*resource, "Import"));
  const FieldDescriptor* batch = job->method->input_type()->FindFieldByName("batch");
  const FieldDescriptor* rows =
      batch == nullptr ? nullptr : batch->message_type()->FindFieldByName("rows");
  if (rows == nullptr) {
    return absl::InternalError("the import's contract has no batch with rows");
  }
  job->row = rows->message_type();
  return absl::OkStatus();
}

void Tally(const Message& response, Totals* totals) {
  totals->created += GetInt(response, "created_count");
  totals->updated += GetInt(response, "updated_count");
  totals->unchanged += GetInt(response, "unchanged_count");
  const FieldDescriptor* failures = response.GetDescriptor()->FindFieldByName("failures");
  for (int i = 0; i < response.GetReflection()->FieldSize(response, failures); ++i) {
    const Message& f = response.GetReflection()->GetRepeatedMessage(response, failures, i);
    totals->Fail({GetInt(f, "row_number"), GetString(f, "field"),
                  absl::StrCat(GetString(f, "reason"), ": ", GetString(f, "message"))});
  }
}

// One stream from row `answered` on. Advances `answered` and the work's state with every answer, so
// that whatever happens next goes on after it.
class Sender {
 public:
  Sender(const Session& session, const Job& job, bool dry_run, WorkState* work, Totals* totals)
      : session_(session),
        job_(job),
        dry_run_(dry_run),
        work_(work),
        totals_(totals),
        answered_(static_cast<size_t>(work->done())),
        resume_token_(work->details().value("resume_token", "")),
        progress_(job.what, static_cast<int64_t>(job.rows.size()), work->done()) {}

  absl::Status Run() {
    for (int attempt = 1;; ++attempt) {
      const size_t before = answered_;
      const absl::Status status = Stream();
      if (!kept_.ok()) return kept_;
      if (answered_ >= job_.rows.size() && options_answered_) break;
      if (answered_ > before) attempt = 1;
      const bool passing = status.ok() || status.code() == absl::StatusCode::kUnavailable ||
                           status.code() == absl::StatusCode::kResourceExhausted;
      if (!passing || attempt >= kTries) return status.ok() ? EndedEarly() : status;
      absl::SleepFor(status::RetryDelay(status).value_or(
          std::min(absl::Seconds(2), absl::Milliseconds(50) * (1 << std::min(attempt, 6)))));
    }
    progress_.Done();
    return absl::OkStatus();
  }

 private:
  absl::Status Stream() {
    options_sent_ = options_answered_ = false;
    sent_ = answered_;
    return session_.channel().Exchange(
        Catalog::Path(job_.method), [this](Message* request) { return Next(request); },
        *session_.catalog().New(job_.method->input_type()),
        *session_.catalog().New(job_.method->output_type()), session_.Options(kStreamTimeout),
        [this](const Message& response) { return Visit(response); });
  }

  static absl::Status EndedEarly() {
    return absl::UnavailableError("the server ended the import again and again without an answer");
  }

  bool Next(Message* request) {
    request->Clear();
    if (!options_sent_) {
      options_sent_ = true;
      Message* options = resource::MutableMessage(request, "options");
      SetString(options, "source", job_.source);
      SetString(options, "resume_token", resume_token_);
      const FieldDescriptor* dry = options->GetDescriptor()->FindFieldByName("dry_run");
      options->GetReflection()->SetBool(options, dry, dry_run_);
      return true;
    }
    if (sent_ >= job_.rows.size()) return false;
    Message* batch = resource::MutableMessage(request, "batch");
    const FieldDescriptor* list = RepeatedOf(*batch, job_.row);
    const size_t end = std::min(job_.rows.size(), sent_ + kBatch);
    for (; sent_ < end; ++sent_) {
      batch->GetReflection()->AddMessage(batch, list)->CopyFrom(*job_.rows[sent_]);
    }
    return true;
  }

  bool Visit(const Message& response) {
    if (!options_answered_) {
      options_answered_ = true;
      return true;
    }
    resume_token_ = GetString(response, "resume_token");
    Tally(response, totals_);
    answered_ = sent_;
    progress_.Set(static_cast<int64_t>(answered_));
    if (dry_run_) return true;  // nothing is stored, so there is nothing to go on from
    kept_ = work_->Save(static_cast<int64_t>(answered_), ToDetails(*totals_, resume_token_));
    return kept_.ok();
  }

  const Session& session_;
  const Job& job_;
  const bool dry_run_;
  WorkState* const work_;
  Totals* const totals_;
  size_t answered_, sent_ = 0;
  bool options_sent_ = false, options_answered_ = false;
  std::string resume_token_;
  absl::Status kept_;
  Progress progress_;
};

void WriteFailures(const std::string& path, const std::string& what, const Totals& totals) {
  if (path.empty() || totals.failures.empty()) return;
  std::ofstream out(path, std::ios::app);
  for (const RowFailure& f : totals.failures) {
    out << json{{"import", what}, {"row", f.line}, {"field", f.field}, {"message", f.message}}.dump(
               -1, ' ', false, json::error_handler_t::replace)
        << "\n";
  }
}

absl::Status Summarize(const Job& job, const ImportOptions& options, const Totals& totals) {
  absl::FPrintF(stderr, "%-20s %s%d created, %d updated, %d unchanged, %d failed\n", job.what,
                options.dry_run ? "(dry run) " : "", totals.created, totals.updated,
                totals.unchanged, totals.failed_rows.size());
  int shown = 0;
  for (const RowFailure& f : totals.failures) {
    if (++shown > kShownFailures) {
      absl::FPrintF(stderr, "  … and %d more%s\n", totals.failures.size() - kShownFailures,
                    options.failures.empty() ? "; --failures FILE writes all of them" : "");
      break;
    }
    absl::FPrintF(stderr, "  row %d%s%s: %s\n", f.line, f.field.empty() ? "" : " ", f.field,
                  f.message);
  }
  WriteFailures(options.failures, job.what, totals);
  if (totals.failures.empty()) return absl::OkStatus();
  return PartlyDone(absl::StrCat(totals.failed_rows.size(), " rows of ", job.what,
                                 " were not taken; mend them and import the file again"));
}

// Everything that makes it the same work: where to, what, and every byte of it.
std::string IdentityOf(const Session& session, const Job& job, bool dry_run) {
  std::string all = absl::StrCat("import\n", session.target().server, "\n", job.method->full_name(),
                                 "\n", job.source, "\n", dry_run, "\n");
  for (const auto& row : job.rows) {
    const std::string bytes = row->SerializeAsString();
    absl::StrAppend(&all, bytes.size(), "\n", bytes);
  }
  return Sha256(all);
}

absl::Status ImportRows(const Session& session, const ImportOptions& options,
                        const std::vector<MappedRows::Row>& mapped, Totals unmapped, Job* job) {
  RETURN_IF_ERROR(FindImport(session, job));
  for (const MappedRows::Row& row : mapped) {
    std::unique_ptr<Message> message = session.catalog().New(job->row);
    if (absl::Status parsed = ParseFriendly(row.value, message.get()); !parsed.ok()) {
      unmapped.Fail({row.line, "", std::string(parsed.message())});
      continue;
    }
    SetInt(message.get(), "row_number", row.line);
    job->rows.push_back(std::move(message));
  }
  const std::string identity = IdentityOf(session, *job, options.dry_run);
  const std::string path = options.state.empty() ? absl::StrCat(session.places().state, "/import-",
                                                                identity.substr(0, 16), ".json")
                                                 : options.state;
  ASSIGN_OR_RETURN(std::unique_ptr<WorkState> work,
                   WorkState::Open(path, identity, options.restart));
  Totals totals = work->resumed() ? TotalsOf(work->details()) : std::move(unmapped);
  if (work->resumed()) {
    absl::FPrintF(stderr, "%-20s goes on after row %d of %d; --restart begins again\n", job->what,
                  work->done(), job->rows.size());
  }
  const InterruptAdvice advice("\ninterrupted; the same command goes on from here\n");
  const absl::Status status = Sender(session, *job, options.dry_run, work.get(), &totals).Run();
  if (!status.ok()) {
    if (work->resumed()) {
      absl::FPrintF(stderr,
                    "%-20s stopped after row %d of %d; the same command goes on from there\n",
                    job->what, work->done(), job->rows.size());
    }
    return status;
  }
  work->Finish();
  return Summarize(*job, options, totals);
}

absl::Status ImportMapped(const Session& session, const Mapping& mapping,
                          const Mapping::Import& import, const std::string& path,
                          const ImportOptions& options) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const absl::StatusOr<Csv> csv = ParseCsv(text);
  if (!csv.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", csv.status().message()));
  }
  const absl::StatusOr<MappedRows> mapped = mapping.Apply(import, *csv);
  if (!mapped.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("import \"", import.name, "\": ", mapped.status().message()));
  }
  Totals totals;
  for (const RowFailure& failure : mapped->failures) totals.Fail(failure);
  Job job;
  job.what = import.name;
  job.collection = import.collection;
  job.source = mapping.source();
  const absl::Status status = ImportRows(session, options, mapped->rows, std::move(totals), &job);
  if (mapped->repeated > 0) {
    absl::FPrintF(stderr, "  %d rows repeated another and were sent once\n", mapped->repeated);
  }
  for (const auto& [replacement, n] : mapped->replaced) {
    absl::FPrintF(stderr, "  replaced %s  (%d times)\n", replacement, n);
  }
  return status;
}

absl::Status ImportJsonLines(const Session& session, const ImportOptions& options) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file));
  ASSIGN_OR_RETURN(const std::vector<MappedRows::Row> rows, ReadJsonLines(text, options.file));
  if (options.source.empty()) {
    return UsageError("JSON lines need --source, the system whose keys the rows carry");
  }
  Job job;
  job.what = job.collection = options.collection;
  job.source = options.source;
  return ImportRows(session, options, rows, Totals(), &job);
}

}  // namespace

absl::Status Import(Session& session, const ImportOptions& options) {
  if (options.file.empty() && options.folder.empty()) {
    return UsageError("import needs --file, or --mapping and --folder");
  }
  if (options.mapping.empty()) return ImportJsonLines(session, options);
  ASSIGN_OR_RETURN(const std::string text, ReadFile(options.mapping));
  const std::string folder = !options.folder.empty()
                                 ? options.folder
                                 : options.file.substr(0, options.file.rfind('/') + 1) + ".";
  const absl::StatusOr<Mapping> mapping = Mapping::Parse(text, folder, ReadFile);
  if (!mapping.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.mapping, ": ", mapping.status().message()));
  }
  absl::Status partly;
  bool found = false;
  for (const Mapping::Import& import : mapping->imports()) {
    if (options.collection != "all" && options.collection != import.name) continue;
    found = true;
    const std::string path = options.file.empty() ? folder + "/" + import.file : options.file;
    const absl::Status status = ImportMapped(session, *mapping, import, path, options);
    if (!status.ok() && ExitCodeOf(status) != ExitCode::kPartly) return status;
    partly.Update(status);
  }
  if (found) return partly;
  return UsageError(
      absl::StrCat("the mapping file has no import \"", options.collection, "\"; or say all"));
}

}  // namespace salesops::ctl
