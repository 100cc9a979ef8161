// export: all rows of a collection as of one instant, resumed where a killed run stopped. A
// collection without an Export method is listed page by page. A workbook's sheet is written as the
// lines of other forms are, and packed when it is whole.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
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
#include "tools/salesopsctl/sheet_writer.h"
#include "tools/salesopsctl/table.h"
#include "tools/salesopsctl/text_encoding.h"
#include "tools/salesopsctl/work_state.h"
#include "tools/salesopsctl/workbook.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using nlohmann::json;
using resource::GetInt;
using resource::RepeatedOf;
using resource::SetString;

constexpr int kTries = 20;
constexpr int kPage = 500;

// Where the export stands: every row up to `rows` is in the first `bytes` of the output.
struct Standing {
  int64_t rows = 0;
  int64_t bytes = 0;
  int64_t position = 0;
  std::string as_of;                    // the instant that the whole export shows
  std::vector<std::string> currencies;  // of a workbook so far, in the order of their styles

  json ToDetails() const {
    return {{"bytes", bytes}, {"position", position}, {"as_of", as_of}, {"currencies", currencies}};
  }
};

// How the rows are written.
struct Form {
  Format format = Format::kJsonLines;
  Encoding encoding = Encoding::kUtf8;
  bool mark = false;
  bool workbook = false;  // `format` says nothing then
};

class Exporter {
 public:
  Exporter(const Session& session, const Resource& resource, const MethodDescriptor* method,
           const ReadOptions& options, Form form, std::ostream& out)
      : session_(session),
        resource_(resource),
        method_(method),
        options_(options),
        form_(form),
        out_(out) {}

  // `work` is null if nothing can be kept. Rows that `from` counts are not told again.
  absl::Status Run(Standing from, WorkState* work) {
    at_ = std::move(from);
    writer_ = form_.workbook ? SheetOf()
                             : MakeRowWriter(form_.format, options_.fields, page_,
                                             /*header=*/at_.rows == 0);
    if (at_.rows == 0 && form_.mark) out_ << kByteOrderMark;
    // How many there will be nobody knows: no contract counts rows, and an aggregate would read the
    // whole collection once more.
    Progress progress(options_.collection, -1, at_.rows);
    for (int attempt = 1;; ++attempt) {
      const int64_t before = at_.rows;
      const absl::Status status = Stream(work, &progress);
      if (!failed_.ok()) return failed_;
      if (status.ok()) break;
      if (at_.rows > before) attempt = 1;
      const bool passing =
          method_->server_streaming() && (status.code() == absl::StatusCode::kUnavailable ||
                                          status.code() == absl::StatusCode::kResourceExhausted);
      if (!passing || attempt >= kTries) return status;
      absl::SleepFor(status::RetryDelay(status).value_or(
          std::min(absl::Seconds(2), absl::Milliseconds(50) * (1 << std::min(attempt, 6)))));
    }
    writer_->Finish();
    RETURN_IF_ERROR(PutPage());
    progress.Done();
    return absl::OkStatus();
  }

  const Standing& at() const { return at_; }

 private:
  std::unique_ptr<RowWriter> SheetOf() {
    return MakeSheetWriter(options_.fields.empty() ? AllColumns(resource_.type) : options_.fields,
                           at_.rows == 0 ? -1 : at_.rows, &at_.currencies, page_);
  }

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
    if (!method_->server_streaming()) return ReadPages(request.get(), work, progress);
    // As of one instant the rows come in one order, so those that were written already are passed
    // over. (A filter cannot begin after a name.)
    int64_t skip = at_.rows;
    return session_.Stream(method_, *request,
                           [&](const Message& part) { return Take(part, &skip, work, progress); });
  }

  // A whole list takes as many calls as it has pages, each tried again by itself.
  absl::Status ReadPages(Message* request, WorkState* work, Progress* progress) {
    if (resource::GetString(*request, "parent").empty()) {
      SetString(request, "parent", AnyParent(resource_));
    }
    resource::SetInt(request, "page_size", kPage);
    for (int64_t skip = at_.rows;;) {
      ASSIGN_OR_RETURN(const std::unique_ptr<Message> page, session_.Call(method_, *request));
      // Without an instant of the past there is no order to come back to.
      if (!Take(*page, &skip, at_.as_of.empty() ? nullptr : work, progress)) return failed_;
      const std::string token = resource::GetString(*page, "next_page_token");
      if (token.empty()) return absl::OkStatus();
      SetString(request, "page_token", token);
    }
  }

  // False if it cannot be kept.
  bool Take(const Message& part, int64_t* skip, WorkState* work, Progress* progress) {
    failed_ = Write(part, skip);
    if (!failed_.ok()) return false;
    progress->Set(at_.rows);
    if (work != nullptr) failed_ = work->Save(at_.rows, at_.ToDetails());
    return failed_.ok();
  }

  // What the writer has made so far.
  absl::Status PutPage() {
    ASSIGN_OR_RETURN(const std::string bytes, FromUtf8(page_.str(), form_.encoding));
    page_.str("");
    out_ << bytes;
    out_.flush();
    if (out_) return absl::OkStatus();
    return absl::UnknownError("the output cannot be written; is the disk full?");
  }

  absl::Status Write(const Message& part, int64_t* skip) {
    const FieldDescriptor* list = RepeatedOf(part, resource_.type);
    const int n = list == nullptr ? 0 : part.GetReflection()->FieldSize(part, list);
    for (int i = 0; i < n; ++i) {
      if (*skip > 0) {
        --*skip;
        continue;
      }
      writer_->Add(part.GetReflection()->GetRepeatedMessage(part, list, i));
      RETURN_IF_ERROR(writer_->status());
      ++at_.rows;
    }
    writer_->EndPage();
    RETURN_IF_ERROR(PutPage());
    at_.bytes = static_cast<int64_t>(out_.tellp());
    at_.position = std::max(at_.position, GetInt(part, "position"));
    if (at_.as_of.empty()) at_.as_of = CellOf(part, "as_of_time", CellStyle::kExact);
    return absl::OkStatus();
  }

  const Session& session_;
  const Resource& resource_;
  const MethodDescriptor* const method_;
  const ReadOptions& options_;
  const Form form_;
  std::ostream& out_;
  std::ostringstream page_;
  std::unique_ptr<RowWriter> writer_;
  Standing at_;
  absl::Status failed_;
};

