#include "tools/salesopsctl/table.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "nlohmann/json.hpp"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/friendly_json.h"

namespace salesops::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kMostColumns = 8;

int64_t Int(const Message& m, const char* field) {
  const FieldDescriptor* f = m.GetDescriptor()->FindFieldByName(field);
  return f->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? m.GetReflection()->GetInt32(m, f)
                                                         : m.GetReflection()->GetInt64(m, f);
}

std::string Text(const Message& m, const char* field) {
  return m.GetReflection()->GetString(m, m.GetDescriptor()->FindFieldByName(field));
}

std::string Grouped(int64_t value) {
  std::string digits = absl::StrCat(value < 0 ? -value : value);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, ",");
  return value < 0 ? "-" + digits : digits;
}

std::string MoneyText(const Message& m, CellStyle style) {
  std::string nanos = absl::StrFormat("%09d", std::abs(Int(m, "nanos")));
  while (nanos.size() > 2 && nanos.back() == '0') nanos.pop_back();
  const bool minus = Int(m, "units") == 0 && Int(m, "nanos") < 0;
  const int64_t units = Int(m, "units");
  return absl::StrCat(minus ? "-" : "",
                      style == CellStyle::kPeople ? Grouped(units) : absl::StrCat(units), ".",
                      nanos, " ", Text(m, "currency_code"));
}

std::string TimestampText(const Message& m, CellStyle style) {
  const absl::Time time =
      absl::FromUnixSeconds(Int(m, "seconds")) + absl::Nanoseconds(Int(m, "nanos"));
  return absl::FormatTime(
      style == CellStyle::kPeople ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%E*SZ", time,
      absl::UTCTimeZone());
}

// A oneof of values and nothing else, such as an attribute.
bool IsChoice(const Descriptor* type) {
  return type->real_oneof_decl_count() == 1 &&
         type->oneof_decl(0)->field_count() == type->field_count();
}

std::string MessageText(const Message& m, CellStyle style) {
  const std::string& type = m.GetDescriptor()->full_name();
  if (type == "google.type.Date") {
    return absl::StrFormat("%04d-%02d-%02d", Int(m, "year"), Int(m, "month"), Int(m, "day"));
  }
  if (type == "google.type.Money") return MoneyText(m, style);
  if (type == "google.type.Decimal") return Text(m, "value");
  if (type == "google.protobuf.Timestamp") return TimestampText(m, style);
  // Of a choice the one that is set.
  std::vector<const FieldDescriptor*> set;
  m.GetReflection()->ListFields(m, &set);
  if (set.size() == 1 && (IsChoice(m.GetDescriptor()) || style == CellStyle::kPeople)) {
    return CellOf(m, set[0]->name(), style);
  }
  return style == CellStyle::kPeople ? absl::StrCat(set.size(), " fields") : ToJson(m, false);
}

std::string EnumText(const FieldDescriptor* field, const google::protobuf::EnumValueDescriptor* v,
                     CellStyle style) {
  if (style == CellStyle::kExact) return v->name();
  // STATE_OPEN of enum State is shown as OPEN.
  std::string prefix;
  for (char c : field->enum_type()->name()) {
    if (c >= 'A' && c <= 'Z' && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return absl::StartsWith(v->name(), prefix + "_") ? v->name().substr(prefix.size() + 1)
                                                   : v->name();
}

std::string ScalarText(const Message& m, const FieldDescriptor* f, CellStyle style) {
  const auto* r = m.GetReflection();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return r->GetString(m, f);
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(r->GetInt32(m, f));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(r->GetInt64(m, f));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(r->GetUInt32(m, f));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(r->GetUInt64(m, f));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(r->GetDouble(m, f));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return absl::StrCat(r->GetFloat(m, f));
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->GetBool(m, f) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(f, r->GetEnum(m, f), style);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageText(r->GetMessage(m, f), style);
  }
  return "";
}

// A list or map as JSON.
std::string ListText(const Message& message, const FieldDescriptor* f) {
  const nlohmann::ordered_json object =
      nlohmann::ordered_json::parse(ToJson(message, false), nullptr, false);
  const auto found = object.find(f->json_name());
  return found == object.end()
             ? ""
             : found->dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

uint32_t NextRune(const std::string& text, size_t* at) {
  const unsigned char c = text[(*at)++];
  const int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
  uint32_t rune = more == 0 ? c : c & (0x3F >> more);
  for (int i = 0; i < more && *at < text.size(); ++i) rune = rune << 6 | (text[(*at)++] & 0x3F);
  return rune;
}

bool IsWide(
    uint32_t r) {  // East Asian Wide and Fullwidth of Unicode's EastAsianWidth.txt, by block
  return (r >= 0x1100 && r <= 0x115F) || (r >= 0x2E80 && r <= 0xA4CF) ||
         (r >= 0xAC00 && r <= 0xD7A3) || (r >= 0xF900 && r <= 0xFAFF) ||
         (r >= 0xFE30 && r <= 0xFE6F) || (r >= 0xFF00 && r <= 0xFF60) ||
         (r >= 0xFFE0 && r <= 0xFFE6) || (r >= 0x20000 && r <= 0x3FFFD);
}

}  // namespace

std::string CellOf(const Message& message, const std::string& path, CellStyle style) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(parts.first);
  if (f == nullptr) return "";
  const auto* r = message.GetReflection();
  if (f->is_map() && !parts.second.empty()) {
    for (int i = 0; i < r->FieldSize(message, f); ++i) {
      const Message& entry = r->GetRepeatedMessage(message, f, i);
      if (CellOf(entry, "key") == parts.second) return CellOf(entry, "value", style);
    }
    return "";
  }
  if (f->is_repeated()) {
    const int n = r->FieldSize(message, f);
    if (n == 0) return "";
    if (n == 1 && f->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      return r->GetRepeatedString(message, f, 0);
    }
    if (style == CellStyle::kExact) return ListText(message, f);
    return absl::StrCat(n, n == 1 ? " item" : " items");
  }
  if (f->has_presence() && !r->HasField(message, f)) return "";
  if (!parts.second.empty() && f->message_type() != nullptr) {
    return CellOf(r->GetMessage(message, f), parts.second, style);
  }
  return ScalarText(message, f, style);
}

