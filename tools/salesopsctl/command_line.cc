#include "tools/salesopsctl/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/commands.h"
#include "tools/salesopsctl/complete.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/man.h"
#include "tools/salesopsctl/report.h"

namespace salesops::ctl {
namespace {

using Action = std::function<absl::Status(Session&)>;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Letters to change, add or take away to make one word of the other.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// "; do you mean list?", if anything is close.
std::string Nearest(const std::string& word, const std::vector<std::string>& known) {
  std::string best;
  size_t least = 3;
  for (const std::string& each : known) {
    const size_t distance = Distance(word, each);
    if (distance < least) {
      least = distance;
      best = each;
    }
  }
  return best.empty() ? "" : absl::StrCat("; do you mean ", best, "?");
}

}  // namespace

// The options' values live as long as the definition; the chosen command's action reads them.
struct CommandLine::Parts {
  CLI::App app{"Client of the sales-operations suite.", "salesopsctl"};
  Settings settings;
  Action action;
  bool online = true;

  ReadOptions read;
  WriteOptions write;
  ImportOptions import;
  ExportOptions exported;
  EventOptions events;
  DiffOptions diff;
  ContextOptions context;
  LoginOptions login;
  std::string described, shell;

  Parts() {
    app.description(
        "Client of the sales-operations suite. Resources are named as in its API: accounts/7.");
    app.require_subcommand(1);
    app.fallthrough();
    app.set_help_flag("-h,--help", "explain this command");
    AddSettings();
    AddReading();
    AddWriting();
    AddLongWork();
    AddIdentity();
    AddShell();
  }

  // What a command does when it is chosen. Online: it needs the server and its contracts.
  void Does(CLI::App* command, Action what) { Choose(command, std::move(what), true); }
  void DoesOffline(CLI::App* command, Action what) { Choose(command, std::move(what), false); }
  void Choose(CLI::App* command, Action what, bool needs_server) {
    command->callback([this, what = std::move(what), needs_server] {
      action = what;
      online = needs_server;
    });
  }

  // One value each time it is given, so that positionals after it stay positionals.
  static CLI::Option* AddList(CLI::App* command, const std::string& flag,
                              std::vector<std::string>* to, const std::string& what) {
    return command->add_option(flag, *to, what)->take_all()->allow_extra_args(false);
  }

  void AddSettings() {
    app.add_option("--context", settings.context, "context to use instead of the current one")
        ->envname("SALESOPS_CONTEXT");
    app.add_option("--server", settings.server, "the gateway's gRPC address, host:port")
        ->envname("SALESOPS_SERVER");
    app.add_option("--ca", settings.ca,
                   "CA of its certificate (PEM); absent: the system's, or no TLS on loopback")
        ->envname("SALESOPS_CA")
        ->check(CLI::ExistingFile);
    app.add_flag("--plaintext", settings.plaintext, "no TLS, though the server is not on loopback");
    app.add_option("--token-file", settings.token_file,
                   "file with the bearer token (environment: SALESOPS_TOKEN_FILE, or the token "
                   "itself in SALESOPS_TOKEN)");
    app.add_option("--descriptors", settings.descriptors,
                   "folder of contracts (*.binpb); absent: asked from the server")
        ->envname("SALESOPS_DESCRIPTORS");
    app.add_option("-o,--output", settings.output,
                   "form of the results: " + absl::StrJoin(FormatNames(), ", "))
        ->envname("SALESOPS_OUTPUT");
    app.add_option("--timeout", settings.timeout, "longest wait for one answer; absent: 30s");
    app.add_flag("--no-pager", settings.no_pager, "never show a long table through a pager");
  }

  void AddReadOptions(CLI::App* command, ReadOptions* o) {
    command->add_option("--as-of", o->as_of,
                        "what was known then: 2026-03-01T09:00:00Z, 2026-03-01, \"2h ago\"");
    command->add_option("--fields", o->fields, "fields to show, such as name,amount.units")
        ->delimiter(',')
        ->allow_extra_args(false);
    AddList(command, "--with", &o->with,
            "any other field of the request, such as effective_date=2026-03-01; repeat it");
  }

