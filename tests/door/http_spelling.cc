#include "tests/door/http_spelling.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "tests/door/random_message.h"

namespace salesops::door {
namespace {

using google::api::HttpRule;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// ---- the rule

std::pair<std::string, std::string> PatternOf(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {"GET", rule.get()};
    case HttpRule::kPut:
      return {"PUT", rule.put()};
    case HttpRule::kPost:
      return {"POST", rule.post()};
    case HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    default:
      return {rule.custom().kind(), rule.custom().path()};
  }
}

struct PathPart {
  std::string literal;  // up to the variable
  std::string field;    // empty: no variable follows
  std::string segments;
};

std::vector<PathPart> PartsOf(const std::string& path) {
  std::vector<PathPart> parts;
  size_t at = 0;
  for (size_t open; (open = path.find('{', at)) != std::string::npos;) {
    const size_t close = path.find('}', open);
    const std::pair<std::string, std::string> variable =
        absl::StrSplit(path.substr(open + 1, close - open - 1), absl::MaxSplits('=', 1));
    parts.push_back({path.substr(at, open - at), variable.first,
                     variable.second.empty() ? "*" : variable.second});
    at = close + 1;
  }
  parts.push_back({path.substr(at), "", ""});
  return parts;
}

bool IsMulti(const std::string& segments) {
  return segments == "**" || segments.find('/') != std::string::npos;
}

std::pair<Message*, const FieldDescriptor*> FieldAt(Message& message, const std::string& path) {
  Message* holder = &message;
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    holder = holder->GetReflection()->MutableMessage(
        holder, holder->GetDescriptor()->FindFieldByName(names[i]));
  }
  return {holder, holder->GetDescriptor()->FindFieldByName(names.back())};
}

// Every character but the unreserved ones is encoded; sometimes those too.
std::string Encoded(Tape& tape, const std::string& text, const std::string& also_plain) {
  std::string out;
  for (unsigned char c : text) {
    const bool plain = absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~' ||
                       also_plain.find(static_cast<char>(c)) != std::string::npos;
    if (plain && (also_plain.find(static_cast<char>(c)) != std::string::npos || !tape.Chance(20))) {
      out += static_cast<char>(c);
    } else if (tape.Chance(2)) {
      absl::StrAppendFormat(&out, "%%%02x", c);
    } else {
      absl::StrAppendFormat(&out, "%%%02X", c);
    }
  }
  return out;
}

// Text for a variable of these segments.
std::string RandomPath(Tape& tape, const std::string& segments) {
  std::vector<std::string> out;
  for (absl::string_view segment : absl::StrSplit(segments, '/')) {
    if (segment == "*") {
      std::string text = RandomText(tape);
      if (IsMulti(segments)) {
        for (char& c : text) c = c == '/' ? '_' : c;
      }
      out.push_back(text.empty() ? "x" : text);
    } else if (segment == "**") {
      for (uint32_t n = tape.Choose(3); n > 0; --n) {
        std::string text = RandomText(tape);
        for (char& c : text) c = c == '/' ? '_' : c;
        out.push_back(text.empty() ? "x" : text);
      }
    } else {
      out.emplace_back(segment);
    }
  }
  return absl::StrJoin(out, "/");
}

bool IsTextual(const Descriptor& type) {
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
    case Descriptor::WELLKNOWNTYPE_ANY:
    case Descriptor::WELLKNOWNTYPE_STRUCT:
    case Descriptor::WELLKNOWNTYPE_VALUE:
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return false;
    default:
      return true;
  }
}

// `kept`: fields that have their place elsewhere.
void KeepParameters(Message& message, const std::string& prefix,
                    const std::set<std::string>& kept) {
  const Reflection& r = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string path = prefix + field->name();
    if (kept.count(path) > 0 || field->message_type() == nullptr) continue;
    if (field->is_map()) {
      r.ClearField(&message, field);
    } else if (IsTextual(*field->message_type())) {
      continue;
    } else if (field->is_repeated() ||
               field->message_type()->well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED) {
      r.ClearField(&message, field);
    } else {
      Message* child = r.MutableMessage(&message, field);
      KeepParameters(*child, path + ".", kept);
      std::vector<const FieldDescriptor*> left;
      child->GetReflection()->ListFields(*child, &left);
      if (left.empty()) r.ClearField(&message, field);
    }
  }
}