CellKind CellKindOf(const Message& message, const std::string& path) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(parts.first);
  if (f == nullptr) return CellKind::kText;
  const auto* r = message.GetReflection();
  if (f->is_map() && !parts.second.empty()) {
    for (int i = 0; i < r->FieldSize(message, f); ++i) {
      const Message& entry = r->GetRepeatedMessage(message, f, i);
      if (CellOf(entry, "key") == parts.second) return CellKindOf(entry, "value");
    }
    return CellKind::kText;
  }
  if (f->is_repeated()) return CellKind::kText;
  if (f->message_type() == nullptr) {
    if (f->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return CellKind::kBool;
    const bool text = f->cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
                      f->cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
    return text ? CellKind::kText : CellKind::kNumber;
  }
  const Message& inner = r->GetMessage(message, f);
  if (!parts.second.empty()) return CellKindOf(inner, parts.second);
  const std::string& type = inner.GetDescriptor()->full_name();
  if (type == "google.type.Date") return CellKind::kDay;
  if (type == "google.type.Money") return CellKind::kMoney;
  if (type == "google.type.Decimal") return CellKind::kNumber;
  std::vector<const FieldDescriptor*> set;
  inner.GetReflection()->ListFields(inner, &set);
  if (set.size() == 1 && IsChoice(inner.GetDescriptor())) return CellKindOf(inner, set[0]->name());
  return CellKind::kText;
}

std::vector<std::string> DefaultColumns(const Descriptor* type) {
  static const auto* shown =
      new std::set<std::string>{"google.type.Date", "google.type.Money", "google.type.Decimal"};
  static const auto* hidden = new std::set<std::string>{"etag", "description", "outcome_reason"};
  std::vector<std::string> columns;
  for (int i = 0; i < type->field_count() && columns.size() < kMostColumns; ++i) {
    const FieldDescriptor* f = type->field(i);
    const bool message = f->message_type() != nullptr;
    if (f->is_repeated() || hidden->count(f->name()) > 0) continue;
    if (message && shown->count(f->message_type()->full_name()) == 0) continue;
    columns.push_back(f->name());
  }
  return columns;
}

std::vector<std::string> AllColumns(const Descriptor* type) {
  std::vector<std::string> columns;
  for (int i = 0; i < type->field_count(); ++i) columns.push_back(type->field(i)->name());
  return columns;
}

absl::Status CheckPath(const Descriptor* type, const std::string& path) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* f = type->FindFieldByName(parts.first);
  if (f == nullptr) {
    return NotInContracts(absl::StrCat(type->name(), " has no field \"", parts.first,
                                       "\"; it has: ", absl::StrJoin(AllColumns(type), ", ")));
  }
  if (parts.second.empty()) return absl::OkStatus();
  if (f->is_map()) return absl::OkStatus();
  if (f->is_repeated() || f->message_type() == nullptr) {
    return UsageError(absl::StrCat("\"", path, "\": nothing is below ", parts.first));
  }
  return CheckPath(f->message_type(), parts.second);
}

int DisplayWidth(const std::string& text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) width += IsWide(NextRune(text, &at)) ? 2 : 1;
  return width;
}

TableLayout::TableLayout(const std::vector<std::string>& header) {
  widths_.resize(header.size());
  Measure(header);
}

void TableLayout::Measure(const std::vector<std::string>& row) {
  for (size_t i = 0; i < row.size() && i < widths_.size(); ++i) {
    widths_[i] = std::max(widths_[i], DisplayWidth(row[i]));
  }
}

std::string TableLayout::Line(const std::vector<std::string>& row) const {
  std::string line;
  for (size_t i = 0; i < row.size(); ++i) {
    // A line break in a cell would break the table.
    std::string cell = absl::StrReplaceAll(row[i], {{"\n", " "}, {"\r", " "}, {"\t", " "}});
    const bool last = i + 1 == row.size();
    const int blank = i < widths_.size() ? std::max(0, widths_[i] - DisplayWidth(cell)) : 0;
    absl::StrAppend(&line, cell, last ? "" : std::string(blank + 2, ' '));
  }
  return absl::StrCat(absl::StripTrailingAsciiWhitespace(line), "\n");
}

std::string FormatTable(const std::vector<std::string>& header,
                        const std::vector<std::vector<std::string>>& rows) {
  TableLayout layout(header);
  for (const auto& row : rows) layout.Measure(row);
  std::string out = layout.Line(header);
  for (const auto& row : rows) out += layout.Line(row);
  return out;
}

}  // namespace salesops::ctl
