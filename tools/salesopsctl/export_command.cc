// export: all rows of a collection as of one instant, resumed where a killed run stopped.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

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
#include "tools/salesopsctl/progress.h"
#include "tools/salesopsctl/requests.h"
#include "tools/salesopsctl/table.h"
#include "tools/salesopsctl/work_state.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using nlohmann::json;
using resource::GetInt;
using resource::RepeatedOf;
using resource::SetString;

constexpr int kTries = 20;

// Where the export stands: every row up to `rows` is in the first `bytes` of the output.
struct Standing {
  int64_t rows = 0;
  int64_t bytes = 0;
  int64_t position = 0;
  std::string as_of;  // the instant that the whole export shows

  json ToDetails() const { return {{"bytes", bytes}, {"position", position}, {"as_of", as_of}}; }
};

class Exporter {
 public:
  Exporter(const Session& session, const Resource& resource, const MethodDescriptor* method,
           const ReadOptions& options, std::ostream& out, std::unique_ptr<RowWriter> writer)
      : session_(session),
        resource_(resource),
        method_(method),
        options_(options),
        out_(out),
        writer_(std::move(writer)) {}

  // `work` is null if nothing can be kept. Rows that `from` counts are not told again.
  absl::Status Run(Standing from, WorkState* work) {
    at_ = std::move(from);
    Progress progress(options_.collection, -1, at_.rows);
    for (int attempt = 1;; ++attempt) {
      const int64_t before = at_.rows;
      const absl::Status status = Stream(work, &progress);
      if (!failed_.ok()) return failed_;
      if (status.ok()) break;
      if (at_.rows > before) attempt = 1;
      const bool passing = status.code() == absl::StatusCode::kUnavailable ||
                           status.code() == absl::StatusCode::kResourceExhausted;
      if (!passing || attempt >= kTries) return status;
      absl::SleepFor(status::RetryDelay(status).value_or(
          std::min(absl::Seconds(2), absl::Milliseconds(50) * (1 << std::min(attempt, 6)))));
    }
    writer_->Finish();
    out_.flush();
    progress.Done();
    return absl::OkStatus();
  }

  const Standing& at() const { return at_; }

 private:
  absl::StatusOr<std::unique_ptr<Message>> Request() const {
    std::unique_ptr<Message> request = session_.catalog().New(method_->input_type());
    SetString(request.get(), "filter", options_.filter);
    SetString(request.get(), "order_by", options_.order_by);
    if (options_.show_archived) RETURN_IF_ERROR(Fill({{"show_archived", true}}, request.get()));
    RETURN_IF_ERROR(SetFields(options_.with, request.get()));
    RETURN_IF_ERROR(SetAsOf(at_.as_of.empty() ? options_.as_of : at_.as_of, request.get()));
    return request;
  }

  absl::Status Stream(WorkState* work, Progress* progress) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Message> request, Request());
    // As of one instant the rows come in one order, so those that were written already are passed
    // over. (A filter cannot begin after a name.)
    int64_t skip = at_.rows;
    return session_.Stream(method_, *request, [&](const Message& part) {
      Write(part, &skip);
      if (!out_) {
        failed_ = absl::UnknownError("the output cannot be written; is the disk full?");
        return false;
      }
      progress->Set(at_.rows);
      if (work != nullptr) failed_ = work->Save(at_.rows, at_.ToDetails());
      return failed_.ok();
    });
  }

  void Write(const Message& part, int64_t* skip) {
    const FieldDescriptor* list = RepeatedOf(part, resource_.type);
    const int n = list == nullptr ? 0 : part.GetReflection()->FieldSize(part, list);
    for (int i = 0; i < n; ++i) {
      if (*skip > 0) {
        --*skip;
        continue;
      }
      writer_->Add(part.GetReflection()->GetRepeatedMessage(part, list, i));
      ++at_.rows;
    }
    writer_->EndPage();
    out_.flush();
    at_.bytes = static_cast<int64_t>(out_.tellp());
    at_.position = std::max(at_.position, GetInt(part, "position"));
    if (at_.as_of.empty()) at_.as_of = CellOf(part, "as_of_time", CellStyle::kExact);
  }

  const Session& session_;
  const Resource& resource_;
  const MethodDescriptor* const method_;
  const ReadOptions& options_;
  std::ostream& out_;
  const std::unique_ptr<RowWriter> writer_;
  Standing at_;
  absl::Status failed_;
};

