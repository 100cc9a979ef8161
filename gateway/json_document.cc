#include "gateway/json_document.h"

#include <rapidjson/error/error.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace salesops::gateway {

JsonValue::Kind JsonValue::kind() const { return document_->nodes_[index_].kind; }

absl::string_view JsonValue::text() const {
  const JsonDocument::Node& node = document_->nodes_[index_];
  if (node.kind != Kind::kString && node.kind != Kind::kNumber) return {};
  return absl::string_view(document_->text_).substr(node.text_offset, node.text_size);
}

absl::string_view JsonValue::name() const {
  const JsonDocument::Node& node = document_->nodes_[index_];
  return absl::string_view(document_->text_).substr(node.name_offset, node.name_size);
}

size_t JsonValue::size() const {
  const JsonDocument::Node& node = document_->nodes_[index_];
  return node.kind == Kind::kArray || node.kind == Kind::kObject ? node.text_size : 0;
}

JsonValue::Iterator& JsonValue::Iterator::operator++() {
  index_ = document_->nodes_[index_].end;
  return *this;
}

JsonValue::Iterator JsonValue::begin() const {
  const JsonDocument::Node& node = document_->nodes_[index_];
  const bool container = node.kind == Kind::kArray || node.kind == Kind::kObject;
  return Iterator(document_, container ? index_ + 1 : node.end);
}

JsonValue::Iterator JsonValue::end() const {
  return Iterator(document_, document_->nodes_[index_].end);
}

std::optional<JsonValue> JsonValue::Find(absl::string_view name) const {
  if (kind() != Kind::kObject) return std::nullopt;
  for (JsonValue member : *this) {
    if (member.name() == name) return member;
  }
  return std::nullopt;
}

std::string MemberPath(absl::string_view path, absl::string_view name) {
  return path.empty() ? std::string(name) : absl::StrCat(path, ".", name);
}

std::string ElementPath(absl::string_view path, size_t index) {
  return absl::StrCat(path, "[", index, "]");
}

namespace {

// RapidJSON lets an escaped low surrogate stand alone ("\udc00") and writes it as three bytes that
// begin with ED A0 … ED BF, which no UTF-8 text has.
bool HoldsHalfPair(absl::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '\xED' && static_cast<unsigned char>(text[i + 1]) >= 0xA0) return true;
  }
  return false;
}

}  // namespace

// Receives RapidJSON's events and appends nodes.
class JsonTape {
 public:
  using Kind = JsonValue::Kind;

  JsonTape(JsonDocument& document, int max_depth) : document_(document), max_depth_(max_depth) {}

  bool Null() { return AddScalar(Kind::kNull, {}); }
  bool Bool(bool value) { return AddScalar(value ? Kind::kTrue : Kind::kFalse, {}); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return AddScalar(Kind::kNumber, {text, size});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (HoldsHalfPair({text, size})) return RefuseHalfPair();
    return AddScalar(Kind::kString, {text, size});
  }
  // RapidJSON never sends these when numbers are kept as text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

  bool StartObject() { return Open(Kind::kObject); }
  bool StartArray() { return Open(Kind::kArray); }
  bool EndObject(rapidjson::SizeType) { return Close(); }
  bool EndArray(rapidjson::SizeType) { return Close(); }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (HoldsHalfPair({text, size})) return RefuseHalfPair();
    Frame& frame = frames_.back();
    const absl::string_view name(text, size);
    name_offset_ = static_cast<uint32_t>(document_.text_.size());
    name_size_ = size;
    document_.text_.append(text, size);
    if (!IsNew(frame, name)) {
      duplicate_ = true;
      return false;
    }
    frame.names.push_back({name_offset_, name_size_});
    return true;
  }

  bool too_deep() const { return too_deep_; }
  bool duplicate() const { return duplicate_; }
  bool half_pair() const { return half_pair_; }

  // Where reading stopped, as a path of names and indexes.
  std::string Path() const {
    std::string path;
    for (const Frame& frame : frames_) {
      const JsonDocument::Node& node = document_.nodes_[frame.node];
      if (node.kind == Kind::kArray) {
        const bool inside_element = &frame != &frames_.back();  // which is then counted already
        path = ElementPath(path, node.text_size - (inside_element ? 1 : 0));
      } else if (!frame.names.empty() || &frame == &frames_.back()) {
        const bool at_key = &frame == &frames_.back() && duplicate_;
        const Span span = at_key ? Span{name_offset_, name_size_}
                                 : (frame.names.empty() ? Span{0, 0} : frame.names.back());
        if (span.size > 0) path = MemberPath(path, Text(span));
      }
    }
    return path;
  }

 private:
  bool RefuseHalfPair() {
    half_pair_ = true;
    return false;
  }

  struct Span {
    uint32_t offset;
    uint32_t size;
  };
  struct Frame {
    size_t node;
    std::vector<Span> names;
    absl::flat_hash_set<std::string> large;  // used from kLarge names on
  };
  static constexpr size_t kLarge = 16;

  absl::string_view Text(Span span) const {
    return absl::string_view(document_.text_).substr(span.offset, span.size);
  }

  // A short list is searched in order, a long one through a hash table, so that an object of many
  // names takes linear time.
  bool IsNew(Frame& frame, absl::string_view name) {
    if (frame.names.size() < kLarge) {
      return std::none_of(frame.names.begin(), frame.names.end(),
                          [&](Span other) { return Text(other) == name; });
    }
    if (frame.large.empty()) {
      for (Span other : frame.names) frame.large.insert(std::string(Text(other)));
    }
    return frame.large.insert(std::string(name)).second;
  }

  JsonDocument::Node& Append(Kind kind) {
    if (!frames_.empty()) ++document_.nodes_[frames_.back().node].text_size;
    JsonDocument::Node node{};
    node.kind = kind;
    if (!frames_.empty() && document_.nodes_[frames_.back().node].kind == Kind::kObject) {
      node.name_offset = name_offset_;
      node.name_size = name_size_;
    }
    document_.nodes_.push_back(node);
    document_.nodes_.back().end = static_cast<uint32_t>(document_.nodes_.size());
    return document_.nodes_.back();
  }

  bool AddScalar(Kind kind, absl::string_view text) {
    JsonDocument::Node& node = Append(kind);
    node.text_offset = static_cast<uint32_t>(document_.text_.size());
    node.text_size = static_cast<uint32_t>(text.size());
    document_.text_.append(text.data(), text.size());
    return true;
  }

  bool Open(Kind kind) {
    if (static_cast<int>(frames_.size()) >= max_depth_) {
      too_deep_ = true;
      return false;
    }
    Append(kind);
    frames_.push_back({document_.nodes_.size() - 1, {}, {}});
    return true;
  }

  bool Close() {
    document_.nodes_[frames_.back().node].end = static_cast<uint32_t>(document_.nodes_.size());
    frames_.pop_back();
    return true;
  }

  JsonDocument& document_;
  const int max_depth_;
  std::vector<Frame> frames_;
  uint32_t name_offset_ = 0;
  uint32_t name_size_ = 0;
  bool too_deep_ = false;
  bool duplicate_ = false;
  bool half_pair_ = false;
};

