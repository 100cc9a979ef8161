#include "tools/salesopsctl/complete.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "shared/resource/message_fields.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/command_line.h"
#include "tools/salesopsctl/config.h"
#include "tools/salesopsctl/exit_code.h"

namespace salesops::ctl {
namespace {

constexpr int kNames = 1000;
constexpr absl::Duration kPatience = absl::Seconds(1);

constexpr char kBash[] =
    R"bash(# salesopsctl completion for bash:  source <(salesopsctl completion bash)
_salesopsctl() {
  local cur words line
  cur=${COMP_WORDS[COMP_CWORD]}
  words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) COMPREPLY+=($(compgen -f -- "$cur")); compopt -o filenames ;;
      ?*) COMPREPLY+=("$line"); case $line in */ | *=) compopt -o nospace ;; esac ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null)
}
complete -F _salesopsctl salesopsctl
)bash";

constexpr char kZsh[] = R"zsh(#compdef salesopsctl
# salesopsctl completion for zsh:  source <(salesopsctl completion zsh)
_salesopsctl() {
  local -a lines
  local line
  lines=("${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    case $line in
      :files) _files ;;
      */|*=) compadd -S '' -- "$line" ;;
      ?*) compadd -- "$line" ;;
    esac
  done
}
if [ "$funcstack[1]" = "_salesopsctl" ]; then
  _salesopsctl "$@"
else
  compdef _salesopsctl salesopsctl
fi
)zsh";

// The words up to the one being typed, taken apart by the definition.
struct Place {
  CLI::App* command = nullptr;
  std::vector<CLI::App*> enclosing;  // the command and those it is below, inmost first
  std::vector<std::string> positionals;
  CLI::Option* awaiting = nullptr;  // an option whose value is being typed
};

CLI::Option* FindOption(const Place& place, const std::string& name) {
  for (CLI::App* app : place.enclosing) {
    if (CLI::Option* option = app->get_option_no_throw(name)) return option;
  }
  return nullptr;
}

CLI::App* FindCommand(CLI::App& app, const std::string& name) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

Place PlaceOf(CLI::App& app, const std::vector<std::string>& words) {
  Place place{&app, {&app}, {}, nullptr};
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (place.awaiting != nullptr) {
      place.awaiting = nullptr;
      continue;
    }
    if (absl::StartsWith(word, "-") && word.size() > 1) {
      const bool has_value = absl::StrContains(word, "=");
      CLI::Option* option = FindOption(place, Normalized({word.substr(0, word.find('='))})[0]);
      if (option != nullptr && !has_value && option->get_items_expected_max() > 0) {
        place.awaiting = option;
      }
      continue;
    }
    CLI::App* inner = place.positionals.empty() ? FindCommand(*place.command, word) : nullptr;
    if (inner == nullptr) {
      place.positionals.push_back(word);
    } else {
      place.command = inner;
      place.enclosing.insert(place.enclosing.begin(), inner);
    }
  }
  return place;
}

