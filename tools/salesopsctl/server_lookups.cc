#include "tools/salesopsctl/server_lookups.h"

#include <functional>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/descriptor.h"
#include "shared/resource/message_fields.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/requests.h"
#include "tools/salesopsctl/text_encoding.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using resource::GetString;
using resource::RepeatedOf;
using resource::SetInt;
using resource::SetString;

constexpr int kPage = 1000;
// A filter has 100 comparisons and 4,096 bytes at most.
constexpr size_t kNamesInFilter = 90;
constexpr size_t kFilterBytes = 3'900;

// Every row of the collection that the filter lets through.
absl::Status ForEach(const Session& session, const Resource& resource, const std::string& filter,
                     const std::function<void(const Message&)>& visit) {
  ASSIGN_OR_RETURN(const MethodDescriptor* list, session.catalog().Standard(resource, "List"));
  const std::unique_ptr<Message> request = session.catalog().New(list->input_type());
  SetString(request.get(), "parent", AnyParent(resource));
  SetString(request.get(), "filter", filter);
  SetInt(request.get(), "page_size", kPage);
  for (;;) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Message> page, session.Call(list, *request));
    const FieldDescriptor* rows = RepeatedOf(*page, resource.type);
    const int n = rows == nullptr ? 0 : page->GetReflection()->FieldSize(*page, rows);
    for (int i = 0; i < n; ++i) visit(page->GetReflection()->GetRepeatedMessage(*page, rows, i));
    const std::string token = GetString(*page, "next_page_token");
    if (token.empty()) return absl::OkStatus();
    SetString(request.get(), "page_token", token);
  }
}

std::string Comparison(const std::string& name) {
  return absl::StrCat("display_name = \"",
                      absl::StrReplaceAll(name, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

}  // namespace

std::string NameFilter(const std::set<std::string>& names) {
  std::string filter;
  for (const std::string& name : names) {
    absl::StrAppend(&filter, filter.empty() ? "" : " OR ", Comparison(name));
  }
  return filter;
}

ServerLookups::Answer AskedLookups::Find(const std::string& lookup, const std::string& key) {
  const auto& answers = answers_[lookup];
  const auto found = answers.find(key);
  if (found != answers.end()) return found->second;
  wanted_[lookup].insert(key);
  return {};
}

absl::Status AskedLookups::AskAll() {
  for (const auto& [lookup, keys] : wanted_) {
    std::map<std::string, Names> found;
    const absl::Status asked = Ask(lookups_.at(lookup), keys, &found);
    if (!asked.ok()) {
      return absl::Status(asked.code(), absl::StrCat("lookup ", lookup, ": ", asked.message()));
    }
    for (const std::string& key : keys) {
      const Names& names = found[key];
      Answer& answer = answers_[lookup][key];
      answer.kind = names.empty()       ? Answer::kNotFound
                    : names.size() == 1 ? Answer::kFound
                                        : Answer::kAmbiguous;
      if (names.size() == 1) answer.name = *names.begin();
    }
  }
  wanted_.clear();
  return absl::OkStatus();
}

absl::Status AskedLookups::Ask(const Lookup& lookup, const std::set<std::string>& keys,
                               std::map<std::string, Names>* found) {
  ASSIGN_OR_RETURN(const Resource* resource, session_.catalog().FindCollection(lookup.collection));
  if (lookup.by_display_name) return AskNames(*resource, keys, found);
  const std::pair<std::string, std::string> index = {resource->plural, lookup.source};
  if (keys_.count(index) == 0) {
    std::map<std::string, Names> read;
    RETURN_IF_ERROR(ReadKeys(*resource, lookup.source, &read));
    keys_[index] = std::move(read);
  }
  for (const std::string& key : keys) {
    const auto at = keys_[index].find(key);
    if (at != keys_[index].end()) (*found)[key] = at->second;
  }
  return absl::OkStatus();
}

absl::Status AskedLookups::AskNames(const Resource& resource, const std::set<std::string>& keys,
                                    std::map<std::string, Names>* found) const {
  // Letter case and width do not matter unless somebody has the very name.
  std::map<std::string, Names> alike;
  const auto ask = [&](const std::set<std::string>& names) {
    return ForEach(session_, resource, NameFilter(names), [&](const Message& row) {
      const std::string display_name = GetString(row, "display_name");
      (*found)[display_name].insert(GetString(row, "name"));
      alike[Folded(display_name)].insert(GetString(row, "name"));
    });
  };
  std::set<std::string> group;
  size_t bytes = 0;
  for (const std::string& key : keys) {
    const size_t size = Comparison(key).size() + 4;
    if (group.size() == kNamesInFilter || (!group.empty() && bytes + size > kFilterBytes)) {
      RETURN_IF_ERROR(ask(group));
      group.clear();
      bytes = 0;
    }
    if (size > kFilterBytes) continue;  // longer than any display name
    group.insert(key);
    bytes += size;
  }
  if (!group.empty()) RETURN_IF_ERROR(ask(group));
  for (const std::string& key : keys) {
    if (found->count(key) == 0) (*found)[key] = alike[Folded(key)];
  }
  return absl::OkStatus();
}

absl::Status AskedLookups::ReadKeys(const Resource& resource, const std::string& source,
                                    std::map<std::string, Names>* found) const {
  return ForEach(session_, resource, "", [&](const Message& row) {
    const FieldDescriptor* keys = row.GetDescriptor()->FindFieldByName("external_keys");
    const int n = keys == nullptr ? 0 : row.GetReflection()->FieldSize(row, keys);
    for (int i = 0; i < n; ++i) {
      const Message& key = row.GetReflection()->GetRepeatedMessage(row, keys, i);
      if (GetString(key, "source") != source) continue;
      (*found)[GetString(key, "key")].insert(GetString(row, "name"));
    }
  });
}

}  // namespace salesops::ctl