void Tell(const Exporter& exporter) {
  if (exporter.at().as_of.empty()) {
    absl::FPrintF(stderr, "%d rows\n", exporter.at().rows);
  } else {
    absl::FPrintF(stderr, "%d rows as of %s, position %d\n", exporter.at().rows,
                  exporter.at().as_of, exporter.at().position);
  }
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
  at.currencies = work.details().value("currencies", std::vector<std::string>());
  return at;
}

// The sheet becomes a workbook at `path`.
absl::Status Pack(const std::string& part, const std::string& path, const Resource& resource,
                  const std::vector<std::string>& currencies) {
  constexpr uintmax_t kWorthSaying = 64 << 20;
  std::error_code error;
  if (std::filesystem::file_size(part, error) > kWorthSaying) {
    absl::FPrintF(stderr, "%-20s packing the workbook\n", resource.plural);
  }
  RETURN_IF_ERROR(WriteWorkbook(path, part, SheetName(resource.plural), currencies));
  std::filesystem::remove(part, error);
  return absl::OkStatus();
}

absl::Status ExportToFile(const Session& session, const Resource& resource,
                          const MethodDescriptor* method, Form form, const ExportOptions& options) {
  const ReadOptions& read = options.read;
  if (form.format == Format::kJson && !form.workbook) {
    return UsageError("a file holds one row a line: use --output jsonl or csv");
  }
  const std::string path = std::filesystem::absolute(options.file).string();
  const std::string part = path + ".part";
  const std::string identity = Sha256(absl::StrJoin(
      {std::string("export"), session.target().server, method->full_name(), path, read.filter,
       read.order_by, read.as_of, std::string(read.show_archived ? "archived" : ""),
       absl::StrJoin(read.fields, ","), absl::StrJoin(read.with, "\n"),
       form.workbook ? std::string("xlsx") : FormatNames()[static_cast<size_t>(form.format)],
       std::string(NameOf(form.encoding)), std::string(form.mark ? "mark" : "")},
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
  Exporter exporter(session, resource, method, read, form, out);
  RETURN_IF_ERROR(exporter.Run(from, work.get()));
  out.close();
  if (form.workbook && out) {
    RETURN_IF_ERROR(Pack(part, path, resource, exporter.at().currencies));
  } else {
    std::filesystem::rename(part, path, error);
  }
  if (!out || error) return absl::UnknownError(absl::StrCat("cannot write \"", path, "\""));
  work->Finish();
  Tell(exporter);
  return absl::OkStatus();
}

// --format wins over the ending .xlsx, that over --output.
absl::StatusOr<Form> FormOf(const Session& session, const ExportOptions& options) {
  ASSIGN_OR_RETURN(const std::optional<Encoding> encoding, ParseEncoding(options.encoding));
  Form form;
  // A table cannot hold everything, so an export is lines of JSON unless told otherwise.
  form.format = session.format() == Format::kTable ? Format::kJsonLines : session.format();
  if (options.format == "csv") {
    form.format = Format::kCsv;
  } else if (options.format == "jsonl") {
    form.format = Format::kJsonLines;
  } else if (options.format == "xlsx") {
    form.workbook = true;
  } else if (!options.format.empty()) {
    return UsageError(absl::StrCat("there is no export format \"", options.format,
                                   "\"; there are: csv, jsonl, xlsx"));
  } else {
    form.workbook = absl::EndsWith(absl::AsciiStrToLower(options.file), ".xlsx");
  }
  form.encoding = encoding.value_or(Encoding::kUtf8);
  form.mark = options.mark;
  if (form.workbook && options.file.empty()) {
    return UsageError("a workbook is written to a file: name it with --file");
  }
  if (form.workbook && (form.mark || form.encoding != Encoding::kUtf8)) {
    return UsageError("a workbook has an encoding of its own: leave out --bom and --encoding");
  }
  if (form.mark && form.encoding != Encoding::kUtf8) {
    return UsageError("a byte order mark is of UTF-8 only: leave out --bom or --encoding");
  }
  return form;
}

}  // namespace

absl::Status Export(Session& session, const ExportOptions& options) {
  ASSIGN_OR_RETURN(const Resource* resource,
                   session.catalog().FindCollection(options.read.collection));
  absl::StatusOr<const MethodDescriptor*> method = session.catalog().Standard(*resource, "Export");
  if (!method.ok()) method = session.catalog().Standard(*resource, "List");
  RETURN_IF_ERROR(method.status());
  for (const std::string& field : options.read.fields) {
    RETURN_IF_ERROR(CheckPath(resource->type, field));
  }
  ASSIGN_OR_RETURN(const Form form, FormOf(session, options));
  if (!options.file.empty()) return ExportToFile(session, *resource, *method, form, options);
  Exporter exporter(session, *resource, *method, options.read, form, std::cout);
  RETURN_IF_ERROR(exporter.Run({}, nullptr));
  Tell(exporter);
  return absl::OkStatus();
}

}  // namespace salesops::ctl
