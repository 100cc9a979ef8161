// import: rows of a file in batches, resumed where a killed run stopped. The file is read twice, as
// a stream: once to count its rows and to know that it is whole, once to send them.
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
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
#include "tools/salesopsctl/reject_file.h"
#include "tools/salesopsctl/requests.h"
#include "tools/salesopsctl/row_source.h"
#include "tools/salesopsctl/server_lookups.h"
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
// So that a file of bad rows is neither held in memory nor silent for long.
constexpr size_t kRejectedTogether = 1000;
constexpr size_t kShownFailures = 20;
constexpr int kTries = 20;
constexpr absl::Duration kStreamTimeout = absl::Hours(24);

// What became of the rows so far.
struct Totals {
  int64_t created = 0, updated = 0, unchanged = 0, rejected = 0, repeated = 0;
  std::map<std::string, int64_t> replaced;  // "product: GTXPro -> GTX Pro" -> how often
  std::vector<std::string> shown;           // the first rejections, in words
};

json ToJson(const Totals& totals) {
  return {{"created", totals.created},     {"updated", totals.updated},
          {"unchanged", totals.unchanged}, {"rejected", totals.rejected},
          {"repeated", totals.repeated},   {"replaced", totals.replaced},
          {"shown", totals.shown}};
}

Totals TotalsOf(const json& file) {
  Totals totals;
  totals.created = file.value("created", int64_t{0});
  totals.updated = file.value("updated", int64_t{0});
  totals.unchanged = file.value("unchanged", int64_t{0});
  totals.rejected = file.value("rejected", int64_t{0});
  totals.repeated = file.value("repeated", int64_t{0});
  totals.replaced = file.value("replaced", totals.replaced);
  totals.shown = file.value("shown", totals.shown);
  return totals;
}

// One import of one file.
struct Job {
  std::string what;  // for people
  std::string collection;
  std::string source;
  std::string path;       // of the rows
  std::string told_path;  // as it was given; "-" is standard input
  SourceOptions options;
  const Mapping* mapping = nullptr;  // null: the rows are import rows already
  const Mapping::Import* import = nullptr;
  const MethodDescriptor* method = nullptr;
  const Descriptor* row = nullptr;
  int64_t rows = 0;      // of the file
  std::string identity;  // where to, what, and every byte of it
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

absl::Status InFile(const Job& job, const absl::Status& status) {
  if (status.ok() || status.code() != absl::StatusCode::kInvalidArgument ||
      ExitCodeOf(status) == ExitCode::kUsage) {
    return status;
  }
  return absl::InvalidArgumentError(absl::StrCat(job.told_path, ": ", status.message()));
}

// ---- the file as a whole

std::string DigestOfFile(const std::string& path) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const auto free_context = absl::MakeCleanup([context] { EVP_MD_CTX_free(context); });
  EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
  std::ifstream in(path, std::ios::binary);
  std::string block(1 << 16, '\0');
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0) {
    EVP_DigestUpdate(context, block.data(), static_cast<size_t>(in.gcount()));
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(context, digest, &size);
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

// Reads all of it, so that a file that is broken somewhere is told before anything is sent.
absl::Status Survey(Job* job) {
  ASSIGN_OR_RETURN(const std::unique_ptr<RowSource> source, OpenRowSource(job->path, job->options));
  Progress progress(absl::StrCat(job->what, ", reading"), -1);
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<Record> record, source->Next());
    if (!record) break;
    progress.Set(++job->rows);
  }
  progress.Clear();
  if (source->format() == FileFormat::kCsv && source->encoding() != Encoding::kUtf8) {
    absl::FPrintF(stderr, "%-20s read as %s\n", job->what, NameOf(source->encoding()));
  }
  return absl::OkStatus();
}

std::string IdentityOf(const Session& session, const Job& job, bool dry_run) {
  return Sha256(
      absl::StrJoin({std::string("import 2"), session.target().server, job.method->full_name(),
                     job.source, job.what, std::string(dry_run ? "dry" : ""), job.options.format,
                     job.options.encoding, job.options.sheet, DigestOfFile(job.path),
                     job.mapping == nullptr ? std::string() : job.mapping->fingerprint()},
                    "\n"));
}

