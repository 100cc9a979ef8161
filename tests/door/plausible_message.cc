#include "tests/door/plausible_message.h"

#include <google/protobuf/descriptor.h>
#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/api/field_behavior.pb.h"
#include "google/api/resource.pb.h"
#include "google/type/date.pb.h"
#include "google/type/decimal.pb.h"
#include "google/type/money.pb.h"
#include "salesops/options/v1/options.pb.h"
#include "tests/door/random_message.h"

namespace salesops::door {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool Has(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

// Few ids are met often, so that requests are about things that are there.
std::string SomeId(Tape& tape) {
  static const std::vector<std::string> kKnown = {"one", "two", "three"};
  return tape.Chance(8) ? absl::StrCat("x", tape.Choose(200)) : tape.Pick(kKnown);
}

// "accounts/{account}" -> "accounts/one"
std::string NameOf(Tape& tape, const std::string& pattern) {
  std::vector<std::string> parts = absl::StrSplit(pattern, '/');
  for (std::string& part : parts) {
    if (absl::StartsWith(part, "{")) part = SomeId(tape);
  }
  std::string name;
  for (const std::string& part : parts) absl::StrAppend(&name, name.empty() ? "" : "/", part);
  return name;
}

// The patterns of every resource that messages of this file's pool declare, by type.
const std::vector<std::pair<std::string, std::string>>& Resources() {
  static const auto* found = [] {
    auto* list = new std::vector<std::pair<std::string, std::string>>;
    for (const char* file : {"salesops/organization/v1/department",
                             "salesops/organization/v1/team",
                             "salesops/organization/v1/seller",
                             "salesops/organization/v1/job_role",
                             "salesops/organization/v1/assignment",
                             "salesops/organization/v1/access",
                             "salesops/organization/v1/calendar",
                             "salesops/organization/v1/fiscal_calendar",
                             "salesops/organization/v1/exchange_rate",
                             "salesops/organization/v1/territory",
                             "salesops/pipeline/v1/account",
                             "salesops/pipeline/v1/sales_process",
                             "salesops/pipeline/v1/opportunity",
                             "salesops/pipeline/v1/product",
                             "salesops/pipeline/v1/competitor",
                             "salesops/pipeline/v1/contact",
                             "salesops/pipeline/v1/lead",
                             "salesops/pipeline/v1/activity",
                             "salesops/pipeline/v1/attribute_definition",
                             "salesops/pipeline/v1/retention_rule",
                             "salesops/organization/v1/absence",
                             "salesops/performance/v1/transaction",
                             "salesops/performance/v1/measure_value",
                             "salesops/performance/v1/quota",
                             "salesops/performance/v1/incentive_plan",
                             "salesops/performance/v1/plan_assignment",
                             "salesops/performance/v1/crediting_rule",
                             "salesops/performance/v1/incentive_period",
                             "salesops/performance/v1/payout_statement"}) {
      const auto* proto = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
          absl::StrCat(file, ".proto"));
      for (int i = 0; proto != nullptr && i < proto->message_type_count(); ++i) {
        const auto& options = proto->message_type(i)->options();
        if (!options.HasExtension(google::api::resource)) continue;
        const auto& resource = options.GetExtension(google::api::resource);
        list->emplace_back(resource.type(), resource.pattern(0));
      }
    }
    return list;
  }();
  return *found;
}

std::string ReferenceTo(Tape& tape, const std::string& type) {
  for (const auto& [known, pattern] : Resources()) {
    if (known == type) return NameOf(tape, pattern);
  }
  return "";
}

// A text that the whole pattern matches; empty if none is known.
std::string Matching(Tape& tape, const std::string& pattern) {
  const RE2 form(pattern);
  std::vector<std::string> candidates = {
      SomeId(tape),
      "CNY",
      "USD",
      "Asia/Shanghai",
      "v1",
      "won",
      "subject:alice",
      "group:sales",
      "pipeline.accounts.read",
      "organization.sellers.read",
      "sellers/-",
      "opportunities/-",
      "salesProcesses/-",
      "trade_fair",
      "crm",
      absl::StrCat("5b0f5a6e-0000-4000-8000-00000000000", tape.Choose(8)),
      "2026",
      "a@b.cn"};
  for (const auto& [type, name] : Resources()) candidates.push_back(NameOf(tape, name));
  std::vector<std::string> good;
  for (const std::string& text : candidates) {
    if (RE2::FullMatch(text, form)) good.push_back(text);
  }
  return good.empty() ? "" : tape.Pick(good);
}

std::string SomeText(Tape& tape, const FieldDescriptor& field,
                     const options::v1::FieldRules& rules) {
  if (tape.Chance(80)) return RandomText(tape);
  if (!rules.references().empty()) return ReferenceTo(tape, rules.references());
  if (absl::EndsWith(field.name(), "_id") && field.name() != "request_id" && tape.Chance(2)) {
    return absl::StrCat("x", tape.Choose(200));  // most likely a new one
  }
  if (!rules.pattern().empty()) return Matching(tape, rules.pattern());
  static const std::vector<std::string> kFilters = {
      "name = \"accounts/one\"", "display_name = \"one\"", "create_time > \"2020-01-01T00:00:00Z\"",
      "(", "no_such_field = 1"};
  static const std::vector<std::string> kOrders = {"name", "display_name desc", "no_such_field",
                                                   "create_time desc, name"};
  static const std::vector<std::string> kWords = {"one",   "华为技术有限公司", "Acme \"Corp.\"",
                                                  " a b ", "éclair",           "\U0001F600"};
  static const std::vector<std::string> kConditions = {
      "amount > 100", "account.grade = \"A\" OR attributes.trade_fair:*", "amount >"};
  static const std::vector<std::string> kDealFields = {"amount", "account.industry", "source",
                                                       "weather"};
  if (field.name() == "filter") return tape.Pick(kFilters);
  if (field.name() == "condition") return tape.Pick(kConditions);
  if (field.name() == "field" || field.name() == "fields") return tape.Pick(kDealFields);
  if (field.name() == "order_by") return tape.Pick(kOrders);
  if (field.name() == "etag" || field.name() == "page_token") return "not-one";
  return tape.Pick(kWords);
}

int64_t SomeInteger(Tape& tape, const options::v1::FieldRules& rules) {
  if (tape.Chance(60)) return -1;
  const int64_t least = rules.min().empty() ? 0 : std::stoll(rules.min());
  return least + tape.Choose(5);
}

void FillDate(Tape& tape, google::type::Date& date) {
  date.set_year(2026);
  date.set_month(static_cast<int>(1 + tape.Choose(12)));
  date.set_day(static_cast<int>(1 + tape.Choose(tape.Chance(25) ? 31 : 28)));
}

void FillMoney(Tape& tape, google::type::Money& money) {
  static const std::vector<std::string> kCurrencies = {"CNY", "USD", "JPY"};
  static const std::vector<int> kNanos = {0, 500'000'000, 10'000'000, 1};
  money.set_currency_code(tape.Pick(kCurrencies));
  money.set_units(tape.Choose(1 << 15));
  money.set_nanos(tape.Pick(kNanos));
}

void FillTimestamp(Tape& tape, Message& message) {
  static const std::vector<int64_t> kSeconds = {1'767'225'600, 1'577'836'800, 4'102'444'800};
  message.GetReflection()->SetInt64(&message, message.GetDescriptor()->FindFieldByNumber(1),
                                    tape.Pick(kSeconds));
}

// Of the resource that the same request holds.
void FillUpdateMask(Tape& tape, const Message& request, Message& mask) {
  const Descriptor& type = *request.GetDescriptor();
  const FieldDescriptor* paths = mask.GetDescriptor()->FindFieldByNumber(1);
  for (int i = 0; i < type.field_count(); ++i) {
    const Descriptor* resource = type.field(i)->message_type();
    if (resource == nullptr || !resource->options().HasExtension(google::api::resource)) continue;
    for (uint32_t n = tape.Choose(4); n > 0; --n) {
      const auto* field = resource->field(tape.Choose(resource->field_count()));
      mask.GetReflection()->AddString(&mask, paths, field->name());
    }
    if (tape.Chance(6)) mask.GetReflection()->AddString(&mask, paths, "*");
  }
}

class Filler {
 public:
  explicit Filler(Tape& tape) : tape_(tape) {}

  // `update`: it is the resource of an update; `within`: it is a part of a request.
  void Fill(Message& message, bool update, bool within) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (field.real_containing_oneof() == nullptr && Wanted(field, update, within))
        Set(message, field);
    }
    for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
      const auto& choice = *type.oneof_decl(i);
      Set(message, *choice.field(static_cast<int>(tape_.Choose(choice.field_count()))));
    }
  }

 private:
  bool Wanted(const FieldDescriptor& field, bool update, bool within) {
    // A batch has one of each for all of its requests.
    if (within && (field.name() == "request_id" || field.name() == "validate_only")) return false;
    if (Has(field, google::api::OUTPUT_ONLY)) return tape_.Chance(40);
    if (Has(field, google::api::IDENTIFIER)) return update || tape_.Chance(20);
    if (Has(field, google::api::REQUIRED)) return !tape_.Chance(60);
    // An id that the service makes would differ between two suites.
    if (absl::EndsWith(field.name(), "_id") && field.name() != "request_id") return true;
    if (field.name() == "owner" || field.name() == "process_version") return !tape_.Chance(20);
    if (field.name() == "etag" || field.name() == "page_token" || field.name() == "as_of_time") {
      return tape_.Chance(15);
    }
    if (field.name() == "validate_only") return tape_.Chance(8);
    return tape_.Chance(3);
  }

  void Set(Message& message, const FieldDescriptor& field) {
    if (!field.is_repeated()) return SetOne(message, field);
    if (field.name() == "stages" && !field.is_map() && !tape_.Chance(10))
      return SetStages(message, field);
    if (field.name() == "splits" && !tape_.Chance(10)) return SetSplits(message, field);
    const auto& rules = field.options().GetExtension(options::v1::field);
    const int count = std::max(1, rules.min_items()) + (tape_.Chance(4) ? 1 : 0);
    for (int i = 0; i < (field.is_map() ? std::min(count, 1) : count); ++i) SetOne(message, field);
  }

  // Open ones, then won, then lost: no rule of a field can say that.
  void SetStages(Message& message, const FieldDescriptor& field) {
    static const std::vector<std::pair<std::string, int>> kStages = {
        {"one", 1}, {"two", 1}, {"three", 1}, {"won", 2}, {"lost", 3}};
    for (const auto& [id, kind] : kStages) {
      Message& stage = *message.GetReflection()->AddMessage(&message, &field);
      const Descriptor& type = *stage.GetDescriptor();
      const auto& r = *stage.GetReflection();
      r.SetString(&stage, type.FindFieldByName("id"), id);
      r.SetString(&stage, type.FindFieldByName("display_name"), RandomText(tape_) + id);
      r.SetEnumValue(&stage, type.FindFieldByName("kind"), kind);
    }
  }

  // Shares that sum to 1: no rule of a field can say that either.
  void SetSplits(Message& message, const FieldDescriptor& field) {
    for (const char* seller : {"sellers/one", "sellers/two"}) {
      Message& split = *message.GetReflection()->AddMessage(&message, &field);
      const Descriptor& type = *split.GetDescriptor();
      const auto& r = *split.GetReflection();
      r.SetString(&split, type.FindFieldByName("seller"), seller);
      Message& share = *r.MutableMessage(&split, type.FindFieldByName("share"));
      dynamic_cast<google::type::Decimal&>(share).set_value("0.5");
    }
  }

  void SetOne(Message& message, const FieldDescriptor& field) {
    const auto& r = *message.GetReflection();
    const auto& rules = field.options().GetExtension(options::v1::field);
    const bool add = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message& inner =
            *(add ? r.AddMessage(&message, &field) : r.MutableMessage(&message, &field));
        if (field.is_map()) return FillEntry(inner, rules);
        return FillMessage(message, inner);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text = SomeText(tape_, field, rules);
        return add ? r.AddString(&message, &field, text) : r.SetString(&message, &field, text);
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto& values = *field.enum_type();
        const int number =
            values.value(static_cast<int>(tape_.Choose(values.value_count())))->number();
        return add ? r.AddEnumValue(&message, &field, number)
                   : r.SetEnumValue(&message, &field, number);
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        const auto n = static_cast<int32_t>(SomeInteger(tape_, rules));
        return add ? r.AddInt32(&message, &field, n) : r.SetInt32(&message, &field, n);
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        const int64_t n = SomeInteger(tape_, rules);
        return add ? r.AddInt64(&message, &field, n) : r.SetInt64(&message, &field, n);
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        return add ? r.AddBool(&message, &field, true) : r.SetBool(&message, &field, true);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return add ? r.AddDouble(&message, &field, tape_.Choose(100) / 8.0)
                   : r.SetDouble(&message, &field, tape_.Choose(100) / 8.0);
      default:
        return;  // the contracts have no others
    }
  }

  void FillEntry(Message& entry, const options::v1::FieldRules& rules) {
    const Descriptor& type = *entry.GetDescriptor();
    entry.GetReflection()->SetString(&entry, type.map_key(), Matching(tape_, rules.key_pattern()));
    SetOne(entry, *type.map_value());
  }

  void FillMessage(const Message& holder, Message& message) {
    if (auto* date = dynamic_cast<google::type::Date*>(&message)) return FillDate(tape_, *date);
    if (auto* money = dynamic_cast<google::type::Money*>(&message)) {
      return FillMoney(tape_, *money);
    }
    if (auto* decimal = dynamic_cast<google::type::Decimal*>(&message)) {
      static const std::vector<std::string> kDecimals = {"0.5", "1", "0.25", "0.000001", "1.5"};
      return decimal->set_value(tape_.Pick(kDecimals));
    }
    switch (message.GetDescriptor()->well_known_type()) {
      case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
        return FillTimestamp(tape_, message);
      case Descriptor::WELLKNOWNTYPE_FIELDMASK:
        return FillUpdateMask(tape_, holder, message);
      default: {
        const bool update = holder.GetDescriptor()->FindFieldByName("update_mask") != nullptr;
        return Fill(message, update, true);
      }
    }
  }

  Tape& tape_;
};

}  // namespace

void FillPlausibly(Tape& tape, Message& request) { Filler(tape).Fill(request, false, false); }

}  // namespace salesops::door
