#include "tests/contract/violations.h"

#include <functional>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/api/field_behavior.pb.h"
#include "google/type/date.pb.h"
#include "google/type/decimal.pb.h"
#include "google/type/money.pb.h"
#include "salesops/options/v1/options.pb.h"
#include "shared/api/field_rules.h"

namespace salesops::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Break = std::function<void(Message*)>;

constexpr int kVariants = 6;
constexpr int kDepth = 4;

bool Has(const FieldDescriptor* field, google::api::FieldBehavior behavior) {
  const auto& options = field->options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

const options::v1::FieldRules& RulesOf(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::field);
}

void SetText(Message* m, const FieldDescriptor* f, const std::string& text) {
  if (f->is_repeated()) {
    m->GetReflection()->AddString(m, f, text);
  } else {
    m->GetReflection()->SetString(m, f, text);
  }
}

Message* Add(Message* m, const FieldDescriptor* f) {
  return f->is_repeated() ? m->GetReflection()->AddMessage(m, f)
                          : m->GetReflection()->MutableMessage(m, f);
}

// Every way to break the rules of a string, number or value message; each leaves one wrong value.
std::vector<Break> WaysToBreak(const FieldDescriptor* f) {
  const options::v1::FieldRules& rules = RulesOf(f);
  std::vector<Break> ways;
  const bool required = Has(f, google::api::REQUIRED);
  const bool has_empty = f->cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
                         f->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE || f->is_repeated();
  if (required && has_empty) ways.push_back([](Message*) {});
  if (f->is_map()) return ways;
  if (f->is_repeated() && rules.max_items() > 0 && rules.max_items() <= 1000 &&
      f->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    ways.push_back([f, n = rules.max_items()](Message* m) {
      for (int i = 0; i <= n; ++i) SetText(m, f, absl::StrCat("a", i));
    });
  }
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    if (rules.max_length() > 0) {
      ways.push_back([f, n = rules.max_length()](Message* m) {
        SetText(m, f, std::string(static_cast<size_t>(n) + 1, 'a'));
      });
    }
    if (!rules.pattern().empty() || !rules.references().empty()) {
      ways.push_back([f](Message* m) { SetText(m, f, "\x01 ~ no such form ~"); });
    }
  }
  const bool int32 = f->cpp_type() == FieldDescriptor::CPPTYPE_INT32;
  if ((int32 || f->cpp_type() == FieldDescriptor::CPPTYPE_INT64) && !f->is_repeated()) {
    for (const auto& [bound, by] :
         {std::make_pair(rules.min(), int64_t{-1}), std::make_pair(rules.max(), int64_t{1})}) {
      int64_t value = 0;
      if (!absl::SimpleAtoi(bound, &value)) continue;
      ways.push_back([f, int32, v = value + by](Message* m) {
        if (int32) {
          m->GetReflection()->SetInt32(m, f, static_cast<int32_t>(v));
        } else {
          m->GetReflection()->SetInt64(m, f, v);
        }
      });
    }
  }
  if (f->message_type() == google::type::Date::descriptor()) {
    ways.push_back([f](Message* m) {
      google::type::Date date;
      date.set_year(2026);
      date.set_month(2);
      date.set_day(30);
      Add(m, f)->CopyFrom(date);
    });
  }
  if (f->message_type() == google::type::Money::descriptor()) {
    ways.push_back([f](Message* m) {
      google::type::Money money;
      money.set_currency_code("???");
      money.set_units(1);
      Add(m, f)->CopyFrom(money);
    });
    if (rules.min() == "0") {
      ways.push_back([f](Message* m) {
        google::type::Money money;
        money.set_currency_code("CNY");
        money.set_units(-1);
        Add(m, f)->CopyFrom(money);
      });
    }
  }
  if (f->message_type() == google::type::Decimal::descriptor()) {
    ways.push_back([f](Message* m) {
      google::type::Decimal decimal;
      decimal.set_value("1,5");
      Add(m, f)->CopyFrom(decimal);
    });
    if (!rules.max().empty()) {
      ways.push_back([f, text = rules.max() + "9.9"](Message* m) {
        google::type::Decimal decimal;
        decimal.set_value(text);
        Add(m, f)->CopyFrom(decimal);
      });
    }
  }
  return ways;
}

