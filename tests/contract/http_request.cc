#include "tests/contract/http_request.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/util/json_util.h"

namespace salesops::contract {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kLongestTarget = 6000;

std::string PercentEncoded(const std::string& text) {
  std::string out;
  for (unsigned char c : text) {
    if (absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      out += static_cast<char>(c);
    } else {
      absl::StrAppendFormat(&out, "%%%02X", c);
    }
  }
  return out;
}

// The field at a dotted path and the message that holds it.
std::pair<Message*, const FieldDescriptor*> FieldAt(Message* m, const std::string& path) {
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    m = m->GetReflection()->MutableMessage(m, m->GetDescriptor()->FindFieldByName(parts[i]));
  }
  return {m, m->GetDescriptor()->FindFieldByName(parts.back())};
}

// "{account.name=accounts/*}" -> "accounts/x1", taking the variable out of the message.
std::string FillPath(const std::string& rule, Message* m, std::set<std::string>* bound) {
  std::string path;
  size_t at = 0;
  for (size_t open; (open = rule.find('{', at)) != std::string::npos;) {
    const size_t close = rule.find('}', open);
    path += rule.substr(at, open - at);
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(rule.substr(open + 1, close - open - 1), absl::MaxSplits('=', 1));
    for (char c : parts.second) path += c == '*' ? std::string("x1") : std::string(1, c);
    const auto [holder, field] = FieldAt(m, parts.first);
    holder->GetReflection()->ClearField(holder, field);
    bound->insert(parts.first);
    at = close + 1;
  }
  return path + rule.substr(at);
}

void AddParameter(const std::string& name, const std::string& value,
                  std::vector<std::string>* query) {
  query->push_back(absl::StrCat(name, "=", PercentEncoded(value)));
}

// Fields as query parameters; a repeated message cannot be one.
void AddQuery(const Message& m, const std::string& prefix, const std::string& without,
              std::vector<std::string>* query, std::set<std::string>* unsent) {
  std::vector<const FieldDescriptor*> fields;
  m.GetReflection()->ListFields(m, &fields);
  for (const FieldDescriptor* f : fields) {
    const std::string name = prefix + f->name();
    if (name == without) continue;
    const auto* r = m.GetReflection();
    if (f->message_type() == google::protobuf::FieldMask::descriptor()) {
      google::protobuf::FieldMask mask;
      mask.CopyFrom(r->GetMessage(m, f));
      AddParameter(name, absl::StrJoin(mask.paths(), ","), query);
    } else if (f->message_type() != nullptr) {
      if (f->is_repeated()) {
        unsent->insert(name);
      } else {
        AddQuery(r->GetMessage(m, f), name + ".", without, query, unsent);
      }
    } else if (f->is_repeated()) {
      for (int i = 0; i < r->FieldSize(m, f); ++i) {
        AddParameter(name, r->GetRepeatedString(m, f, i), query);
      }
    } else if (f->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      AddParameter(name, r->GetString(m, f), query);
    } else if (f->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      AddParameter(name, absl::StrCat(r->GetInt32(m, f)), query);
    } else if (f->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
      AddParameter(name, absl::StrCat(r->GetInt64(m, f)), query);
    } else if (f->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      AddParameter(name, r->GetBool(m, f) ? "true" : "false", query);
    }
  }
}

std::string Json(const Message& m) {
  std::string text;
  google::protobuf::util::MessageToJsonString(m, &text);
  return text;
}

bool Below(const std::string& field, const std::set<std::string>& roots) {
  for (const std::string& root : roots) {
    if (field == root || absl::StartsWith(field, root + ".") ||
        absl::StartsWith(field, root + "[")) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<HttpRequest> ToHttp(const google::protobuf::MethodDescriptor* method,
                                  const BadRequest& bad) {
  const auto& rule = method->options().GetExtension(google::api::http);
  HttpRequest http;
  std::string path;
  if (!rule.get().empty()) {
    http.method = "GET";
    path = rule.get();
  } else if (!rule.post().empty()) {
    http.method = "POST";
    path = rule.post();
  } else {
    http.method = "PATCH";
    path = rule.patch();
  }
  std::unique_ptr<Message> message(bad.request->New());
  message->CopyFrom(*bad.request);
  std::set<std::string> unsent;
  http.target = FillPath(path, message.get(), &unsent);
  std::vector<std::string> query;
  if (rule.body() == "*") {
    http.body = Json(*message);
  } else {
    AddQuery(*message, "", rule.body(), &query, &unsent);
    if (!rule.body().empty()) {
      const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(rule.body());
      http.body = Json(message->GetReflection()->GetMessage(*message, field));
      // An empty body is an empty message, which is there: what it lacks is told instead.
      if (!message->GetReflection()->HasField(*message, field)) unsent.insert(rule.body());
    }
  }
  if (!query.empty()) absl::StrAppend(&http.target, "?", absl::StrJoin(query, "&"));
  for (const std::string& field : bad.fields) {
    if (!Below(field, unsent)) http.fields.insert(field);
  }
  if (http.fields.empty() || http.target.size() > kLongestTarget) return std::nullopt;
  return http;
}

}  // namespace salesops::contract
