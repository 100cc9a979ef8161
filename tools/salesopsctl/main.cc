// salesopsctl: the command-line client, driven by the contracts.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/salesopsctl/commands.h"

namespace {

using namespace salesops::ctl;  // NOLINT(google-build-using-namespace): this file is its main

struct Connection {
  std::string server = "localhost:8444";
  std::string ca, token, token_file, descriptors;
};

std::string DefaultDescriptors() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto built = self.parent_path().parent_path().parent_path() / "descriptors";
  return std::filesystem::exists(built, error) ? built.string() : "/usr/share/salesops/descriptors";
}

// What every command needs; the exit code if it cannot be had.
int Open(const Connection& connection, Session* session) {
  absl::StatusOr<std::unique_ptr<Catalog>> catalog =
      Catalog::Load(connection.descriptors.empty() ? DefaultDescriptors() : connection.descriptors);
  if (!catalog.ok()) return Report(catalog.status());
  session->catalog = *std::move(catalog);
  session->token = connection.token;
  if (session->token.empty() && !connection.token_file.empty()) {
    std::ifstream in(connection.token_file);
    std::ostringstream text;
    text << in.rdbuf();
    session->token = std::string(absl::StripAsciiWhitespace(text.str()));
  }
  salesops::rpc::TlsFiles tls;
  tls.ca = connection.ca;
  session->channel = salesops::rpc::OpenChannel("dns:///" + connection.server, tls);
  return 0;
}

void AddListOptions(CLI::App* command, ListOptions* o) {
  command->add_option("--filter", o->filter, "AIP-160 filter, such as 'state = STATE_OPEN'");
  command->add_option("--order_by", o->order_by, "fields, such as 'amount desc, name'");
  command->add_option("--as_of_time", o->as_of_time, "what was known then (RFC 3339)");
}

