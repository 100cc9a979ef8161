#include "tools/salesopsctl/output.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "shared/resource/message_fields.h"
#include "tools/salesopsctl/csv.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/friendly_json.h"
#include "tools/salesopsctl/table.h"

namespace salesops::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using nlohmann::ordered_json;

using Cells = std::vector<std::string>;

std::string Dumped(const ordered_json& value, int indent) {
  return value.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

Cells CellsOf(const Message& row, const Cells& fields, CellStyle style) {
  Cells cells;
  for (const std::string& field : fields) cells.push_back(CellOf(row, field, style));
  return cells;
}

// A page is measured before it is shown, so that its columns line up; pages are shown one by one,
// so that a long list neither waits nor fills the memory.
class TableWriter final : public RowWriter {
 public:
  TableWriter(Cells fields, std::ostream& out) : fields_(std::move(fields)), out_(out) {}

  void Add(const Message& row) override {
    if (fields_.empty()) fields_ = DefaultColumns(row.GetDescriptor());
    page_.push_back(CellsOf(row, fields_, CellStyle::kPeople));
  }

  void EndPage() override {
    if (fields_.empty()) return;
    const bool first = layout_ == nullptr;
    if (first) layout_ = std::make_unique<TableLayout>(fields_);
    for (const Cells& row : page_) layout_->Measure(row);
    if (first) out_ << layout_->Line(fields_);
    for (const Cells& row : page_) out_ << layout_->Line(row);
    page_.clear();
    out_.flush();
  }

  void Finish() override { EndPage(); }

 private:
  Cells fields_;
  std::ostream& out_;
  std::vector<Cells> page_;
  std::unique_ptr<TableLayout> layout_;
};

class CsvWriter final : public RowWriter {
 public:
  CsvWriter(Cells fields, bool header, std::ostream& out)
      : fields_(std::move(fields)), out_(out), told_(!header) {}

  void Add(const Message& row) override {
    if (fields_.empty()) fields_ = AllColumns(row.GetDescriptor());
    Header();
    out_ << CsvLine(CellsOf(row, fields_, CellStyle::kExact));
  }
  void EndPage() override { out_.flush(); }
  void Finish() override { Header(); }

 private:
  // An empty list still says what its columns are, if they were named.
  void Header() {
    if (told_ || fields_.empty()) return;
    told_ = true;
    out_ << CsvLine(fields_);
  }

  Cells fields_;
  std::ostream& out_;
  bool told_;
};

class JsonWriter final : public RowWriter {
 public:
  JsonWriter(Cells fields, bool lines, std::ostream& out)
      : fields_(std::move(fields)), lines_(lines), out_(out) {}

  void Add(const Message& row) override {
    const std::string text = Dumped(Project(row, fields_), -1);
    if (lines_) {
      out_ << text << "\n";
    } else {
      out_ << (any_ ? ",\n" : "[\n") << text;
    }
    any_ = true;
  }
  void EndPage() override { out_.flush(); }
  void Finish() override {
    if (!lines_) out_ << (any_ ? "\n]\n" : "[]\n");
  }

 private:
  const Cells fields_;
  const bool lines_;
  std::ostream& out_;
  bool any_ = false;
};

class NameWriter final : public RowWriter {
 public:
  explicit NameWriter(std::ostream& out) : out_(out) {}
  void Add(const Message& row) override { out_ << resource::GetString(row, "name") << "\n"; }
  void EndPage() override { out_.flush(); }

 private:
  std::ostream& out_;
};

// Puts the value at `path` of `from` at the same place of `to`.
void CopyPath(const Descriptor* type, const std::string& path, const ordered_json& from,
              ordered_json* to) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* field = type->FindFieldByName(parts.first);
  if (field == nullptr || !from.contains(field->json_name())) return;
  const ordered_json& value = from[field->json_name()];
  if (parts.second.empty()) {
    (*to)[field->json_name()] = value;
    return;
  }
  if (field->is_map()) {
    if (value.contains(parts.second)) {
      (*to)[field->json_name()][parts.second] = value[parts.second];
    }
    return;
  }
  if (field->message_type() == nullptr || !value.is_object()) return;
  ordered_json inner = to->value(field->json_name(), ordered_json::object());
  CopyPath(field->message_type(), parts.second, value, &inner);
  (*to)[field->json_name()] = std::move(inner);
}

