#pragma once

// External keys and typed attributes <-> the messages that each package declares alike.
//
// Thread-safety: pure functions.

#include <string>
#include <variant>
#include <vector>

#include "google/protobuf/map.h"
#include "google/protobuf/repeated_field.h"
#include "shared/api/convert.h"
#include "shared/base/attribute.h"

namespace salesops::resource {

template <class P>
void ToProto(const std::vector<base::ExternalKey>& keys,
             google::protobuf::RepeatedPtrField<P>* list) {
  for (const base::ExternalKey& key : keys) {
    P* item = list->Add();
    item->set_source(key.source);
    item->set_key(key.key);
  }
}

template <class P>
std::vector<base::ExternalKey> FromProto(const google::protobuf::RepeatedPtrField<P>& list) {
  std::vector<base::ExternalKey> keys;
  for (const P& item : list) keys.push_back({item.source(), item.key()});
  return keys;
}

template <class P>
void ToProto(const base::Attributes& attributes, google::protobuf::Map<std::string, P>* map) {
  for (const auto& [name, value] : attributes) {
    P& item = (*map)[name];
    if (const auto* text = std::get_if<std::string>(&value)) item.set_string_value(*text);
    if (const auto* number = std::get_if<base::Decimal>(&value)) {
      *item.mutable_decimal_value() = api::ToDecimal(*number);
    }
    if (const auto* money = std::get_if<base::Money>(&value)) {
      *item.mutable_money_value() = api::ToMoney(*money);
    }
    if (const auto* day = std::get_if<base::CivilDay>(&value)) {
      *item.mutable_date_value() = api::ToDate(*day);
    }
    if (const auto* flag = std::get_if<bool>(&value)) item.set_bool_value(*flag);
  }
}

template <class P>
base::Attributes FromProto(const google::protobuf::Map<std::string, P>& map) {
  base::Attributes attributes;
  for (const auto& [name, item] : map) {
    switch (item.value_case()) {
      case P::kStringValue:
        attributes[name] = item.string_value();
        break;
      case P::kDecimalValue:
        attributes[name] = api::FromDecimal(item.decimal_value());
        break;
      case P::kMoneyValue:
        attributes[name] = api::FromMoney(item.money_value());
        break;
      case P::kDateValue:
        attributes[name] = api::FromDate(item.date_value());
        break;
      case P::kBoolValue:
        attributes[name] = item.bool_value();
        break;
      case P::VALUE_NOT_SET:
        break;
    }
  }
  return attributes;
}

// "sellers/7" <-> "7"; an empty name is an empty id. The form was checked by the field rules.
inline std::string IdOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }
inline std::string NameOf(const char* collection, const std::string& id) {
  return id.empty() ? std::string() : std::string(collection) + "/" + id;
}

}  // namespace salesops::resource
