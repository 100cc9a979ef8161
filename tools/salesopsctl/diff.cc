#include "tools/salesopsctl/diff.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "tools/salesopsctl/table.h"

namespace salesops::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const std::set<std::string>& Followers() {
  static const auto* fields = new std::set<std::string>{"etag", "update_time"};
  return *fields;
}

// A value as far as people are concerned: a date, an amount, an attribute.
bool IsOneValue(const Descriptor* type) {
  if (absl::StartsWith(type->full_name(), "google.")) return true;
  return type->real_oneof_decl_count() == 1 &&
         type->oneof_decl(0)->field_count() == type->field_count();
}

class Comparison {
 public:
  std::vector<FieldChange> Take() { return std::move(changes_); }

  void Messages(const Message* before, const Message* after, const std::string& path) {
    const Descriptor* type = (before != nullptr ? before : after)->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (path.empty() && Followers().count(field->name()) > 0) continue;
      Field(before, after, field, path.empty() ? field->name() : path + "." + field->name());
    }
  }

 private:
  using Elements = std::map<std::string, const Message*>;

  static bool Has(const Message* m, const FieldDescriptor* f) {
    return m != nullptr && m->GetReflection()->HasField(*m, f);
  }

  static int Size(const Message* m, const FieldDescriptor* f) {
    return m == nullptr ? 0 : m->GetReflection()->FieldSize(*m, f);
  }

  static std::optional<std::string> Value(const Message* m, const FieldDescriptor* f) {
    if (!Has(m, f)) return std::nullopt;
    return CellOf(*m, f->name(), CellStyle::kExact);
  }

  void Field(const Message* before, const Message* after, const FieldDescriptor* f,
             const std::string& path) {
    if (f->is_map()) return MapOf(before, after, f, path);
    if (f->is_repeated()) {
      return f->message_type() != nullptr ? ListOfMessages(before, after, f, path)
                                          : ListOfValues(before, after, f, path);
    }
    if (f->message_type() == nullptr || IsOneValue(f->message_type())) {
      return Change(path, Value(before, f), Value(after, f));
    }
    const Message* left =
        Has(before, f) ? &before->GetReflection()->GetMessage(*before, f) : nullptr;
    const Message* right = Has(after, f) ? &after->GetReflection()->GetMessage(*after, f) : nullptr;
    if (left != nullptr || right != nullptr) Messages(left, right, path);
  }

  void Change(const std::string& path, std::optional<std::string> before,
              std::optional<std::string> after) {
    if (before != after) changes_.push_back({path, std::move(before), std::move(after)});
  }

  void MapOf(const Message* before, const Message* after, const FieldDescriptor* f,
             const std::string& path) {
    std::map<std::string, std::pair<std::optional<std::string>, std::optional<std::string>>> all;
    for (int i = 0; i < Size(before, f); ++i) {
      const Message& entry = before->GetReflection()->GetRepeatedMessage(*before, f, i);
      all[CellOf(entry, "key")].first = CellOf(entry, "value", CellStyle::kExact);
    }
    for (int i = 0; i < Size(after, f); ++i) {
      const Message& entry = after->GetReflection()->GetRepeatedMessage(*after, f, i);
      all[CellOf(entry, "key")].second = CellOf(entry, "value", CellStyle::kExact);
    }
    for (auto& [key, values] : all) {
      Change(absl::StrCat(path, ".", key), std::move(values.first), std::move(values.second));
    }
  }

  void ListOfValues(const Message* before, const Message* after, const FieldDescriptor* f,
                    const std::string& path) {
    std::multiset<std::string> left = ValuesOf(before, f), right = ValuesOf(after, f);
    std::vector<std::string> gone, come;
    std::set_difference(left.begin(), left.end(), right.begin(), right.end(),
                        std::back_inserter(gone));
    std::set_difference(right.begin(), right.end(), left.begin(), left.end(),
                        std::back_inserter(come));
    for (const std::string& value : gone) Change(path + "[]", value, std::nullopt);
    for (const std::string& value : come) Change(path + "[]", std::nullopt, value);
  }

  static std::multiset<std::string> ValuesOf(const Message* m, const FieldDescriptor* f) {
    std::multiset<std::string> values;
    for (int i = 0; i < Size(m, f); ++i) {
      const auto* r = m->GetReflection();
      switch (f->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
          values.insert(r->GetRepeatedString(*m, f, i));
          break;
        case FieldDescriptor::CPPTYPE_ENUM:
          values.insert(r->GetRepeatedEnum(*m, f, i)->name());
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          values.insert(absl::StrCat(r->GetRepeatedInt32(*m, f, i)));
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          values.insert(absl::StrCat(r->GetRepeatedInt64(*m, f, i)));
          break;
        case FieldDescriptor::CPPTYPE_UINT32:
          values.insert(absl::StrCat(r->GetRepeatedUInt32(*m, f, i)));
          break;
        case FieldDescriptor::CPPTYPE_UINT64:
          values.insert(absl::StrCat(r->GetRepeatedUInt64(*m, f, i)));
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          values.insert(r->GetRepeatedBool(*m, f, i) ? "true" : "false");
          break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
          values.insert(absl::StrCat(r->GetRepeatedDouble(*m, f, i)));
          break;
        case FieldDescriptor::CPPTYPE_FLOAT:
          values.insert(absl::StrCat(r->GetRepeatedFloat(*m, f, i)));
          break;
        case FieldDescriptor::CPPTYPE_MESSAGE:
          break;
      }
    }
    return values;
  }

  // What an element is called among its neighbours; its place if that is not unique.
  static Elements ElementsOf(const Message* m, const FieldDescriptor* f) {
    static const auto* identifying =
        new std::vector<std::string>{"id", "name", "source", "key", "permission"};
    const FieldDescriptor* identity = nullptr;
    for (const std::string& name : *identifying) {
      const FieldDescriptor* found = f->message_type()->FindFieldByName(name);
      if (identity == nullptr && found != nullptr && !found->is_repeated() &&
          found->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        identity = found;
      }
    }
    Elements elements;
    for (int i = 0; i < Size(m, f); ++i) {
      const Message& element = m->GetReflection()->GetRepeatedMessage(*m, f, i);
      std::string key = identity == nullptr ? "" : CellOf(element, identity->name());
      if (key.empty() || elements.count(key) > 0) key = absl::StrCat(key, "#", i + 1);
      elements[std::move(key)] = &element;
    }
    return elements;
  }

  void ListOfMessages(const Message* before, const Message* after, const FieldDescriptor* f,
                      const std::string& path) {
    const Elements left = ElementsOf(before, f), right = ElementsOf(after, f);
    std::map<std::string, std::pair<const Message*, const Message*>> all;
    for (const auto& [key, element] : left) all[key].first = element;
    for (const auto& [key, element] : right) all[key].second = element;
    for (const auto& [key, pair] : all) {
      Messages(pair.first, pair.second, absl::StrCat(path, "[", key, "]"));
    }
  }

  std::vector<FieldChange> changes_;
};

}  // namespace

std::vector<FieldChange> DiffMessages(const Message* before, const Message* after) {
  if (before == nullptr && after == nullptr) return {};
  Comparison comparison;
  comparison.Messages(before, after, "");
  return comparison.Take();
}

std::string DiffText(const std::vector<FieldChange>& changes, bool colour) {
  int width = 0;
  for (const FieldChange& change : changes) width = std::max(width, DisplayWidth(change.path));
  std::string text;
  for (const FieldChange& change : changes) {
    const char sign = !change.before ? '+' : !change.after ? '-' : '~';
    const char* paint = sign == '+' ? "\x1b[32m" : sign == '-' ? "\x1b[31m" : "\x1b[33m";
    const std::string value = sign == '+'   ? *change.after
                              : sign == '-' ? *change.before
                                            : absl::StrCat(*change.before, " -> ", *change.after);
    absl::StrAppend(&text, colour ? paint : "", std::string(1, sign), " ", change.path,
                    std::string(width - DisplayWidth(change.path) + 2, ' '), value,
                    colour ? "\x1b[0m" : "", "\n");
  }
  return text;
}

}  // namespace salesops::ctl