  void AddListOptions(CLI::App* command, ReadOptions* o) {
    command->add_option("--filter", o->filter, "AIP-160 filter, such as 'state = STATE_OPEN'");
    command->add_option("--order-by", o->order_by, "fields, such as 'amount desc, name'");
    command->add_flag("--show-archived", o->show_archived, "archived ones too");
    AddReadOptions(command, o);
  }

  void AddReading() {
    CLI::App* get = app.add_subcommand("get", "show one resource");
    get->add_option("name", read.name, "such as opportunities/7")->required();
    AddReadOptions(get, &read);
    Does(get, [this](Session& s) { return Get(s, read); });

    CLI::App* list = app.add_subcommand("list", "list a collection");
    list->add_option("collection", read.collection, "such as opportunities")->required();
    AddListOptions(list, &read);
    list->add_option("--parent", read.parent, "of a nested collection; absent: any");
    list->add_option("--limit", read.limit, "most rows")->capture_default_str();
    list->add_flag("--all", read.all, "every page");
    Does(list, [this](Session& s) { return List(s, read); });

    CLI::App* diffs = app.add_subcommand("diff", "what changed in a resource between two times");
    diffs->add_option("name", diff.name, "such as opportunities/7")->required();
    diffs->add_option("--from", diff.from, "the earlier time, such as yesterday or \"2h ago\"")
        ->required();
    diffs->add_option("--to", diff.to, "the later time; absent: now");
    Does(diffs, [this](Session& s) { return Diff(s, diff); });

    CLI::App* describe = app.add_subcommand(
        "describe", "fields, rules, permissions and routes of a type, service or method");
    describe->add_option("type", described, "such as accounts or AdvanceOpportunity")->required();
    Does(describe, [this](Session& s) { return Describe(s, described); });

    CLI::App* collections = app.add_subcommand("collections", "what can be listed");
    Does(collections, [](Session& s) { return Collections(s); });
  }

  void AddDryRun(CLI::App* command) {
    command->add_flag("--dry-run", write.dry_run,
                      "check and show what would happen, store nothing");
  }

  void AddWriteOptions(CLI::App* command) {
    AddList(command, "--set", &write.set,
            "field=value; repeat it; 2026-03-01 and '12.50 CNY' are understood");
    command->add_option("--data", write.data, "the same as one JSON object");
    command->add_option("--etag", write.etag, "refuse if it changed since this version");
    AddDryRun(command);
  }

  void AddVerb(const std::string& verb, const std::string& what) {
    CLI::App* command = app.add_subcommand(verb, what);
    command->add_option("name", write.name, "such as accounts/7")->required();
    command->add_option("--etag", write.etag, "refuse if it changed since this version");
    AddDryRun(command);
    Does(command, [this, verb](Session& s) {
      write.verb = verb;
      return Do(s, write);
    });
  }

  void AddWriting() {
    CLI::App* create = app.add_subcommand("create", "create a resource, or one per line of a file");
    create->add_option("collection", write.collection, "such as accounts")->required();
    create->add_option("--id", write.id, "its id; absent: a generated one");
    create->add_option("--parent", write.parent, "of a nested collection");
    create->add_option("--file", write.file,
                       "JSON lines of create requests; - is standard input; a killed run goes on "
                       "when it is repeated");
    create->add_flag("--restart", write.restart, "forget how far an earlier run came");
    AddWriteOptions(create);
    Does(create, [this](Session& s) { return Create(s, write); });

    CLI::App* update = app.add_subcommand("update", "change fields of a resource");
    update->add_option("name", write.name, "such as accounts/7")->required();
    AddWriteOptions(update);
    Does(update, [this](Session& s) { return Update(s, write); });

    AddVerb("archive", "archive a resource");
    AddVerb("unarchive", "take a resource out of the archive");

    CLI::App* does = app.add_subcommand("do", "a verb of a resource: advance, win, publish …");
    does->add_option("verb", write.verb, "such as advance")->required();
    does->add_option("name", write.name, "such as opportunities/7")->required();
    AddWriteOptions(does);
    Does(does, [this](Session& s) { return Do(s, write); });

    CLI::App* call = app.add_subcommand("call", "any method with a JSON request");
    call->add_option("method", write.method, "such as OpportunityService.AggregateOpportunities")
        ->required();
    call->add_option("request", write.request, "JSON object; absent: {}; - is standard input");
    AddDryRun(call);
    Does(call, [this](Session& s) { return Call(s, write); });
  }

