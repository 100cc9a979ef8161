#include "shared/api/disclosure.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "re2/re2.h"
#include "shared/api/message_plan.h"
#include "shared/status/status.h"

namespace salesops::api {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr absl::string_view kMask = "***";

int CountOf(const Message& m, const FieldPlan& field) {
  const Reflection* r = m.GetReflection();
  return field.field->is_repeated() ? r->FieldSize(m, field.field)
                                    : static_cast<int>(r->HasField(m, field.field));
}

// The message of a field that may hold personal data, with the value of a map for its entry.
const Message& Below(const Message& m, const FieldPlan& field, int i) {
  const Reflection* r = m.GetReflection();
  if (!field.field->is_repeated()) return r->GetMessage(m, field.field);
  const Message& element = r->GetRepeatedMessage(m, field.field, i);
  return field.map ? element.GetReflection()->GetMessage(element, field.map_value) : element;
}

Message* MutableBelow(Message* m, const FieldPlan& field, int i) {
  const Reflection* r = m->GetReflection();
  if (!field.field->is_repeated()) return r->MutableMessage(m, field.field);
  Message* element = r->MutableRepeatedMessage(m, field.field, i);
  return field.map ? element->GetReflection()->MutableMessage(element, field.map_value) : element;
}

bool MayHold(const FieldPlan& field) {
  return field.personal || (field.message != nullptr && field.message->has_personal);
}

// The id of the seller whose row a resource is: its owner, its payee, or the seller that its name
// is under; empty for one that nobody owns.
std::string SellerOf(const Message& m, const MessagePlan& plan) {
  const FieldPlan* owner = plan.Find("owner");
  std::string name;
  if (owner == nullptr) owner = plan.Find("payee");
  if (owner != nullptr && owner->kind == FieldKind::kString && !owner->field->is_repeated()) {
    name = m.GetReflection()->GetString(m, owner->field);
  } else if (plan.name != nullptr) {
    name = m.GetReflection()->GetString(m, plan.name->field);
  }
  const std::vector<std::string> segments = absl::StrSplit(name, '/');
  return segments.size() >= 2 && segments[0] == "sellers" ? segments[1] : "";
}

void MaskField(Message* m, const FieldPlan& field) {
  const Reflection* r = m->GetReflection();
  if (field.kind != FieldKind::kString || field.map) return r->ClearField(m, field.field);
  if (!field.field->is_repeated()) {
    return r->SetString(m, field.field, Mask(r->GetString(*m, field.field)));
  }
  for (int i = 0; i < r->FieldSize(*m, field.field); ++i) {
    r->SetRepeatedString(m, field.field, i, Mask(r->GetRepeatedString(*m, field.field, i)));
  }
}

class Discloser {
 public:
  explicit Discloser(auth::RowScope scope) : scope_(std::move(scope)) {}

  // `visible`: whether the caller sees what belongs to the resource around this message; outside of
  // resources only those see who see every row. True if the message itself, outside of resources
  // below it, tells personal data.
  bool Visit(Message* m, const MessagePlan& plan, bool visible) {
    if (plan.is_resource) visible = scope_.Includes(SellerOf(*m, plan));
    bool personal = false;
    for (const FieldPlan& field : plan.fields) {
      if (MayHold(field)) personal |= VisitField(m, field, visible);
    }
    if (!personal || !plan.is_resource) return personal;
    ++told_.resource_count;
    if (told_.resources.size() < Disclosure::kMostNames && plan.name != nullptr) {
      told_.resources.push_back(m->GetReflection()->GetString(*m, plan.name->field));
    }
    return false;
  }
  Disclosure Take() { return std::move(told_); }

 private:
  bool VisitField(Message* m, const FieldPlan& field, bool visible) {
    const int count = CountOf(*m, field);
    if (count == 0) return false;
    if (field.personal) {
      if (!visible) {
        MaskField(m, field);
        return false;
      }
      told_.fields.insert(field.field->name());
      return true;
    }
    bool personal = false;
    for (int i = 0; i < count; ++i) {
      personal |= Visit(MutableBelow(m, field, i), *field.message, visible);
    }
    return personal;
  }

  const auth::RowScope scope_;
  Disclosure told_;
};

int CountPersonal(const Message& m, const MessagePlan& plan) {
  int personal = 0;
  for (const FieldPlan& field : plan.fields) {
    if (!MayHold(field)) continue;
    const int count = CountOf(m, field);
    if (field.personal) {
      personal += count;
      continue;
    }
    for (int i = 0; i < count; ++i) personal += CountPersonal(Below(m, field, i), *field.message);
  }
  return personal;
}

}  // namespace

std::string PersonalPermission(const auth::MethodPolicy& policy) {
  return absl::StrCat(policy.permission.substr(0, policy.permission.find('.')), ".personal.read");
}

Disclosure Disclose(const auth::Access& access, const std::string& permission, Message* answer) {
  const MessagePlan& plan = PlanOf(answer->GetDescriptor());
  if (!plan.has_personal) return {};
  const auth::RowScope scope = access.ScopeOf(permission);
  Discloser discloser(scope);
  discloser.Visit(answer, plan, scope.all);
  return discloser.Take();
}

absl::Status MayWrite(const auth::Access& access, const std::string& permission,
                      const Message& before, const Message& after) {
  const MessagePlan& plan = PlanOf(before.GetDescriptor());
  if (!plan.has_personal || CountPersonal(after, plan) >= CountPersonal(before, plan)) {
    return absl::OkStatus();
  }
  if (access.ScopeOf(permission).Includes(SellerOf(before, plan))) return absl::OkStatus();
  const std::string name =
      plan.name == nullptr ? "" : before.GetReflection()->GetString(before, plan.name->field);
  return status::PermissionDenied(permission, name);
}

std::string Mask(absl::string_view text) {
  const size_t at = text.find('@');
  const bool words = text.find_first_of(" \t\r\n\f") != absl::string_view::npos;
  if (!words && at != absl::string_view::npos && at > 0 && at + 1 < text.size() &&
      text.find('@', at + 1) == absl::string_view::npos) {
    // The first character, which may be several bytes.
    size_t first = 1;
    while (first < at && (static_cast<unsigned char>(text[first]) & 0xC0) == 0x80) ++first;
    return absl::StrCat(text.substr(0, first), kMask, text.substr(at));
  }
  std::string digits;
  for (const char c : text) {
    if (absl::ascii_isdigit(c)) {
      digits += c;
    } else if (absl::string_view("+-()./x ").find(c) == absl::string_view::npos) {
      return std::string(kMask);
    }
  }
  if (digits.size() == 13 && absl::StartsWith(digits, "86")) digits.erase(0, 2);
  if (digits.size() < 8) return std::string(kMask);
  const std::string last = digits.substr(digits.size() - 4);
  return absl::StrCat(digits.size() == 11 ? digits.substr(0, 3) : "", "****", last);
}

bool IsMask(absl::string_view text) {
  // Byte by byte: a text that is no UTF-8 is masked like any other.
  static const RE2* const masks =
      new RE2(R"(\*\*\*|[^@\s]+\*\*\*@[^@\s]+|(?:[0-9]{3})?\*\*\*\*[0-9]{4})", RE2::Latin1);
  if (text.find(kMask) == absl::string_view::npos) return false;  // most texts
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *masks);
}

}  // namespace salesops::api