// A value message may be reported as a whole or by its part: "amount.currency_code".
bool Reports(const std::set<std::string>& reported, const std::string& field) {
  auto found = reported.lower_bound(field);
  return found != reported.end() &&
         (*found == field || found->compare(0, field.size() + 1, field + ".") == 0);
}

bool IsValue(const Descriptor* type) {
  return type == google::type::Date::descriptor() || type == google::type::Money::descriptor() ||
         type == google::type::Decimal::descriptor() ||
         type->file()->package() == "google.protobuf";
}

// Breaks one rule of every field below `m`; what is broken is added to `fields` by its path.
void BreakAll(Message* m, const std::string& prefix, int variant, int depth, bool in_update,
              std::set<std::string>* fields) {
  const Descriptor* type = m->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* f = type->field(i);
    if (Has(f, google::api::OUTPUT_ONLY)) continue;
    // Only one member of a oneof can be set; its own type has a test elsewhere.
    if (f->real_containing_oneof() != nullptr) continue;
    // A resource's own name says which one to change; only an update reads it.
    if (Has(f, google::api::IDENTIFIER) && !in_update) continue;
    const std::string path = prefix + f->name();
    const std::vector<Break> ways = WaysToBreak(f);
    if (!ways.empty()) {
      const size_t way = static_cast<size_t>(variant) % ways.size();
      ways[way](m);
      // The first way of a required field is to leave it out; a message field is then not entered.
      const bool set = f->is_repeated() ? m->GetReflection()->FieldSize(*m, f) > 0
                                        : m->GetReflection()->HasField(*m, f);
      const bool element = f->is_repeated() && m->GetReflection()->FieldSize(*m, f) == 1;
      fields->insert(element ? path + "[0]" : path);
      if (!set || f->message_type() == nullptr || IsValue(f->message_type())) continue;
    }
    const bool enters =
        f->message_type() != nullptr && !f->is_map() && !IsValue(f->message_type()) && depth > 0;
    if (!enters) continue;
    // Every other variant leaves a required sub-message out; the others enter it.
    if (!ways.empty() && variant % 2 == 0) continue;
    Message* inner = Add(m, f);
    fields->erase(path);
    BreakAll(inner, absl::StrCat(path, f->is_repeated() ? "[0]." : "."), variant, depth - 1,
             in_update, fields);
  }
}

// An error has room for 5 KiB of details, the reason and the message among them, and then tells the
// first violations (shared/status/grpc_status.cc). Takes out the fields of what may be cut: those
// that are reported, but not among the first.
void LeaveWhatHasRoom(BadRequest* bad) {
  constexpr size_t kRoom = 3500, kFraming = 16;
  const base::Violations violations = api::CheckFieldRules(*bad->request);
  std::set<std::string> first, later;
  size_t used = 0;
  for (const base::Violation& v : violations.list()) {
    used += v.field.size() + v.reason.size() + v.message.size() + kFraming;
    (used <= kRoom ? first : later).insert(v.field);
  }
  for (auto field = bad->fields.begin(); field != bad->fields.end();) {
    const bool cut = Reports(later, *field) && !Reports(first, *field);
    field = cut ? bad->fields.erase(field) : std::next(field);
  }
}

}  // namespace

std::vector<BadRequest> BadRequests(const Descriptor* request_type) {
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(request_type);
  const bool update = request_type->FindFieldByName("update_mask") != nullptr;
  std::vector<BadRequest> all;
  for (int variant = 0; variant < kVariants; ++variant) {
    BadRequest bad;
    bad.request.reset(prototype->New());
    BreakAll(bad.request.get(), "", variant, kDepth, update, &bad.fields);
    if (update) {
      // "*" means every field, so that required ones count.
      const FieldDescriptor* mask = request_type->FindFieldByName("update_mask");
      Message* m = bad.request->GetReflection()->MutableMessage(bad.request.get(), mask);
      m->GetReflection()->ClearField(m, m->GetDescriptor()->FindFieldByName("paths"));
      m->GetReflection()->AddString(m, m->GetDescriptor()->FindFieldByName("paths"), "*");
      bad.fields.erase("update_mask");
    }
    LeaveWhatHasRoom(&bad);
    if (!bad.fields.empty()) all.push_back(std::move(bad));
  }
  return all;
}

}  // namespace salesops::contract