namespace {

std::string Position(absl::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  const size_t line = 1 + std::count(text.begin(), text.begin() + offset, '\n');
  const size_t line_start = text.substr(0, offset).rfind('\n');
  const size_t column = offset - (line_start == absl::string_view::npos ? 0 : line_start + 1) + 1;
  return absl::StrCat("line ", line, ", column ", column);
}

std::string Trailing(absl::string_view text, size_t offset) {
  return absl::StrCat("text follows the JSON value at ", Position(text, offset));
}

const char* Explain(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorDocumentEmpty:
      return "a JSON value is missing";
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return "text follows the JSON value";
    case rapidjson::kParseErrorObjectMissName:
      return "a member name in double quotes is expected";
    case rapidjson::kParseErrorObjectMissColon:
      return "':' is expected after a member name";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
      return "',' or '}' is expected";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return "',' or ']' is expected";
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
    case rapidjson::kParseErrorStringEscapeInvalid:
      return "a string holds an escape that JSON does not have";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
      return "a string holds half of a surrogate pair";
    case rapidjson::kParseErrorStringMissQuotationMark:
      return "a string is not closed";
    case rapidjson::kParseErrorStringInvalidEncoding:
      return "a string is not UTF-8, or holds an unescaped control character";
    case rapidjson::kParseErrorNumberTooBig:
    case rapidjson::kParseErrorNumberMissFraction:
    case rapidjson::kParseErrorNumberMissExponent:
      return "a number lacks digits or is too large";
    default:
      return "a JSON value is expected";
  }
}

}  // namespace

std::optional<JsonDocument> JsonDocument::Parse(absl::string_view text,
                                                base::Violations& violations, int max_depth) {
  // Offsets are 32 bits; the server's body limit is far below.
  if (text.size() > std::numeric_limits<int32_t>::max()) {
    violations.Add("", "INVALID_JSON", "must be smaller than 2 GiB");
    return std::nullopt;
  }
  JsonDocument document;
  document.text_.reserve(text.size());
  JsonTape tape(document, max_depth);
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  constexpr unsigned kFlags =
      rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, tape);
  // RapidJSON takes a NUL byte for the end of the text.
  if (!result.IsError() && stream.Tell() == text.size()) return document;

  if (!result.IsError()) {
    violations.Add("", "INVALID_JSON", Trailing(text, stream.Tell()));
  } else if (tape.duplicate()) {
    violations.Add(tape.Path(), "DUPLICATE_FIELD", "must be given once");
  } else if (tape.half_pair()) {
    violations.Add(tape.Path(), "INVALID_JSON",
                   absl::StrCat(Explain(rapidjson::kParseErrorStringUnicodeSurrogateInvalid),
                                " at ", Position(text, result.Offset())));
  } else if (tape.too_deep()) {
    violations.Add(tape.Path(), "INVALID_JSON",
                   absl::StrCat("must not nest deeper than ", max_depth, " levels"));
  } else {
    violations.Add(tape.Path(), "INVALID_JSON",
                   absl::StrCat(Explain(result.Code()), " at ", Position(text, result.Offset())));
  }
  return std::nullopt;
}

}  // namespace salesops::gateway