std::vector<std::string> Options(const Place& place) {
  std::vector<std::string> names;
  for (CLI::App* app : place.enclosing) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// Behind the last comma of a list of fields: "name,am" -> candidates "name,amount".
std::vector<std::string> ListOf(const std::vector<std::string>& values, const std::string& typed) {
  const std::string before = typed.substr(0, typed.rfind(',') + 1);
  std::vector<std::string> out;
  for (const std::string& value : values) out.push_back(before + value);
  return out;
}

// The collection that fields are of: named itself, or by a resource's name.
std::string CollectionOf(const Place& place) {
  if (place.positionals.empty()) return "";
  const std::string& first = place.positionals[0];
  return first.substr(0, first.find('/'));
}

std::vector<std::string> WithSlash(std::vector<std::string> names) {
  for (std::string& name : names) name += "/";
  return names;
}

// Candidates for a value that is called `what` in the definition.
Candidates ValuesOf(const std::string& what, const Place& place, const std::string& typed,
                    CompletionSource& source) {
  static const auto* paths = new std::set<std::string>{
      "ca", "token-file", "descriptors", "file", "folder", "mapping", "rejects", "state"};
  if (paths->count(what) > 0) return {{}, true};
  if (what == "output") return {FormatNames()};
  if (what == "context") return {source.Contexts()};
  if (what == "collection") return {source.Collections()};
  if (what == "verb") return {source.Verbs()};
  if (what == "method") return {source.Methods()};
  if (what == "service") return {source.Services()};
  if (what == "shell") return {{"bash", "zsh"}};
  if (what == "from" || what == "to" || what == "as-of") return {{"now", "yesterday"}};
  if (what == "fields") return {ListOf(source.Fields(CollectionOf(place)), typed)};
  if (what == "order-by") return {source.Fields(CollectionOf(place))};
  if (what == "set") {
    std::vector<std::string> fields = source.Fields(CollectionOf(place));
    for (std::string& field : fields) field += "=";
    return {std::move(fields)};
  }
  if (what == "type") {
    std::vector<std::string> all = source.Collections();
    for (std::string& method : source.Methods()) all.push_back(std::move(method));
    return {std::move(all)};
  }
  if (what == "name" || what == "parent") {
    if (!absl::StrContains(typed, "/")) return {WithSlash(source.Collections())};
    return {source.Names(typed)};
  }
  return {};
}

std::string NameOf(const CLI::Option* option) {
  return option->get_lnames().empty() ? option->get_name(true) : option->get_lnames()[0];
}

class SessionSource final : public CompletionSource {
 public:
  explicit SessionSource(Session& session) : session_(session) {}

  std::vector<std::string> Contexts() override {
    std::vector<std::string> names;
    const absl::StatusOr<Config> config = Config::Load(session_.places());
    if (!config.ok()) return names;
    for (const auto& [name, context] : config->contexts) names.push_back(name);
    return names;
  }

  std::vector<std::string> Collections() override {
    std::vector<std::string> names;
    if (!Open()) return names;
    for (const Resource& resource : session_.catalog().resources()) {
      names.push_back(resource.plural);
    }
    return names;
  }

  std::vector<std::string> Verbs() override {
    std::set<std::string> verbs;
    if (!Open()) return {};
    for (const Resource& resource : session_.catalog().resources()) {
      for (const std::string& verb : session_.catalog().VerbsOf(resource)) verbs.insert(verb);
    }
    return {verbs.begin(), verbs.end()};
  }

  std::vector<std::string> Methods() override {
    std::vector<std::string> names;
    if (!Open()) return names;
    for (const ServiceDescriptor* service : session_.catalog().services()) {
      for (int i = 0; i < service->method_count(); ++i) {
        names.push_back(absl::StrCat(service->name(), ".", service->method(i)->name()));
      }
    }
    return names;
  }

  std::vector<std::string> Services() override {
    std::vector<std::string> names;
    if (!Open()) return names;
    for (const ServiceDescriptor* service : session_.catalog().services()) {
      if (service->name() != "EventService") continue;
      const std::string& package = service->file()->package();  // salesops.<service>.v1
      const size_t dot = package.find('.');
      names.push_back(package.substr(dot + 1, package.rfind('.') - dot - 1));
    }
    return names;
  }

  std::vector<std::string> Fields(const std::string& collection) override {
    std::vector<std::string> names;
    if (!Open()) return names;
    const absl::StatusOr<const Resource*> found = session_.catalog().FindCollection(collection);
    if (!found.ok()) return names;
    for (int i = 0; i < (*found)->type->field_count(); ++i) {
      names.push_back((*found)->type->field(i)->name());
    }
    return names;
  }

  std::vector<std::string> Names(const std::string& prefix) override {
    const absl::StatusOr<std::vector<std::string>> names = AskNames(prefix);
    return names.ok() ? *names : std::vector<std::string>();
  }

 private:
  bool Open() {
    if (!tried_) opened_ = session_.Open().ok();
    tried_ = true;
    return opened_;
  }

  absl::StatusOr<std::vector<std::string>> AskNames(const std::string& prefix) {
    if (!Open()) return absl::UnavailableError("");
    const Catalog& catalog = session_.catalog();
    ASSIGN_OR_RETURN(const Resource* resource,
                     catalog.FindCollection(prefix.substr(0, prefix.find('/'))));
    ASSIGN_OR_RETURN(const MethodDescriptor* method, catalog.Standard(*resource, "List"));
    std::unique_ptr<Message> request = catalog.New(method->input_type());
    resource::SetInt(request.get(), "page_size", kNames);
    // A filter cannot ask for a prefix, so pages are read as long as a person waits for a key.
    const absl::Time end = absl::Now() + kPatience;
    std::vector<std::string> names;
    do {
      std::unique_ptr<Message> page = catalog.New(method->output_type());
      const absl::Status status = session_.channel().Call(
          Catalog::Path(method), *request, page.get(), session_.Options(end - absl::Now()));
      if (!status.ok()) break;
      const auto* rows = resource::RepeatedOf(*page, resource->type);
      for (int i = 0; rows != nullptr && i < page->GetReflection()->FieldSize(*page, rows); ++i) {
        names.push_back(
            resource::GetString(page->GetReflection()->GetRepeatedMessage(*page, rows, i), "name"));
      }
      resource::SetString(request.get(), "page_token",
                          resource::GetString(*page, "next_page_token"));
    } while (!resource::GetString(*request, "page_token").empty() && absl::Now() < end);
    return names;
  }

  Session& session_;
  bool tried_ = false, opened_ = false;
};

}  // namespace

std::vector<std::string> CommandsOf(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

Candidates Complete(CLI::App& app, const std::vector<std::string>& words,
                    CompletionSource& source) {
  const std::string typed = words.empty() ? "" : words.back();
  const Place place = PlaceOf(app, words);
  Candidates all;
  if (place.awaiting != nullptr) {
    all = ValuesOf(NameOf(place.awaiting), place, typed, source);
  } else if (absl::StartsWith(typed, "-")) {
    all.words = Options(place);
  } else if (std::vector<std::string> commands = CommandsOf(*place.command);
             place.positionals.empty() && !commands.empty()) {
    all.words = std::move(commands);
  } else {
    size_t seen = 0;
    for (const CLI::Option* option : place.command->get_options()) {
      if (!option->get_positional()) continue;
      if (seen++ == place.positionals.size()) {
        all = ValuesOf(option->get_name(true), place, typed, source);
      }
    }
  }
  all.words.erase(
      std::remove_if(all.words.begin(), all.words.end(),
                     [&](const std::string& word) { return !absl::StartsWith(word, typed); }),
      all.words.end());
  return all;
}

Candidates Complete(CLI::App& app, const std::vector<std::string>& words, Session& session) {
  SessionSource source(session);
  return Complete(app, words, source);
}

std::string CandidatesText(const Candidates& candidates) {
  std::string text;
  for (const std::string& word : candidates.words) absl::StrAppend(&text, word, "\n");
  return text + (candidates.files ? ":files\n" : "");
}

absl::StatusOr<std::string> CompletionScript(const std::string& shell) {
  if (shell == "bash") return std::string(kBash);
  if (shell == "zsh") return std::string(kZsh);
  return UsageError(absl::StrCat("there is no completion for \"", shell, "\"; there is bash, zsh"));
}

}  // namespace salesops::ctl
