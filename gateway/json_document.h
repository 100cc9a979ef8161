#pragma once

// Strict JSON (RFC 8259) as a flat list of nodes: what protobuf's own reader would let pass (single
// quotes, unquoted names, trailing commas, a name twice in one object) is refused here, as are
// broken UTF-8, lone surrogates, text after the value, and nesting beyond `max_depth`.
//
//   base::Violations violations;
//   std::optional<JsonDocument> json = JsonDocument::Parse(R"({"a":[1,"x"]})", violations);
//   for (JsonValue member : json->root()) …   // member.name() == "a"
//
// Numbers keep their text, so 64-bit integers are never rounded.
//
// Thread-safety: immutable after Parse; values refer to their document and to nothing else.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "shared/base/violation.h"

namespace salesops::gateway {

class JsonDocument;

// One value inside a document.
class JsonValue {
 public:
  enum class Kind { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

  Kind kind() const;
  bool is_null() const { return kind() == Kind::kNull; }
  // The characters of a string (unescaped) or of a number (as written).
  absl::string_view text() const;
  // The member name, if this value is a member of an object.
  absl::string_view name() const;
  // Number of elements or members; 0 for scalars.
  size_t size() const;

  // Elements or members, in order.
  class Iterator {
   public:
    Iterator(const JsonDocument* document, size_t index) : document_(document), index_(index) {}
    JsonValue operator*() const { return JsonValue(document_, index_); }
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const JsonDocument* document_;
    size_t index_;
  };
  Iterator begin() const;
  Iterator end() const;

  // The member of that name, if this is an object that has it.
  std::optional<JsonValue> Find(absl::string_view name) const;

 private:
  friend class JsonDocument;
  JsonValue(const JsonDocument* document, size_t index) : document_(document), index_(index) {}
  const JsonDocument* document_;
  size_t index_;
};

class JsonDocument {
 public:
  // A level of a google.protobuf.Struct is three levels of messages, and protobuf reads 100.
  static constexpr int kMaxDepth = 32;

  // Empty if `text` is not strict JSON; the violation says where, with the path of the value that
  // was being read, and never repeats the text.
  static std::optional<JsonDocument> Parse(absl::string_view text, base::Violations& violations,
                                           int max_depth = kMaxDepth);

  JsonValue root() const { return JsonValue(this, 0); }

  JsonDocument(JsonDocument&&) noexcept = default;
  JsonDocument& operator=(JsonDocument&&) noexcept = default;

 private:
  friend class JsonValue;
  friend class JsonTape;

  // 24 bytes; an object or array is followed by its contents, `end` is the node after them.
  struct Node {
    JsonValue::Kind kind;
    uint32_t name_size;
    uint32_t name_offset;
    uint32_t text_offset;
    uint32_t text_size;  // of an array or object: number of elements
    uint32_t end;
  };

  JsonDocument() = default;

  std::vector<Node> nodes_;
  std::string text_;  // every name and text, one after the other
};

// The path of a member or element below `path`, as violations spell it: "a.b", "a[3]".
std::string MemberPath(absl::string_view path, absl::string_view name);
std::string ElementPath(absl::string_view path, size_t index);

}  // namespace salesops::gateway