std::set<std::string> ElsewhereThanQuery(const HttpRule& rule) {
  std::set<std::string> names;
  for (const PathPart& part : PartsOf(PatternOf(rule).second)) names.insert(part.field);
  if (!rule.body().empty()) names.insert(rule.body());
  return names;
}

// ---- text of values

std::string Name(Tape& tape, const FieldDescriptor& field) {
  return tape.Chance(2) ? field.name() : field.json_name();
}

std::string Fraction(int nanos, Tape& tape) {
  std::string digits = absl::StrFormat("%09d", std::abs(nanos));
  if (!tape.Chance(3)) {
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
  }
  return digits.empty() ? "" : "." + digits;
}

std::pair<int64_t, int> SecondsAndNanos(const Message& message) {
  const Reflection& r = *message.GetReflection();
  return {r.GetInt64(message, message.GetDescriptor()->FindFieldByNumber(1)),
          r.GetInt32(message, message.GetDescriptor()->FindFieldByNumber(2))};
}

std::string TimestampText(Tape& tape, const Message& message) {
  const auto [seconds, nanos] = SecondsAndNanos(message);
  static const std::vector<int> kOffsets = {0, 0, 330, -480, 840};
  int offset = tape.Pick(kOffsets);
  if (std::abs(static_cast<double>(seconds)) > 6e10) offset = 0;  // stay within the years
  const absl::Time local = absl::FromUnixSeconds(seconds) + absl::Minutes(offset);
  std::string zone = tape.Chance(2) ? "Z" : "+00:00";
  if (offset != 0) {
    zone = absl::StrFormat("%c%02d:%02d", offset < 0 ? '-' : '+', std::abs(offset) / 60,
                           std::abs(offset) % 60);
  }
  return absl::StrCat(absl::FormatTime("%E4Y-%m-%dT%H:%M:%S", local, absl::UTCTimeZone()),
                      Fraction(nanos, tape), zone);
}

std::string DurationText(Tape& tape, const Message& message) {
  const auto [seconds, nanos] = SecondsAndNanos(message);
  const bool negative = seconds < 0 || nanos < 0;
  return absl::StrCat(
      negative ? "-" : "",
      seconds < 0 ? -static_cast<uint64_t>(seconds) : static_cast<uint64_t>(seconds),
      Fraction(nanos, tape), "s");
}

std::string Camel(const std::string& snake) {
  std::string out;
  for (size_t i = 0; i < snake.size(); ++i) {
    if (snake[i] == '_' && i + 1 < snake.size()) {
      out += absl::ascii_toupper(snake[++i]);
    } else {
      out += snake[i];
    }
  }
  return out;
}

std::string MaskText(Tape& tape, const Message& message) {
  const FieldDescriptor* paths = message.GetDescriptor()->FindFieldByNumber(1);
  std::vector<std::string> out;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, paths); ++i) {
    const std::string path = message.GetReflection()->GetRepeatedString(message, paths, i);
    out.push_back(tape.Chance(3) ? path : Camel(path));
  }
  return absl::StrJoin(out, ",");
}

std::string BytesText(Tape& tape, const std::string& bytes) {
  std::string text = tape.Chance(2) ? absl::WebSafeBase64Escape(bytes) : absl::Base64Escape(bytes);
  if (tape.Chance(2)) text = text.substr(0, text.find('='));
  return text;
}

template <class T>
std::string FloatText(T value, const char* format) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  char text[64];
  std::snprintf(text, sizeof text, format, static_cast<double>(value));
  return text;
}