void Tell(const Exporter& exporter) {
  absl::FPrintF(stderr, "%d rows as of %s, position %d\n", exporter.at().rows, exporter.at().as_of,
                exporter.at().position);
}

// What an earlier run left, if its part of the file is still there.
Standing StandingOf(const WorkState& work, const std::string& part) {
  std::error_code error;
  const auto size = std::filesystem::file_size(part, error);
  Standing at;
  at.bytes = work.details().value("bytes", int64_t{-1});
  if (!work.resumed() || error || static_cast<int64_t>(size) < at.bytes || at.bytes < 0) return {};
  at.rows = work.done();
  at.position = work.details().value("position", int64_t{0});
  at.as_of = work.details().value("as_of", "");
  return at;
}

absl::Status ExportToFile(const Session& session, const Resource& resource,
                          const MethodDescriptor* method, Format format,
                          const ExportOptions& options) {
  const ReadOptions& read = options.read;
  if (format == Format::kJson) {
    return UsageError("a file holds one row a line: use --output jsonl or csv");
  }
  const std::string path = std::filesystem::absolute(options.file).string();
  const std::string part = path + ".part";
  const std::string identity = Sha256(absl::StrJoin(
      {std::string("export"), session.target().server, method->full_name(), path, read.filter,
       read.order_by, read.as_of, std::string(read.show_archived ? "archived" : ""),
       absl::StrJoin(read.fields, ","), absl::StrJoin(read.with, "\n"),
       FormatNames()[static_cast<size_t>(format)]},
      "\n"));
  ASSIGN_OR_RETURN(std::unique_ptr<WorkState> work,
                   WorkState::Open(part + ".state", identity, options.restart));
  const Standing from = StandingOf(*work, part);
  std::error_code error;
  if (from.rows > 0) {
    // A last line that was cut short, or came after what was noted, is written again.
    std::filesystem::resize_file(part, static_cast<uintmax_t>(from.bytes), error);
    absl::FPrintF(stderr, "%-20s goes on after row %d, as of %s; --restart begins again\n",
                  read.collection, from.rows, from.as_of);
  }
  std::ofstream out(part, std::ios::binary | (from.rows > 0 ? std::ios::app : std::ios::trunc));
  out.seekp(0, std::ios::end);
  if (!out) return absl::UnknownError(absl::StrCat("cannot write \"", part, "\""));
  const InterruptAdvice advice("\ninterrupted; the same command goes on from here\n");
  Exporter exporter(session, resource, method, read, out,
                    MakeRowWriter(format, read.fields, out, /*header=*/from.rows == 0));
  RETURN_IF_ERROR(exporter.Run(from, work.get()));
  out.close();
  std::filesystem::rename(part, path, error);
  if (!out || error) return absl::UnknownError(absl::StrCat("cannot write \"", path, "\""));
  work->Finish();
  Tell(exporter);
  return absl::OkStatus();
}

}  // namespace

absl::Status Export(Session& session, const ExportOptions& options) {
  ASSIGN_OR_RETURN(const Resource* resource,
                   session.catalog().FindCollection(options.read.collection));
  ASSIGN_OR_RETURN(const MethodDescriptor* method, session.catalog().Standard(*resource, "Export"));
  for (const std::string& field : options.read.fields) {
    RETURN_IF_ERROR(CheckPath(resource->type, field));
  }
  // A table cannot hold everything, so an export is lines of JSON unless told otherwise.
  const Format format = session.format() == Format::kTable ? Format::kJsonLines : session.format();
  if (!options.file.empty()) {
    return ExportToFile(session, *resource, method, format, options);
  }
  Exporter exporter(session, *resource, method, options.read, std::cout,
                    MakeRowWriter(format, options.read.fields, std::cout));
  RETURN_IF_ERROR(exporter.Run({}, nullptr));
  Tell(exporter);
  return absl::OkStatus();
}

}  // namespace salesops::ctl