// ---- rows to send

// Rows that go to the server together, with those between them that do not.
struct Chunk {
  std::vector<std::unique_ptr<Message>> messages;
  std::vector<Record> records;  // of the messages
  std::vector<std::pair<Record, std::vector<Rejection>>> rejected;
  std::map<std::string, int64_t> replaced;
  int64_t repeated = 0;
  int64_t read = 0;  // rows of the file in it, whatever became of them
};

class Feed {
 public:
  Feed(const Session& session, const Job& job, RowSource* source)
      : session_(session), job_(job), source_(*source) {
    static const auto* none = new std::map<std::string, Lookup>();
    lookups_ = std::make_unique<AskedLookups>(
        session, job.mapping == nullptr ? *none : job.mapping->lookups());
  }

  absl::Status Open() {
    if (job_.import == nullptr) return absl::OkStatus();
    ASSIGN_OR_RETURN(RowMapper mapper, RowMapper::For(*job_.import, source_.columns()));
    mapper_ = std::make_unique<RowMapper>(std::move(mapper));
    return absl::OkStatus();
  }

  // Passes over rows that an earlier run is done with.
  absl::Status Skip(int64_t rows) {
    while (rows > 0) {
      // Which rows repeat another is known only by reading them all.
      if (job_.import != nullptr && job_.import->distinct) {
        ASSIGN_OR_RETURN(const Chunk chunk, Next(rows));
        if (chunk.read == 0) return absl::OkStatus();
        rows -= chunk.read;
        continue;
      }
      ASSIGN_OR_RETURN(const std::optional<Record> record, source_.Next());
      if (!record) return absl::OkStatus();
      --rows;
    }
    return absl::OkStatus();
  }

  // Reads `most` rows at most. Nothing read: the end.
  absl::StatusOr<Chunk> Next(int64_t most = std::numeric_limits<int64_t>::max()) {
    Chunk chunk;
    while (chunk.messages.size() < kBatch && chunk.rejected.size() < kRejectedTogether) {
      const auto room = static_cast<int64_t>(kBatch - chunk.messages.size());
      const int64_t before = chunk.read;
      RETURN_IF_ERROR(Add(std::min(room, most - chunk.read), &chunk));
      if (chunk.read == before) break;
    }
    return chunk;
  }

