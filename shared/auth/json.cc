#include "shared/auth/json.h"

namespace salesops::auth {

JsonPtr ParseObject(absl::string_view text) {
  JsonPtr value(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr));
  if (value && !json_is_object(value.get())) value.reset();
  return value;
}

std::optional<std::string> StringMember(const json_t* object, const char* name) {
  const json_t* member = json_object_get(object, name);
  if (!json_is_string(member)) return std::nullopt;
  return std::string(json_string_value(member), json_string_length(member));
}

}  // namespace salesops::auth