  void AddLongWork() {
    CLI::App* imports = app.add_subcommand(
        "import",
        "import rows: a table (CSV in UTF-8 or GB18030, XLSX, JSON lines) through a mapping file, "
        "or "
        "JSON lines of import rows. A killed run goes on where it stopped when the same command is "
        "repeated; rows that were not taken are in a file beside the input, to be mended and "
        "imported the same way");
    imports
        ->add_option("collection", import.collection,
                     "such as accounts; with --mapping an import of it, or all")
        ->required();
    imports->add_option("--mapping", import.mapping, "mapping file")->check(CLI::ExistingFile);
    imports->add_option("--file", import.file, "the rows; - is standard input");
    imports->add_option("--folder", import.folder, "where the mapping's files are")
        ->check(CLI::ExistingDirectory);
    imports->add_option("--format", import.format,
                        "csv, xlsx or jsonl; absent: by the file's name, else csv");
    imports->add_option("--encoding", import.encoding,
                        "of CSV: utf-8, gb18030 or auto; absent: auto, which is a byte order mark, "
                        "else UTF-8 if the file is that, else GB18030");
    imports->add_option("--sheet", import.sheet, "sheet of a workbook; absent: the first");
    imports->add_flag("--explain-mapping", import.explain,
                      "show what each field is made of, with the first row; import nothing");
    imports->add_option("--source", import.source, "external-key source of JSON lines");
    imports->add_option("--rejects", import.rejects,
                        "file for rows that were not taken, with the reason of each; absent: "
                        "NAME.rejects.csv (or .jsonl) beside the rows, never over an older one");
    imports
        ->add_option("--max-error-rate", import.max_error_rate,
                     "share of the rows that may fail before the exit code says so, such as 0.005; "
                     "absent: none")
        ->check(CLI::Range(0.0, 1.0));
    imports->add_option("--state", import.state,
                        "file that keeps how far the import is; absent: one of its own below "
                        "$XDG_STATE_HOME/salesops");
    imports->add_flag("--restart", import.restart, "forget how far an earlier run came");
    imports->add_flag("--dry-run", import.dry_run, "check everything, store nothing");
    Does(imports, [this](Session& s) { return Import(s, import); });

    CLI::App* exports = app.add_subcommand(
        "export",
        "all rows as of one instant (--as-of; absent: now), as JSON lines, CSV or a workbook of "
        "Excel (xlsx). With --file, a killed run goes on where it stopped when the same command is "
        "repeated");
    exports->add_option("collection", exported.read.collection, "such as opportunities")
        ->required();
    AddListOptions(exports, &exported.read);
    exports->add_option("--file", exported.file, "where to; absent: standard output");
    exports->add_option("--format", exported.format,
                        "jsonl, csv or xlsx; absent: xlsx if the file's name ends so, else what "
                        "--output says");
    exports->add_option("--encoding", exported.encoding,
                        "utf-8 or gb18030, for programs that know no other; absent: utf-8");
    exports->add_flag("--bom", exported.mark,
                      "begin with a byte order mark, so that Excel knows CSV in UTF-8");
    exports->add_flag("--restart", exported.restart, "forget how far an earlier run came");
    Does(exports, [this](Session& s) { return Export(s, exported); });

    CLI::App* watch = app.add_subcommand("events", "facts of a service as JSON lines");
    watch->add_option("service", events.service, "such as pipeline")->required();
    watch->add_option("--after", events.after, "position after which to begin")
        ->capture_default_str();
    watch->add_flag("--follow", events.follow, "wait for more, through restarts of the server");
    watch->add_option("--types", events.types, "only these, such as OpportunityAdvanced")
        ->delimiter(',')
        ->allow_extra_args(false);
    Does(watch, [this](Session& s) { return Events(s, events); });
  }