// A line per populated field, and per entry of a map.
void WriteFields(const Cells& wanted, const Message& message, std::ostream& out) {
  std::vector<Cells> rows;
  Cells fields = wanted;
  if (fields.empty()) {
    std::vector<const FieldDescriptor*> set;
    message.GetReflection()->ListFields(message, &set);
    for (const FieldDescriptor* field : set) fields.push_back(field->name());
  }
  for (const std::string& name : fields) {
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || !field->is_map()) {
      rows.push_back({name, CellOf(message, name)});
      continue;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      const std::string key =
          CellOf(message.GetReflection()->GetRepeatedMessage(message, field, i), "key");
      const std::string path = absl::StrCat(name, ".", key);
      rows.push_back({path, CellOf(message, path)});
    }
  }
  out << FormatTable({"FIELD", "VALUE"}, rows);
}

}  // namespace

const std::vector<std::string>& FormatNames() {
  static const auto* names = new std::vector<std::string>{"table", "json", "jsonl", "csv", "name"};
  return *names;
}

absl::StatusOr<Format> ParseFormat(const std::string& name) {
  for (size_t i = 0; i < FormatNames().size(); ++i) {
    if (FormatNames()[i] == name) return static_cast<Format>(i);
  }
  return UsageError(absl::StrCat("there is no output \"", name,
                                 "\"; there are: ", absl::StrJoin(FormatNames(), ", ")));
}

std::unique_ptr<RowWriter> MakeRowWriter(Format format, Cells fields, std::ostream& out,
                                         bool header) {
  switch (format) {
    case Format::kTable:
      return std::make_unique<TableWriter>(std::move(fields), out);
    case Format::kCsv:
      return std::make_unique<CsvWriter>(std::move(fields), header, out);
    case Format::kName:
      return std::make_unique<NameWriter>(out);
    case Format::kJson:
    case Format::kJsonLines:
      break;
  }
  return std::make_unique<JsonWriter>(std::move(fields), format == Format::kJsonLines, out);
}

void WriteOne(Format format, const Cells& fields, const Message& message, std::ostream& out) {
  if (format == Format::kTable) return WriteFields(fields, message, out);
  if (format == Format::kJson) {
    out << Dumped(Project(message, fields), 2) << "\n";
    return;
  }
  auto writer = MakeRowWriter(format, fields, out);
  writer->Add(message);
  writer->Finish();
}

void WriteCells(Format format, const Cells& header, const std::vector<Cells>& rows,
                std::ostream& out) {
  if (format == Format::kTable) {
    out << FormatTable(header, rows);
    return;
  }
  if (format == Format::kCsv) out << CsvLine(header);
  ordered_json all = ordered_json::array();
  for (const Cells& row : rows) {
    if (format == Format::kCsv) out << CsvLine(row);
    if (format == Format::kName) out << row[0] << "\n";
    ordered_json object = ordered_json::object();
    for (size_t i = 0; i < header.size(); ++i) object[header[i]] = row[i];
    if (format == Format::kJsonLines) out << Dumped(object, -1) << "\n";
    all.push_back(std::move(object));
  }
  if (format == Format::kJson) out << Dumped(all, 2) << "\n";
}

ordered_json Project(const Message& message, const Cells& fields) {
  ordered_json whole = ordered_json::parse(ToJson(message, false), nullptr, false);
  if (fields.empty()) return whole;
  ordered_json part = ordered_json::object();
  for (const std::string& field : fields) {
    CopyPath(message.GetDescriptor(), field, whole, &part);
  }
  return part;
}

}  // namespace salesops::ctl