// A value without quotes. `quoted` is set if JSON must quote it, and may be if JSON allows it.
std::string ScalarText(Tape& tape, const Message& message, const FieldDescriptor& field, int index,
                       bool& quoted) {
  const Reflection& r = *message.GetReflection();
  const bool list = field.is_repeated();
  const auto number = [&](std::string text, bool usually_quoted) {
    quoted = usually_quoted != tape.Chance(4);
    // Within what a double holds; beyond it the fraction is refused, as elsewhere.
    return text.size() < 16 && tape.Chance(10) ? text + ".0" : text;
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return number(absl::StrCat(list ? r.GetRepeatedInt32(message, &field, index)
                                      : r.GetInt32(message, &field)),
                    false);
    case FieldDescriptor::CPPTYPE_UINT32:
      return number(absl::StrCat(list ? r.GetRepeatedUInt32(message, &field, index)
                                      : r.GetUInt32(message, &field)),
                    false);
    case FieldDescriptor::CPPTYPE_INT64:
      return number(absl::StrCat(list ? r.GetRepeatedInt64(message, &field, index)
                                      : r.GetInt64(message, &field)),
                    true);
    case FieldDescriptor::CPPTYPE_UINT64:
      return number(absl::StrCat(list ? r.GetRepeatedUInt64(message, &field, index)
                                      : r.GetUInt64(message, &field)),
                    true);
    case FieldDescriptor::CPPTYPE_BOOL:
      quoted = false;
      return (list ? r.GetRepeatedBool(message, &field, index) : r.GetBool(message, &field))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double value =
          list ? r.GetRepeatedDouble(message, &field, index) : r.GetDouble(message, &field);
      quoted = !std::isfinite(value) || tape.Chance(4);
      return FloatText(value, "%.17g");
    }
    case FieldDescriptor::CPPTYPE_FLOAT: {
      const float value =
          list ? r.GetRepeatedFloat(message, &field, index) : r.GetFloat(message, &field);
      quoted = !std::isfinite(value) || tape.Chance(4);
      return FloatText(value, "%.9g");
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value =
          list ? r.GetRepeatedEnumValue(message, &field, index) : r.GetEnumValue(message, &field);
      const auto* named = field.enum_type()->FindValueByNumber(value);
      quoted = named != nullptr && !tape.Chance(3);
      return quoted ? named->name() : absl::StrCat(value);
    }
    default: {
      quoted = true;
      const std::string value =
          list ? r.GetRepeatedString(message, &field, index) : r.GetString(message, &field);
      return field.type() == FieldDescriptor::TYPE_BYTES ? BytesText(tape, value) : value;
    }
  }
}

// A well-known type that is one text.
std::string WellKnownText(Tape& tape, const Message& message, bool& quoted) {
  quoted = true;
  switch (message.GetDescriptor()->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return TimestampText(tape, message);
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return DurationText(tape, message);
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return MaskText(tape, message);
    default:  // wrappers
      return ScalarText(tape, message, *message.GetDescriptor()->FindFieldByNumber(1), 0, quoted);
  }
}

// ---- JSON

std::string Quoted(Tape& tape, const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || (c == '/' && tape.Chance(2))) {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      if (c == '\n' && tape.Chance(2)) {
        out += "\\n";
      } else {
        absl::StrAppendFormat(&out, "\\u%04x", byte);
      }
    } else if (byte < 0x7f && tape.Chance(12)) {
      absl::StrAppendFormat(&out, "\\u%04X", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string Blank(Tape& tape) {
  static const std::vector<std::string> kBlanks = {"", "", "", " ", "\t ", "\r "};
  return tape.Pick(kBlanks);
}

std::string JsonValue(Tape& tape, const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  if (field.message_type() != nullptr) {
    return SpellJson(tape, field.is_repeated() ? r.GetRepeatedMessage(message, &field, index)
                                               : r.GetMessage(message, &field));
  }
  const bool null_value =
      field.enum_type() != nullptr && field.enum_type()->full_name() == "google.protobuf.NullValue";
  if (null_value) return "null";
  bool quoted;
  const std::string text = ScalarText(tape, message, field, index, quoted);
  return quoted ? Quoted(tape, text) : text;
}

std::string JsonList(Tape& tape, const Message& message, const FieldDescriptor& field) {
  std::vector<std::string> values;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    values.push_back(JsonValue(tape, message, field, i));
  }
  return absl::StrCat("[", absl::StrJoin(values, absl::StrCat(",", Blank(tape))), "]");
}

std::string JsonMap(Tape& tape, const Message& message, const FieldDescriptor& field) {
  std::vector<std::string> members;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    const Message& entry = message.GetReflection()->GetRepeatedMessage(message, &field, i);
    const FieldDescriptor& key = *entry.GetDescriptor()->FindFieldByNumber(1);
    bool quoted;
    Tape plain({});
    members.push_back(
        absl::StrCat(Quoted(tape, ScalarText(plain, entry, key, 0, quoted)), Blank(tape), ":",
                     JsonValue(tape, entry, *entry.GetDescriptor()->FindFieldByNumber(2), 0)));
  }
  return absl::StrCat("{", absl::StrJoin(members, ","), "}");
}

