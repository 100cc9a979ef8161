#include "tools/salesopsctl/table.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"

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

std::string MoneyText(const Message& m) {
  std::string nanos = absl::StrFormat("%09d", std::abs(Int(m, "nanos")));
  while (nanos.size() > 2 && nanos.back() == '0') nanos.pop_back();
  const bool minus = Int(m, "units") == 0 && Int(m, "nanos") < 0;
  return absl::StrCat(minus ? "-" : "", Grouped(Int(m, "units")), ".", nanos, " ",
                      Text(m, "currency_code"));
}

std::string MessageText(const Message& m) {
  const std::string& type = m.GetDescriptor()->full_name();
  if (type == "google.type.Date") {
    return absl::StrFormat("%04d-%02d-%02d", Int(m, "year"), Int(m, "month"), Int(m, "day"));
  }
  if (type == "google.type.Money") return MoneyText(m);
  if (type == "google.type.Decimal") return Text(m, "value");
  if (type == "google.protobuf.Timestamp") {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(Int(m, "seconds")),
                            absl::UTCTimeZone());
  }
  // A oneof of values, such as an attribute: the one that is set.
  std::vector<const FieldDescriptor*> set;
  m.GetReflection()->ListFields(m, &set);
  return set.size() == 1 ? CellOf(m, set[0]->name()) : absl::StrCat(set.size(), " fields");
}

std::string EnumText(const FieldDescriptor* field, const google::protobuf::EnumValueDescriptor* v) {
  // STATE_OPEN of enum State is shown as OPEN.
  std::string prefix;
  for (char c : field->enum_type()->name()) {
    if (c >= 'A' && c <= 'Z' && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return absl::StartsWith(v->name(), prefix + "_") ? v->name().substr(prefix.size() + 1)
                                                   : v->name();
}

std::string ScalarText(const Message& m, const FieldDescriptor* f) {
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
      return EnumText(f, r->GetEnum(m, f));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageText(r->GetMessage(m, f));
  }
  return "";
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

std::string CellOf(const Message& message, const std::string& path) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(parts.first);
  if (f == nullptr) return "";
  const auto* r = message.GetReflection();
  if (f->is_map() && !parts.second.empty()) {
    for (int i = 0; i < r->FieldSize(message, f); ++i) {
      const Message& entry = r->GetRepeatedMessage(message, f, i);
      if (CellOf(entry, "key") == parts.second) return CellOf(entry, "value");
    }
    return "";
  }
  if (f->is_repeated()) {
    const int n = r->FieldSize(message, f);
    if (n == 0) return "";
    if (n == 1 && f->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      return r->GetRepeatedString(message, f, 0);
    }
    return absl::StrCat(n, n == 1 ? " item" : " items");
  }
  if (f->has_presence() && !r->HasField(message, f)) return "";
  if (!parts.second.empty() && f->message_type() != nullptr) {
    return CellOf(r->GetMessage(message, f), parts.second);
  }
  return ScalarText(message, f);
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

int DisplayWidth(const std::string& text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) width += IsWide(NextRune(text, &at)) ? 2 : 1;
  return width;
}

std::string FormatTable(const std::vector<std::string>& header,
                        const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths;
  for (const std::string& title : header) widths.push_back(DisplayWidth(title));
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string out;
  auto line = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      const bool last = i + 1 == cells.size();
      absl::StrAppend(&out, cells[i],
                      last ? "\n" : std::string(widths[i] - DisplayWidth(cells[i]) + 2, ' '));
    }
  };
  line(header);
  for (const auto& row : rows) line(row);
  return out;
}

}  // namespace salesops::ctl
