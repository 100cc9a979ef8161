#include "tools/salesopsctl/config.h"

#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "shared/status/macros.h"
#include "tools/salesopsctl/exit_code.h"

namespace salesops::ctl {
namespace {

using nlohmann::ordered_json;

struct TextKey {
  const char* name;
  std::string Context::*member;
};

constexpr TextKey kTextKeys[] = {
    {"server", &Context::server},           {"ca", &Context::ca},
    {"token_file", &Context::token_file},   {"token_command", &Context::token_command},
    {"descriptors", &Context::descriptors}, {"output", &Context::output},
};

absl::Status Wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

absl::StatusOr<Context> ContextOf(const std::string& name, const ordered_json& object) {
  if (!object.is_object()) return Wrong(absl::StrCat("contexts.", name, " is not an object"));
  Context context;
  for (const auto& [key, value] : object.items()) {
    const std::string path = absl::StrCat("contexts.", name, ".", key);
    if (key == "plaintext") {
      if (!value.is_boolean()) return Wrong(absl::StrCat(path, " must be true or false"));
      context.plaintext = value.get<bool>();
      continue;
    }
    const TextKey* known = nullptr;
    for (const TextKey& text : kTextKeys) {
      if (key == text.name) known = &text;
    }
    if (known == nullptr) return Wrong(absl::StrCat(path, " is not a setting"));
    if (!value.is_string()) return Wrong(absl::StrCat(path, " must be a text"));
    context.*(known->member) = value.get<std::string>();
  }
  return context;
}

}  // namespace

absl::StatusOr<Config> Config::Parse(const std::string& text) {
  const ordered_json file = ordered_json::parse(text, nullptr, false);
  if (!file.is_object()) return Wrong("it is not a JSON object");
  Config config;
  for (const auto& [key, value] : file.items()) {
    if (key == "current" && value.is_string()) {
      config.current = value.get<std::string>();
    } else if (key == "contexts" && value.is_object()) {
      for (const auto& [name, object] : value.items()) {
        RETURN_IF_ERROR(CheckContextName(name));
        ASSIGN_OR_RETURN(config.contexts[name], ContextOf(name, object));
      }
    } else {
      return Wrong(absl::StrCat("\"", key, "\" does not belong there or has the wrong type"));
    }
  }
  if (!config.current.empty() && config.contexts.count(config.current) == 0) {
    return Wrong(absl::StrCat("current is \"", config.current, "\", which is not among contexts"));
  }
  return config;
}

std::string Config::ToText() const {
  ordered_json file = {{"current", current}, {"contexts", ordered_json::object()}};
  for (const auto& [name, context] : contexts) {
    ordered_json object = ordered_json::object();
    for (const TextKey& key : kTextKeys) {
      if (!(context.*(key.member)).empty()) object[key.name] = context.*(key.member);
    }
    if (context.plaintext) object["plaintext"] = true;
    file["contexts"][name] = std::move(object);
  }
  return file.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

absl::StatusOr<Config> Config::Load(const Places& places) {
  std::error_code error;
  if (!std::filesystem::exists(places.ConfigFile(), error)) return Config();
  ASSIGN_OR_RETURN(const std::string text, ReadFile(places.ConfigFile()));
  absl::StatusOr<Config> config = Parse(text);
  if (config.ok()) return config;
  return UsageError(absl::StrCat(places.ConfigFile(), ": ", config.status().message(),
                                 "; mend it, or delete it and begin with: salesopsctl context set "
                                 "NAME --server HOST:PORT"));
}

absl::Status Config::Save(const Places& places) const {
  return WritePrivateFile(places.ConfigFile(), ToText());
}

absl::Status CheckContextName(const std::string& name) {
  bool good = !name.empty() && name.size() <= 63 && absl::ascii_isalnum(name[0]);
  for (char c : name) good = good && (absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_');
  if (good) return absl::OkStatus();
  return UsageError(absl::StrCat("\"", name,
                                 "\" cannot name a context; use letters, digits, dots, hyphens "
                                 "and underscores, a letter or digit first"));
}

}  // namespace salesops::ctl