std::string JsonField(Tape& tape, const Message& message, const FieldDescriptor& field) {
  if (field.is_map()) return JsonMap(tape, message, field);
  if (field.is_repeated()) return JsonList(tape, message, field);
  return JsonValue(tape, message, field, 0);
}

// What says "absent" as well as saying nothing does.
std::string Absence(Tape& tape, const FieldDescriptor& field) {
  if (field.is_map()) return tape.Chance(2) ? "{}" : "null";
  if (field.is_repeated()) return tape.Chance(2) ? "[]" : "null";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field.has_presence()) {
    return tape.Chance(2) ? "\"\"" : "null";
  }
  return "null";
}

bool NullMeansAbsent(const FieldDescriptor& field) {
  if (field.is_repeated()) return true;
  if (field.message_type() != nullptr) {
    return field.message_type()->full_name() != "google.protobuf.Value";
  }
  return field.enum_type() == nullptr ||
         field.enum_type()->full_name() != "google.protobuf.NullValue";
}

std::string JsonObject(Tape& tape, const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<std::string> members;
  for (const FieldDescriptor* field : fields) {
    members.push_back(absl::StrCat(Blank(tape), Quoted(tape, Name(tape, *field)), Blank(tape), ":",
                                   Blank(tape), JsonField(tape, message, *field), Blank(tape)));
  }
  const Descriptor& type = *message.GetDescriptor();
  for (uint32_t n = type.field_count() == 0 ? 0 : tape.Choose(3); n > 0; --n) {
    const FieldDescriptor* field = type.field(tape.Choose(type.field_count()));
    if (std::find(fields.begin(), fields.end(), field) != fields.end()) continue;
    if (!NullMeansAbsent(*field)) continue;
    fields.push_back(field);
    members.push_back(absl::StrCat(Quoted(tape, Name(tape, *field)), ":", Absence(tape, *field)));
  }
  if (!members.empty()) {
    std::rotate(members.begin(),
                members.begin() + tape.Choose(static_cast<uint32_t>(members.size())),
                members.end());
  }
  return absl::StrCat("{", absl::StrJoin(members, ","), "}");
}

std::string JsonDuration(const Message& any) {
  const std::string bytes =
      any.GetReflection()->GetString(any, any.GetDescriptor()->FindFieldByNumber(2));
  return absl::StrCat(R"({"value":")", static_cast<int>(bytes[1]),
                      R"(.5s","@type":"type.googleapis.com/google.protobuf.Duration"})");
}

std::string JsonOfValue(Tape& tape, const Message& value) {
  std::vector<const FieldDescriptor*> kind;
  value.GetReflection()->ListFields(value, &kind);
  if (kind[0]->number() == 2) {
    return FloatText(value.GetReflection()->GetDouble(value, kind[0]), "%.17g");
  }
  return JsonField(tape, value, *kind[0]);
}

// ---- query

