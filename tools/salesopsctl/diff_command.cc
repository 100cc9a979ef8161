// diff: one resource at two times.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"
#include "shared/resource/message_fields.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/commands.h"
#include "tools/salesopsctl/csv.h"
#include "tools/salesopsctl/diff.h"
#include "tools/salesopsctl/moment.h"
#include "tools/salesopsctl/requests.h"

namespace salesops::ctl {
namespace {

using nlohmann::ordered_json;

// The resource as of a moment; null if there was none then.
absl::StatusOr<std::unique_ptr<Message>> At(const Session& session, const MethodDescriptor* get,
                                            const std::string& name, const std::string& moment) {
  std::unique_ptr<Message> request = session.catalog().New(get->input_type());
  resource::SetString(request.get(), "name", name);
  RETURN_IF_ERROR(SetAsOf(moment, request.get()));
  absl::StatusOr<std::unique_ptr<Message>> found = session.Call(get, *request);
  if (found.status().code() == absl::StatusCode::kNotFound) return std::unique_ptr<Message>();
  return found;
}

std::string Side(const char* word, const std::string& moment, const Message* there) {
  return absl::StrCat(word, moment.empty() ? "now" : moment,
                      there == nullptr ? "  (it did not exist)" : "", "\n");
}

ordered_json OrNull(const std::optional<std::string>& text) {
  return text ? ordered_json(*text) : ordered_json();
}

void WriteJson(const std::string& name, const std::string& from, const std::string& to,
               const std::vector<FieldChange>& changes, int indent) {
  ordered_json list = ordered_json::array();
  for (const FieldChange& change : changes) {
    list.push_back({{"path", change.path},
                    {"before", OrNull(change.before)},
                    {"after", OrNull(change.after)}});
  }
  const ordered_json all = {{"name", name},
                            {"from", from.empty() ? ordered_json() : ordered_json(from)},
                            {"to", to.empty() ? ordered_json() : ordered_json(to)},
                            {"changes", std::move(list)}};
  std::cout << all.dump(indent, ' ', false, ordered_json::error_handler_t::replace) << "\n";
}

// A moment as the instant it means, so that the answer says what was compared.
absl::StatusOr<std::string> Instant(const std::string& moment) {
  if (moment.empty() || moment == "now") return std::string();
  ASSIGN_OR_RETURN(const absl::Time time, ParseMoment(moment, absl::Now()));
  return MomentText(time);
}

}  // namespace

absl::Status Diff(Session& session, const DiffOptions& options) {
  ASSIGN_OR_RETURN(const Resource* resource, session.catalog().FindByName(options.name));
  ASSIGN_OR_RETURN(const MethodDescriptor* get, session.catalog().Standard(*resource, "Get"));
  ASSIGN_OR_RETURN(const std::string from, Instant(options.from));
  ASSIGN_OR_RETURN(const std::string to, Instant(options.to));
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> before, At(session, get, options.name, from));
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> after, At(session, get, options.name, to));
  if (before == nullptr && after == nullptr) {
    return absl::NotFoundError(absl::StrCat(options.name, " existed at neither time"));
  }
  const std::vector<FieldChange> changes = DiffMessages(before.get(), after.get());
  switch (session.format()) {
    case Format::kJson:
    case Format::kJsonLines:
      WriteJson(options.name, from, to, changes, session.format() == Format::kJson ? 2 : -1);
      return absl::OkStatus();
    case Format::kCsv: {
      std::cout << CsvLine({"path", "before", "after"});
      for (const FieldChange& c : changes) {
        std::cout << CsvLine({c.path, c.before.value_or(""), c.after.value_or("")});
      }
      return absl::OkStatus();
    }
    case Format::kName:
    case Format::kTable:
      break;
  }
  const bool colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  std::cout << options.name << "\n"
            << Side("  from  ", from, before.get()) << Side("  to    ", to, after.get())
            << (changes.empty() ? "nothing changed\n" : DiffText(changes, colour));
  return absl::OkStatus();
}

}  // namespace salesops::ctl