void AddWriteOptions(CLI::App* command, WriteOptions* o) {
  command
      ->add_option("--set", o->set,
                   "field=value; repeat it; 2026-03-01, '12.50 CNY' are understood")
      ->take_all();
  command->add_option("--data", o->data, "the same as one JSON object");
  command->add_option("--etag", o->etag, "refuse if it changed since this version");
  command->add_flag("--validate_only", o->validate_only, "show what would happen, store nothing");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Client of the sales-operations suite. Resources are named as in its API.");
  app.require_subcommand(1);
  Connection connection;
  Session session;
  app.add_option("--server", connection.server, "the gateway's gRPC address")
      ->envname("SALESOPS_SERVER")
      ->capture_default_str();
  app.add_option("--ca", connection.ca, "CA of its certificate (PEM); absent = no TLS")
      ->envname("SALESOPS_CA")
      ->check(CLI::ExistingFile);
  app.add_option("--token", connection.token, "bearer token")->envname("SALESOPS_TOKEN");
  app.add_option("--token_file", connection.token_file, "file with the bearer token")
      ->envname("SALESOPS_TOKEN_FILE")
      ->check(CLI::ExistingFile);
  app.add_option("--descriptors", connection.descriptors, "folder of contracts (*.binpb)")
      ->envname("SALESOPS_DESCRIPTORS");
  app.add_option("-o,--output", session.output, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app.fallthrough();

  std::string name, collection, verb, method, request, service, as_of_time;
  ListOptions list;
  WriteOptions write;
  ImportOptions import;
  int64_t after = 0;
  bool follow = false;

  CLI::App* get = app.add_subcommand("get", "show one resource");
  get->add_option("name", name, "such as opportunities/7")->required();
  get->add_option("--as_of_time", as_of_time, "what was known then (RFC 3339)");

  CLI::App* list_command = app.add_subcommand("list", "list a collection");
  list_command->add_option("collection", collection, "such as opportunities")->required();
  AddListOptions(list_command, &list);
  list_command->add_option("--parent", list.parent, "of a nested collection; absent = all");
  list_command->add_option("--limit", list.limit, "most rows; 0 = all")->capture_default_str();
  list_command->add_option("--columns", list.columns, "fields to show")->delimiter(',');
  list_command->add_flag("--show_archived", list.show_archived, "archived ones too");

  CLI::App* create = app.add_subcommand("create", "create a resource, or one per line of a file");
  create->add_option("collection", collection, "such as accounts")->required();
  create->add_option("--id", write.id, "its id; absent = a generated one");
  create->add_option("--parent", write.parent, "of a nested collection");
  create->add_option("--file", write.file, "JSON lines of create requests")
      ->check(CLI::ExistingFile);
  AddWriteOptions(create, &write);

  CLI::App* update = app.add_subcommand("update", "change fields of a resource");
  update->add_option("name", name, "such as accounts/7")->required();
  AddWriteOptions(update, &write);

  CLI::App* archive = app.add_subcommand("archive", "archive a resource");
  archive->add_option("name", name, "such as accounts/7")->required();
  CLI::App* unarchive = app.add_subcommand("unarchive", "take a resource out of the archive");
  unarchive->add_option("name", name, "such as accounts/7")->required();

  CLI::App* do_command =
      app.add_subcommand("do", "a verb of a resource: advance, win, lose, assign, publish …");
  do_command->add_option("verb", verb, "such as advance")->required();
  do_command->add_option("name", name, "such as opportunities/7")->required();
  AddWriteOptions(do_command, &write);

  CLI::App* call = app.add_subcommand("call", "any method with a JSON request");
  call->add_option("method", method, "such as OpportunityService.AggregateOpportunities")
      ->required();
  call->add_option("request", request, "JSON object; absent = {}");

  CLI::App* import_command =
      app.add_subcommand("import", "import rows: CSV through a mapping file, or JSON lines");
  import_command
      ->add_option("collection", collection,
                   "such as accounts; with --mapping an import of it, or all")
      ->required();
  import_command->add_option("--mapping", import.mapping, "mapping file")->check(CLI::ExistingFile);
  import_command->add_option("--file", import.file, "the rows")->check(CLI::ExistingFile);
  import_command->add_option("--folder", import.folder, "where the mapping's files are")
      ->check(CLI::ExistingDirectory);
  import_command->add_option("--source", import.source, "external-key source of JSON lines");
  import_command->add_option("--failures", import.failures, "add rows that failed to this file");
  import_command->add_flag("--dry_run", import.dry_run, "check everything, store nothing");

  CLI::App* export_command = app.add_subcommand("export", "all rows as JSON lines");
  export_command->add_option("collection", collection, "such as opportunities")->required();
  AddListOptions(export_command, &list);

  CLI::App* events = app.add_subcommand("events", "facts of a service as JSON lines");
  events->add_option("service", service, "organization or pipeline")->required();
  events->add_option("--after", after, "position after which to begin");
  events->add_flag("--follow", follow, "wait for more");

  CLI::App* collections = app.add_subcommand("collections", "what can be listed");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  if (import_command->parsed() && import.file.empty() && import.folder.empty()) {
    std::cerr << "error: import needs --file, or --mapping and --folder\n";
    return 2;
  }
  if (const int code = Open(connection, &session); code != 0) return code;
  if (get->parsed()) return Get(session, name, as_of_time);
  if (list_command->parsed()) return List(session, collection, list);
  if (create->parsed()) return Create(session, collection, write);
  if (update->parsed()) return Update(session, name, write);
  if (archive->parsed()) return Do(session, "archive", name, write);
  if (unarchive->parsed()) return Do(session, "unarchive", name, write);
  if (do_command->parsed()) return Do(session, verb, name, write);
  if (call->parsed()) return Call(session, method, request);
  if (import_command->parsed()) return Import(session, collection, import);
  if (export_command->parsed()) return Export(session, collection, list);
  if (events->parsed()) return Events(session, service, after, follow);
  if (collections->parsed()) return Collections(session);
  return 2;
}