 private:
  // Reads so many rows and makes of them what they are.
  absl::Status Add(int64_t rows, Chunk* chunk) {
    std::vector<Record> records;
    while (static_cast<int64_t>(records.size()) < rows) {
      ASSIGN_OR_RETURN(std::optional<Record> record, source_.Next());
      if (!record) break;
      records.push_back(*std::move(record));
    }
    chunk->read += static_cast<int64_t>(records.size());
    if (mapper_ == nullptr) {
      for (Record& record : records) {
        const json value = json(record.value);
        AddRow(value, std::move(record), chunk);
      }
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(std::vector<Filled> filled, Map(records));
    for (size_t i = 0; i < records.size(); ++i) AddMapped(&filled[i], &records[i], chunk);
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Filled>> Map(const std::vector<Record>& records) {
    std::vector<Filled> filled;
    for (const Record& record : records) {
      filled.push_back(record.rejections.empty() ? mapper_->Map(record, *lookups_) : Filled());
    }
    for (;;) {
      const auto pending = [](const Filled& each) { return each.pending; };
      if (std::none_of(filled.begin(), filled.end(), pending)) return filled;
      RETURN_IF_ERROR(lookups_->AskAll());
      // The answer may be what another lookup asks by.
      for (size_t i = 0; i < filled.size(); ++i) {
        if (filled[i].pending) filled[i] = mapper_->Map(records[i], *lookups_);
      }
    }
  }

  void AddMapped(Filled* filled, Record* record, Chunk* chunk) {
    std::vector<Rejection> why = record->rejections;
    why.insert(why.end(), filled->rejections.begin(), filled->rejections.end());
    if (!why.empty()) {
      chunk->rejected.emplace_back(std::move(*record), std::move(why));
      return;
    }
    for (const std::string& replacement : filled->replacements) ++chunk->replaced[replacement];
    if (job_.import->distinct && !seen_.insert(Sha256(filled->value.dump())).second) {
      ++chunk->repeated;
      return;
    }
    AddRow(filled->value, std::move(*record), chunk);
  }

  void AddRow(const json& value, Record record, Chunk* chunk) const {
    std::unique_ptr<Message> message = session_.catalog().New(job_.row);
    const absl::Status parsed = ParseFriendly(value, message.get());
    if (!parsed.ok()) {
      const std::vector<Rejection> why = {{"", "INVALID", std::string(parsed.message())}};
      chunk->rejected.emplace_back(std::move(record), why);
      return;
    }
    SetInt(message.get(), "row_number", record.row);
    chunk->messages.push_back(std::move(message));
    chunk->records.push_back(std::move(record));
  }

  const Session& session_;
  const Job& job_;
  RowSource& source_;
  std::unique_ptr<AskedLookups> lookups_;
  std::unique_ptr<RowMapper> mapper_;
  std::set<std::string> seen_;  // digests of the rows so far, if they are to be distinct
};

// ---- what is told of rejected rows

class Rejects {
 public:
  Rejects(std::unique_ptr<RejectFile> file, bool must) : file_(std::move(file)), must_(must) {}

  absl::Status GoOn(int64_t bytes) {
    return file_ == nullptr ? absl::OkStatus() : file_->GoOn(bytes);
  }

  absl::Status Add(const Record& record, const std::vector<Rejection>& why, Totals* totals) {
    ++totals->rejected;
    for (const Rejection& each : why) {
      if (totals->shown.size() == kShownFailures) break;
      totals->shown.push_back(absl::StrCat("row ", record.row, each.field.empty() ? "" : " ",
                                           each.field, ": ", each.reason, ": ", each.message));
    }
    return Kept(file_ == nullptr ? absl::OkStatus() : file_->Add(record, why));
  }

  absl::Status Flush() { return Kept(file_ == nullptr ? absl::OkStatus() : file_->Flush()); }

  // "" if there is none.
  std::string path() const { return file_ == nullptr ? "" : file_->path(); }
  int64_t bytes() const { return file_ == nullptr ? 0 : file_->bytes(); }

 private:
  // A place that nobody named may be one where nothing can be written.
  absl::Status Kept(const absl::Status& status) {
    if (status.ok() || must_) return status;
    absl::FPrintF(stderr, "%s; --rejects FILE keeps the rejected rows elsewhere\n",
                  status.message());
    file_.reset();
    return absl::OkStatus();
  }

  std::unique_ptr<RejectFile> file_;
  const bool must_;
};

// ---- the exchange with the server

// Advances the work's state with every answer, so that whatever happens next goes on after it.
class Sender {
 public:
  Sender(const Session& session, const Job& job, bool dry_run, Feed* feed, Rejects* rejects,
         WorkState* work, Totals* totals)
      : session_(session),
        job_(job),
        dry_run_(dry_run),
        feed_(*feed),
        rejects_(*rejects),
        work_(*work),
        totals_(*totals),
        done_(work->done()),
        resume_token_(work->details().value("resume_token", "")),
        progress_(job.what, job.rows, work->done()) {}

  absl::Status Run() {
    for (int attempt = 1;; ++attempt) {
      const int64_t before = done_;
      const absl::Status status = Stream();
      if (!failed_.ok()) return failed_;
      if (ended_ && options_answered_) break;
      if (done_ > before) attempt = 1;
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
    // One that was sent and not answered is sent again.
    while (chunk_.messages.empty() && !ended_) {
      absl::StatusOr<Chunk> next = feed_.Next();
      if (!next.ok()) return Passed(InFile(job_, next.status()));
      chunk_ = *std::move(next);
      ended_ = chunk_.read == 0;
      if (chunk_.messages.empty() && !ended_ && !Passed(Account({}))) return false;
    }
    if (chunk_.messages.empty()) return false;
    Message* batch = resource::MutableMessage(request, "batch");
    const FieldDescriptor* list = RepeatedOf(*batch, job_.row);
    for (const auto& message : chunk_.messages) {
      batch->GetReflection()->AddMessage(batch, list)->CopyFrom(*message);
    }
    return true;
  }

  // False ends the stream.
  bool Passed(const absl::Status& status) {
    failed_.Update(status);
    return failed_.ok();
  }

  bool Visit(const Message& response) {
    if (!options_answered_) {
      options_answered_ = true;
      return true;
    }
    resume_token_ = GetString(response, "resume_token");
    totals_.created += GetInt(response, "created_count");
    totals_.updated += GetInt(response, "updated_count");
    totals_.unchanged += GetInt(response, "unchanged_count");
    std::map<int64_t, std::vector<Rejection>> failures;
    const FieldDescriptor* list = response.GetDescriptor()->FindFieldByName("failures");
    for (int i = 0; i < response.GetReflection()->FieldSize(response, list); ++i) {
      const Message& f = response.GetReflection()->GetRepeatedMessage(response, list, i);
      failures[GetInt(f, "row_number")].push_back(
          {GetString(f, "field"), GetString(f, "reason"), GetString(f, "message")});
    }
    return Passed(Account(failures));
  }

  // The chunk is done with, but for rows that the server refused.
  absl::Status Account(const std::map<int64_t, std::vector<Rejection>>& failures) {
    for (Record& record : chunk_.records) {
      const auto failed = failures.find(record.row);
      if (failed != failures.end()) chunk_.rejected.emplace_back(std::move(record), failed->second);
    }
    std::sort(chunk_.rejected.begin(), chunk_.rejected.end(),
              [](const auto& a, const auto& b) { return a.first.row < b.first.row; });
    for (const auto& [record, why] : chunk_.rejected) {
      RETURN_IF_ERROR(rejects_.Add(record, why, &totals_));
    }
    RETURN_IF_ERROR(rejects_.Flush());
    totals_.repeated += chunk_.repeated;
    for (const auto& [replacement, n] : chunk_.replaced) totals_.replaced[replacement] += n;
    done_ += chunk_.read;
    chunk_ = Chunk();
    progress_.Set(done_);
    if (dry_run_) return absl::OkStatus();  // nothing is stored: there is nothing to go on from
    json details = ToJson(totals_);
    details["resume_token"] = resume_token_;
    details["rejects"] = rejects_.path();
    details["rejects_bytes"] = rejects_.bytes();
    return work_.Save(done_, std::move(details));
  }

  const Session& session_;
  const Job& job_;
  const bool dry_run_;
  Feed& feed_;
  Rejects& rejects_;
  WorkState& work_;
  Totals& totals_;
  int64_t done_;  // rows of the file
  Chunk chunk_;   // sent, or to be sent next
  bool ended_ = false, options_sent_ = false, options_answered_ = false;
  std::string resume_token_;
  absl::Status failed_;
  Progress progress_;
};

absl::Status Summarize(const Job& job, const ImportOptions& options, const Totals& totals,
                       const Rejects& rejects) {
  absl::FPrintF(stderr, "%-20s %s%d created, %d updated, %d unchanged, %d failed\n", job.what,
                options.dry_run ? "(dry run) " : "", totals.created, totals.updated,
                totals.unchanged, totals.rejected);
  for (const std::string& line : totals.shown) absl::FPrintF(stderr, "  %s\n", line);
  if (totals.repeated > 0) {
    absl::FPrintF(stderr, "  %d rows repeated another and were sent once\n", totals.repeated);
  }
  for (const auto& [replacement, n] : totals.replaced) {
    absl::FPrintF(stderr, "  replaced %s  (%d times)\n", replacement, n);
  }
  if (totals.rejected == 0) return absl::OkStatus();
  const double rate = static_cast<double>(totals.rejected) / static_cast<double>(job.rows);
  const std::string error_rate =
      absl::StrFormat("error rate %.2f %% (%d of %d rows)", rate * 100, totals.rejected, job.rows);
  const std::string where =
      rejects.path().empty() ? "" : absl::StrCat("; they are in ", rejects.path());
  if (options.max_error_rate >= 0 && rate <= options.max_error_rate) {
    absl::FPrintF(stderr, "  %s, within %.2f %%%s\n", error_rate, options.max_error_rate * 100,
                  where);
    return absl::OkStatus();
  }
  const std::string above = options.max_error_rate < 0
                                ? ""
                                : absl::StrFormat(", above %.2f %%", options.max_error_rate * 100);
  return PartlyDone(absl::StrCat(
      totals.rejected, " rows of ", job.what, " were not taken: ", error_rate, above, where,
      rejects.path().empty() ? "; mend them and import the file again"
                             : "; mend them there and import that file the same way"));
}

// Where rejected rows go: what was asked for, what an interrupted run had, or a new file.
std::unique_ptr<RejectFile> RejectsFor(const Job& job, const ImportOptions& options,
                                       const WorkState& work, const RowSource& source) {
  std::string path = options.rejects;
  if (path.empty() && work.resumed()) path = work.details().value("rejects", "");
  if (path.empty() && job.told_path != "-") path = FreeRejectPath(job.told_path, source.format());
  return path.empty() ? nullptr : std::make_unique<RejectFile>(path, source);
}

absl::Status ImportRows(const Session& session, const ImportOptions& options, Job job) {
  RETURN_IF_ERROR(FindImport(session, &job));
  RETURN_IF_ERROR(InFile(job, Survey(&job)));
  job.identity = IdentityOf(session, job, options.dry_run);
  ASSIGN_OR_RETURN(const std::unique_ptr<RowSource> source, OpenRowSource(job.path, job.options));
  Feed feed(session, job, source.get());
  const absl::Status opened = feed.Open();
  if (!opened.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("import \"", job.what, "\": ", opened.message()));
  }
  const std::string path = options.state.empty() ? absl::StrCat(session.places().state, "/import-",
                                                                job.identity.substr(0, 16), ".json")
                                                 : options.state;
  ASSIGN_OR_RETURN(std::unique_ptr<WorkState> work,
                   WorkState::Open(path, job.identity, options.restart));
  Totals totals = TotalsOf(work->details());
  Rejects rejects(RejectsFor(job, options, *work, *source), !options.rejects.empty());
  if (work->resumed()) {
    absl::FPrintF(stderr, "%-20s goes on after row %d of %d; --restart begins again\n", job.what,
                  work->done(), job.rows);
    RETURN_IF_ERROR(rejects.GoOn(work->details().value("rejects_bytes", int64_t{0})));
    RETURN_IF_ERROR(feed.Skip(work->done()));
  }
  const InterruptAdvice advice("\ninterrupted; the same command goes on from here\n");
  const absl::Status status =
      Sender(session, job, options.dry_run, &feed, &rejects, work.get(), &totals).Run();
  if (!status.ok()) {
    if (work->resumed()) {
      absl::FPrintF(stderr,
                    "%-20s stopped after row %d of %d; the same command goes on from there\n",
                    job.what, work->done(), job.rows);
    }
    return status;
  }
  work->Finish();
  return Summarize(job, options, totals, rejects);
}

// ---- what the command line names

// Standard input as a file without a name, which can be read twice.
class SpooledInput {
 public:
  SpooledInput() = default;
  ~SpooledInput() {
    if (fd_ >= 0) close(fd_);
  }
  SpooledInput(const SpooledInput&) = delete;
  SpooledInput& operator=(const SpooledInput&) = delete;

  absl::Status Fill() {
    std::string name = (std::filesystem::temp_directory_path() / "salesopsctl-XXXXXX").string();
    fd_ = mkstemp(name.data());
    if (fd_ < 0) return absl::UnknownError(absl::StrCat("cannot write \"", name, "\""));
    unlink(name.c_str());
    std::ofstream out(path(), std::ios::binary);
    out << std::cin.rdbuf();
    // Nothing at all sets the failure bit and is no failure.
    out.clear();
    out.flush();
    return out ? absl::OkStatus() : absl::UnknownError("standard input cannot be kept");
  }
  std::string path() const { return absl::StrCat("/proc/self/fd/", fd_); }

 private:
  int fd_ = -1;
};

SourceOptions Overlaid(SourceOptions options, const ImportOptions& given) {
  if (!given.format.empty()) options.format = given.format;
  if (!given.encoding.empty()) options.encoding = given.encoding;
  if (!given.sheet.empty()) options.sheet = given.sheet;
  return options;
}

absl::Status NameFile(const std::string& path, SpooledInput* input, Job* job) {
  job->path = job->told_path = path;
  if (path != "-") return absl::OkStatus();
  RETURN_IF_ERROR(input->Fill());
  job->path = input->path();
  return absl::OkStatus();
}

absl::Status ImportMapped(const Session& session, const Mapping& mapping,
                          const Mapping::Import& import, const std::string& path,
                          const ImportOptions& options) {
  Job job;
  job.what = import.name;
  job.collection = import.collection;
  job.source = mapping.source();
  job.mapping = &mapping;
  job.import = &import;
  job.options = Overlaid(import.options, options);
  SpooledInput input;
  RETURN_IF_ERROR(NameFile(path, &input, &job));
  return ImportRows(session, options, std::move(job));
}

absl::Status ImportJsonLines(const Session& session, const ImportOptions& options) {
  if (options.source.empty()) {
    return UsageError("JSON lines need --source, the system whose keys the rows carry");
  }
  Job job;
  job.what = job.collection = options.collection;
  job.source = options.source;
  job.options = Overlaid({.format = "jsonl", .columns = false}, options);
  const std::string extension = std::filesystem::path(options.file).extension().string();
  const bool table = options.format.empty() ? extension == ".csv" || extension == ".xlsx"
                                            : options.format != "jsonl";
  if (table) {
    return UsageError("a table needs --mapping, which says what its columns are");
  }
  SpooledInput input;
  RETURN_IF_ERROR(NameFile(options.file, &input, &job));
  return ImportRows(session, options, std::move(job));
}

// ---- --explain-mapping

// The field of the contract at a template's path, such as "date" or "Money"; "" if there is none.
std::string TypeAt(const Descriptor* type, const std::string& path) {
  std::string word;
  std::string rest = path;
  const FieldDescriptor* field = nullptr;
  while (!rest.empty()) {
    const size_t dot = std::min(rest.find('.'), rest.size());
    word = rest.substr(0, std::min(dot, rest.find('[')));
    rest = dot < rest.size() ? rest.substr(dot + 1) : "";
    if (type == nullptr) return "";
    field = nullptr;
    for (int i = 0; i < type->field_count(); ++i) {
      if (type->field(i)->json_name() == word || type->field(i)->name() == word) {
        field = type->field(i);
      }
    }
    if (field == nullptr) return "";
    type = field->message_type();
    if (!field->is_map()) continue;
    // The next word is a key.
    field = type->map_value();
    type = field->message_type();
    const size_t next = std::min(rest.find('.'), rest.size());
    rest = next < rest.size() ? rest.substr(next + 1) : "";
  }
  if (field == nullptr) return "";
  if (type != nullptr) return type->name();
  return field->enum_type() != nullptr ? field->enum_type()->name() : field->cpp_type_name();
}

// What the template's field is in a filled row; "" if it was left out.
std::string ExampleAt(const json& row, const std::string& path) {
  const json* at = &row;
  for (std::string rest = path; !rest.empty();) {
    const size_t end = std::min(rest.find_first_of(".["), rest.size());
    const std::string word = rest.substr(0, end);
    const bool index = !word.empty() && word.back() == ']';
    if (index) {
      const size_t i = static_cast<size_t>(std::atoi(word.c_str()));
      if (!at->is_array() || i >= at->size()) return "";
      at = &(*at)[i];
    } else {
      if (!at->is_object() || !at->contains(word)) return "";
      at = &(*at)[word];
    }
    rest = end < rest.size() ? rest.substr(end + 1) : "";
  }
  return at->is_string() ? at->get<std::string>() : at->dump();
}

// What each field is made of, and what the first row of the file makes of it.
absl::Status Explain(const Session& session, const Mapping& mapping, const Mapping::Import& import,
                     const std::string& path, const ImportOptions& options) {
  Job job;
  job.collection = import.collection;
  job.options = Overlaid(import.options, options);
  RETURN_IF_ERROR(FindImport(session, &job));
  SpooledInput input;
  std::error_code error;
  json example;
  std::vector<std::vector<std::string>> wrong;
  if (path == "-" || std::filesystem::exists(path, error)) {
    RETURN_IF_ERROR(NameFile(path, &input, &job));
    auto source = OpenRowSource(job.path, job.options);
    RETURN_IF_ERROR(InFile(job, source.status()));
    ASSIGN_OR_RETURN(const RowMapper mapper, RowMapper::For(import, (*source)->columns()));
    ASSIGN_OR_RETURN(const std::optional<Record> first, (*source)->Next());
    AskedLookups lookups(session, mapping.lookups());
    Filled filled;
    do {
      RETURN_IF_ERROR(lookups.AskAll());
      if (first && first->rejections.empty()) filled = mapper.Map(*first, lookups);
    } while (filled.pending);
    for (const Rejection& each : filled.rejections) {
      wrong.push_back({each.field, "", "", absl::StrCat(each.reason, ": ", each.message)});
    }
    example = filled.value;
  }
  std::vector<std::vector<std::string>> fields;
  for (const RowTemplate::Leaf& leaf : import.row.Leaves()) {
    fields.push_back(
        {leaf.path, TypeAt(job.row, leaf.path), leaf.text, ExampleAt(example, leaf.path)});
  }
  for (const std::string& column : import.ignored) {
    fields.push_back({"", "", absl::StrCat(column, " (ignored)"), ""});
  }
  fields.insert(fields.end(), wrong.begin(), wrong.end());
  WriteCells(session.format(), {"field", "type", "from", "first row"}, fields, std::cout);
  return absl::OkStatus();
}

}  // namespace

absl::Status Import(Session& session, const ImportOptions& options) {
  if (options.file.empty() && options.folder.empty() &&
      (options.mapping.empty() || !options.explain)) {
    return UsageError("import needs --file, or --mapping and --folder");
  }
  std::error_code error;
  if (!options.rejects.empty() &&
      std::filesystem::equivalent(options.rejects, options.file, error)) {
    return UsageError("--rejects names the file that is imported");
  }
  if (!options.rejects.empty() && options.collection == "all") {
    return UsageError("--rejects is of one import; with all each has its own file beside its rows");
  }
  if (options.mapping.empty()) {
    if (options.explain) return UsageError("--explain-mapping needs --mapping");
    return ImportJsonLines(session, options);
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(options.mapping));
  const std::string folder = !options.folder.empty()
                                 ? options.folder
                                 : options.file.substr(0, options.file.rfind('/') + 1) + ".";
  const absl::StatusOr<std::unique_ptr<const Mapping>> mapping =
      Mapping::Parse(text, folder, ReadFile);
  if (!mapping.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.mapping, ": ", mapping.status().message()));
  }
  absl::Status partly;
  bool found = false;
  for (const Mapping::Import& import : (*mapping)->imports()) {
    if (options.collection != "all" && options.collection != import.name) continue;
    found = true;
    const std::string path = options.file.empty() ? folder + "/" + import.file : options.file;
    const absl::Status status = options.explain
                                    ? Explain(session, **mapping, import, path, options)
                                    : ImportMapped(session, **mapping, import, path, options);
    if (!status.ok() && ExitCodeOf(status) != ExitCode::kPartly) return status;
    partly.Update(status);
  }
  if (found) return partly;
  return UsageError(
      absl::StrCat("the mapping file has no import \"", options.collection, "\"; or say all"));
}

}  // namespace salesops::ctl