  void AddContexts() {
    CLI::App* contexts = app.add_subcommand("context", "named servers and how to reach them");
    contexts->require_subcommand(1);
    CLI::App* list = contexts->add_subcommand("list", "all contexts");
    DoesOffline(list, [](Session& s) { return ContextList(s); });
    CLI::App* use = contexts->add_subcommand("use", "make a context the current one");
    use->add_option("context", context.name, "its name")->required();
    DoesOffline(use, [this](Session& s) { return ContextUse(s, context); });
    CLI::App* set = contexts->add_subcommand(
        "set",
        "add or change a context: --server, --ca, --token-file, --descriptors, --plaintext and "
        "--output are kept in it");
    set->add_option("context", context.name, "its name")->required();
    set->add_option("--token-command", context.token_command,
                    "command that prints a token; run when the kept one has expired");
    DoesOffline(set, [this](Session& s) { return ContextSet(s, context); });
    CLI::App* remove = contexts->add_subcommand("delete", "delete a context and its token");
    remove->add_option("context", context.name, "its name")->required();
    DoesOffline(remove, [this](Session& s) { return ContextDelete(s, context); });
    CLI::App* show = contexts->add_subcommand("show", "one context; absent: the current one");
    show->add_option("context", context.name, "its name");
    DoesOffline(show, [this](Session& s) { return ContextShow(s, context); });
  }

  void AddIdentity() {
    AddContexts();
    CLI::App* sign_in = app.add_subcommand(
        "login",
        "check a token with the server and keep it for the context. It is read from standard input "
        "or --token-file, or from what --token-command prints");
    sign_in->add_option("--token-command", login.token_command,
                        "command that prints a token; kept, and run again when it has expired");
    DoesOffline(sign_in, [this](Session& s) { return Login(s, login); });
    CLI::App* sign_out = app.add_subcommand("logout", "delete the kept token");
    DoesOffline(sign_out, [](Session& s) { return Logout(s); });
    CLI::App* who = app.add_subcommand("whoami", "who the server takes you for, and what you may");
    Does(who, [](Session& s) { return WhoAmI(s); });
  }