void AddParameters(Tape& tape, const Message& message, const std::string& path,
                   const std::string& name, const std::set<std::string>& elsewhere,
                   std::vector<std::string>& query) {
  const Reflection& r = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string field_path = path + field->name();
    if (elsewhere.count(field_path) > 0) continue;
    const std::string field_name = name + Name(tape, *field);
    const auto add = [&](const std::string& text) {
      query.push_back(absl::StrCat(Encoded(tape, field_name, ""), "=", Encoded(tape, text, "")));
    };
    const int count = field->is_repeated() ? r.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      bool quoted;
      if (field->message_type() == nullptr) {
        add(ScalarText(tape, message, *field, i, quoted));
      } else if (IsTextual(*field->message_type())) {
        add(WellKnownText(tape,
                          field->is_repeated() ? r.GetRepeatedMessage(message, field, i)
                                               : r.GetMessage(message, field),
                          quoted));
      } else {
        AddParameters(tape, r.GetMessage(message, field), field_path + ".", field_name + ".",
                      elsewhere, query);
      }
    }
  }
}

}  // namespace

std::string SpellJson(Tape& tape, const Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      return JsonObject(tape, message);
    case Descriptor::WELLKNOWNTYPE_ANY:
      return JsonDuration(message);
    case Descriptor::WELLKNOWNTYPE_STRUCT:
      return JsonMap(tape, message, *type.FindFieldByNumber(1));
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return JsonList(tape, message, *type.FindFieldByNumber(1));
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return JsonOfValue(tape, message);
    default: {
      bool quoted;
      const std::string text = WellKnownText(tape, message, quoted);
      return quoted ? Quoted(tape, text) : text;
    }
  }
}

void KeepWhatFits(Tape& tape, const HttpRule& rule, Message& message) {
  for (const PathPart& part : PartsOf(PatternOf(rule).second)) {
    if (part.field.empty()) continue;
    const auto [holder, field] = FieldAt(message, part.field);
    holder->GetReflection()->SetString(holder, field, RandomPath(tape, part.segments));
  }
  if (rule.body() == "*") return;
  const FieldDescriptor* body = message.GetDescriptor()->FindFieldByName(rule.body());
  if (body != nullptr && body->message_type()->full_name() == "google.api.HttpBody") {
    // There is always a body, if only an empty one, and HTTP carries its type and bytes alone.
    static const std::vector<std::string> kTypes = {"", "image/png", "text/csv; charset=utf-8"};
    Message& sent = *message.GetReflection()->MutableMessage(&message, body);
    const Descriptor& type = *sent.GetDescriptor();
    const Reflection& r = *sent.GetReflection();
    r.SetString(&sent, type.FindFieldByName("content_type"), tape.Pick(kTypes));
    r.ClearField(&sent, type.FindFieldByName("extensions"));
  }
  KeepParameters(message, "", ElsewhereThanQuery(rule));
}

HttpForm Spell(Tape& tape, const HttpRule& rule, const Message& message) {
  std::unique_ptr<Message> rest(message.New());
  rest->CopyFrom(message);
  HttpForm form;
  const auto [method, path] = PatternOf(rule);
  form.method = method;
  for (const PathPart& part : PartsOf(path)) {
    form.target += part.literal;
    if (part.field.empty()) continue;
    const auto [holder, field] = FieldAt(*rest, part.field);
    form.target += Encoded(tape, holder->GetReflection()->GetString(*holder, field),
                           IsMulti(part.segments) ? "/" : "");
    // The body may repeat what the path says.
    if (!tape.Chance(3)) holder->GetReflection()->ClearField(holder, field);
  }
  const FieldDescriptor* body = rest->GetDescriptor()->FindFieldByName(rule.body());
  if (rule.body() == "*") {
    form.body = SpellJson(tape, *rest);
    return form;
  }
  if (body != nullptr && rest->GetReflection()->HasField(*rest, body)) {
    const Message& sent = rest->GetReflection()->GetMessage(*rest, body);
    if (body->message_type()->full_name() == "google.api.HttpBody") {
      const Reflection& r = *sent.GetReflection();
      form.content_type = r.GetString(sent, sent.GetDescriptor()->FindFieldByName("content_type"));
      form.body = r.GetString(sent, sent.GetDescriptor()->FindFieldByName("data"));
    } else {
      form.body = SpellJson(tape, sent);
    }
  }
  std::vector<std::string> query;
  AddParameters(tape, *rest, "", "", ElsewhereThanQuery(rule), query);
  if (!query.empty()) absl::StrAppend(&form.target, "?", absl::StrJoin(query, "&"));
  return form;
}

}  // namespace salesops::door
