#include "tools/salesopsctl/man.h"

#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tools/salesopsctl/exit_code.h"

namespace salesops::ctl {
namespace {

constexpr char kForms[] = R"(.SH OUTPUT
.TP
.B table
columns for people; the default
.TP
.B json
one JSON document; a list is an array
.TP
.B jsonl
one JSON object a line
.TP
.B csv
RFC 4180 with a header row; exact values
.TP
.B name
resource names alone, one a line
)";

constexpr char kTimes[] = R"(.SH TIMES
An instant (2026\-03\-01T09:00:00Z), a day (2026\-03\-01, its beginning in UTC), a time before now
(\(dq2h ago\(dq, \(dq\-90min\(dq; s, min, h, d, w), now or yesterday.
)";

constexpr char kFiles[] = R"(.SH FILES
.TP
.I $XDG_CONFIG_HOME/salesops/config.json
contexts; ~/.config if the variable is not set
.TP
.I $XDG_CONFIG_HOME/salesops/tokens/CONTEXT
the token that login keeps; only its owner may read it
.TP
.I $XDG_CACHE_HOME/salesops/contracts/
contracts asked from servers, for five minutes
.TP
.I $XDG_STATE_HOME/salesops/
how far imports and creates are, so that a killed run goes on; gone when it is done
.TP
.I FILE.part, FILE.part.state
an export that is not complete yet
.TP
.I NAME.rejects.csv, NAME.rejects.jsonl
rows of NAME that an import did not take, in the encoding of NAME, with the columns row, field,
reason and message behind; mend them and import this file with the same command
)";

constexpr char kEnvironment[] = R"(.SH ENVIRONMENT
A flag wins over its variable, the variable over the context.
.TP
.B SALESOPS_TOKEN
the bearer token
.TP
.B SALESOPS_TOKEN_FILE
file that holds it
.TP
.B SALESOPS_PAGER, PAGER
what shows long tables on a terminal; empty or cat: nothing
.TP
.B NO_COLOR
set: no colours
)";

constexpr char kExamples[] = R"(.SH EXAMPLES
.nf
salesopsctl context set work \-\-server sales.example:443
vault read \-field=token sales | salesopsctl login
salesopsctl list opportunities \-\-filter \(aqstate = STATE_OPEN\(aq \-\-order\-by \(aqamount desc\(aq
salesopsctl diff opportunities/7 \-\-from yesterday
salesopsctl describe AdvanceOpportunity
salesopsctl import accounts \-\-mapping crm.json \-\-file accounts.csv \-\-dry\-run
salesopsctl import accounts \-\-mapping crm.json \-\-file accounts.xlsx \-\-explain\-mapping
salesopsctl import accounts \-\-mapping crm.json \-\-file accounts.rejects.csv
salesopsctl export opportunities \-o csv \-\-bom \-\-file opportunities.csv
salesopsctl export accounts \-\-as\-of 2026\-03\-01 \-o csv \-\-encoding gb18030 \-\-file accounts.csv
salesopsctl events pipeline \-\-after 1200 \-\-follow
.fi
)";

std::string Escaped(const std::string& text) {
  std::string out = absl::StrReplaceAll(
      text, {{"\\", "\\e"}, {"-", "\\-"}, {"'", "\\(aq"}, {"…", "..."}, {"\"", "\\(dq"}});
  // A line that begins with a dot would be a request.
  return out.rfind('.', 0) == 0 ? "\\&" + out : out;
}

std::string OptionHead(const CLI::Option* option) {
  std::vector<std::string> names;
  for (const std::string& name : option->get_snames()) {
    names.push_back("\\fB" + Escaped("-" + name) + "\\fR");
  }
  for (const std::string& name : option->get_lnames()) {
    names.push_back("\\fB" + Escaped("--" + name) + "\\fR");
  }
  std::string head = absl::StrJoin(names, ", ");
  if (option->get_items_expected_max() > 0) absl::StrAppend(&head, " \\fIVALUE\\fR");
  return head;
}

std::string OptionText(const CLI::Option* option) {
  std::string text = Escaped(option->get_description());
  if (!option->get_default_str().empty()) {
    absl::StrAppend(&text, " (default ", Escaped(option->get_default_str()), ")");
  }
  if (!option->get_envname().empty()) {
    absl::StrAppend(&text, "; environment ", Escaped(option->get_envname()));
  }
  if (!option->get_positional() && option->get_required()) absl::StrAppend(&text, "; required");
  return text;
}

void AppendOptions(CLI::App& app, std::string* page) {
  for (const CLI::Option* option : app.get_options()) {
    const bool told_already = app.get_parent() != nullptr && option == app.get_help_ptr();
    if (option->get_group().empty() || told_already) continue;
    absl::StrAppend(page, ".TP\n",
                    option->get_positional() ? "\\fI" + Escaped(option->get_name(true)) + "\\fR"
                                             : OptionHead(option),
                    "\n", OptionText(option), "\n");
  }
}

std::string Usage(const CLI::App& app, const std::string& path) {
  std::string usage = "\\fB" + Escaped(path) + "\\fR";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = "\\fI" + Escaped(option->get_name(true)) + "\\fR";
    absl::StrAppend(&usage, " ", option->get_required() ? name : "[" + name + "]");
  }
  return usage + " [\\fIoptions\\fR]";
}

void AppendCommands(CLI::App& app, const std::string& path, std::string* page) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    if (command->get_group().empty()) continue;
    const std::string own = absl::StrCat(path, path.empty() ? "" : " ", command->get_name());
    const bool leaf = command->get_subcommands([](CLI::App*) { return true; }).empty();
    if (leaf) {
      absl::StrAppend(page, ".SS ", Escaped(own), "\n", Usage(*command, own), "\n.PP\n",
                      Escaped(command->get_description()), ".\n");
      AppendOptions(*command, page);
    }
    AppendCommands(*command, own, page);
  }
}

std::string ExitStatus() {
  std::string text = ".SH EXIT STATUS\n";
  for (const ExitCodeMeaning& each : ExitCodes()) {
    absl::StrAppend(&text, ".TP\n.B ", static_cast<int>(each.code), "\n", Escaped(each.meaning),
                    "\n");
  }
  return text;
}

}  // namespace

std::string ManPage(CLI::App& app) {
  std::string page =
      ".TH SALESOPSCTL 1 \"\" \"salesops\" \"Sales-operations suite\"\n"
      ".SH NAME\nsalesopsctl \\- client of the sales\\-operations suite\n"
      ".SH SYNOPSIS\n\\fBsalesopsctl\\fR [\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]\n"
      ".SH DESCRIPTION\n";
  absl::StrAppend(&page, Escaped(app.get_description()),
                  "\nCommands work from the contracts that the server tells, so they know every "
                  "resource and method it has.\nEvery change carries a request id and can be tried "
                  "with \\fB\\-\\-dry\\-run\\fR.\n.SH OPTIONS\n");
  AppendOptions(app, &page);
  absl::StrAppend(&page, ".SH COMMANDS\n");
  AppendCommands(app, "", &page);
  absl::StrAppend(&page, kForms, kTimes, ExitStatus(), kEnvironment, kFiles, kExamples);
  return page;
}

}  // namespace salesops::ctl