  void AddShell() {
    CLI::App* completion = app.add_subcommand(
        "completion", "completion for a shell: source <(salesopsctl completion bash)");
    completion->add_option("shell", shell, "bash or zsh")->required();
    DoesOffline(completion, [this](Session&) -> absl::Status {
      ASSIGN_OR_RETURN(const std::string script, CompletionScript(shell));
      std::cout << script;
      return absl::OkStatus();
    });
    CLI::App* manual = app.add_subcommand("man", "the manual page: salesopsctl man | man -l -");
    DoesOffline(manual, [this](Session&) {
      std::cout << ManPage(app);
      return absl::OkStatus();
    });
  }
};

CommandLine::CommandLine() : parts_(std::make_unique<Parts>()) {}
CommandLine::~CommandLine() = default;

CLI::App& CommandLine::app() { return parts_->app; }

int CommandLine::Run(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  parts_->settings.token = Environment("SALESOPS_TOKEN");
  parts_->settings.token_file_of_environment = Environment("SALESOPS_TOKEN_FILE");
  if (!arguments.empty() && arguments[0] == "__complete") {
    arguments.erase(arguments.begin());
    return Completes(arguments);
  }
  arguments = Normalized(arguments);
  for (const std::string& argument : arguments) {
    if (argument != "--token" && !absl::StartsWith(argument, "--token=")) continue;
    std::fputs(
        "error: a token in the command line stays in the shell's history and in the process list\n"
        "  use salesopsctl login, --token-file, or SALESOPS_TOKEN in the environment\n",
        stderr);
    return static_cast<int>(ExitCode::kUsage);
  }
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
  try {
    parts_->app.parse(arguments);
  } catch (const CLI::RequiredError& error) {
    return Misused(error.what(), argc, argv);
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(parts_->app.exit(error) == 0 ? ExitCode::kOk : ExitCode::kUsage);
  }
  Session session(parts_->settings, Places::FromEnvironment());
  absl::Status status = parts_->online ? session.Open() : absl::OkStatus();
  if (status.ok()) status = parts_->action(session);
  if (IsNotInContracts(status)) {
    // Contracts fetched some minutes ago may lack what the server has now; nothing was sent yet.
    absl::StatusOr<bool> fresh = session.RefreshContracts();
    if (fresh.ok() && *fresh) status = parts_->action(session);
  }
  std::cout.flush();
  return static_cast<int>(Report(session, status));
}

int CommandLine::Misused(const std::string& what, int argc, char** argv) {
  std::string message = what;
  const std::string given = argc > 1 ? argv[1] : "";
  const std::vector<std::string> commands = CommandsOf(parts_->app);
  const bool known = std::find(commands.begin(), commands.end(), given) != commands.end();
  if (!given.empty() && given[0] != '-' && !known) {
    message = absl::StrCat("there is no command \"", given, "\"", Nearest(given, commands));
  }
  std::fputs(absl::StrCat("error: ", message,
                          "\n  salesopsctl --help shows all commands, and "
                          "--help after a command explains it\n")
                 .c_str(),
             stderr);
  return static_cast<int>(ExitCode::kUsage);
}

int CommandLine::Completes(std::vector<std::string> words) {
  if (!words.empty() && words[0] == "--") words.erase(words.begin());
  Settings settings = parts_->settings;
  // A half-typed line does not parse; what it says of the server is picked out.
  const std::map<std::string, std::string*> wanted = {{"--context", &settings.context},
                                                      {"--server", &settings.server},
                                                      {"--ca", &settings.ca},
                                                      {"--token-file", &settings.token_file},
                                                      {"--descriptors", &settings.descriptors}};
  for (const auto& [flag, value] : wanted) {
    const CLI::Option* option = parts_->app.get_option(flag);
    if (!option->get_envname().empty()) *value = Environment(option->get_envname().c_str());
    for (size_t i = 0; i + 2 < words.size(); ++i) {
      if (Normalized({words[i]})[0] == flag) *value = words[i + 1];
    }
  }
  Session session(settings, Places::FromEnvironment());
  std::cout << CandidatesText(Complete(parts_->app, words, session));
  return static_cast<int>(ExitCode::kOk);
}

std::vector<std::string> Normalized(const std::vector<std::string>& arguments) {
  static const auto* older =
      new std::map<std::string, std::string>{{"--as-of-time", "--as-of"},
                                             {"--validate-only", "--dry-run"},
                                             {"--columns", "--fields"},
                                             {"--failures", "--rejects"}};
  std::vector<std::string> out;
  bool options = true;
  for (const std::string& argument : arguments) {
    options = options && argument != "--";
    if (!options || !absl::StartsWith(argument, "--")) {
      out.push_back(argument);
      continue;
    }
    const size_t end = std::min(argument.find('='), argument.size());
    std::string name = absl::StrReplaceAll(argument.substr(0, end), {{"_", "-"}});
    const auto newer = older->find(name);
    if (newer != older->end()) name = newer->second;
    out.push_back(name + argument.substr(end));
  }
  return out;
}

}  // namespace salesops::ctl
