// Runs the tables of this folder: each case is a rule given to a real gateway, a request sent
// through a real socket, and what the service got and the caller saw.
#include <gmock/gmock.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gateway/content_coding.h"
#include "nlohmann/json.hpp"
#include "shared/status/grpc_status.h"
#include "shared/status/status.h"
#include "tests/door/case_file.h"
#include "tests/door/door.h"
#include "tests/door/sentences.h"

namespace salesops::door {
namespace {

using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::Message;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr char kTypeUrl[] = "type.googleapis.com";
constexpr char kService[] = "salesops.messaging.v1.Messaging";

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string Unescaped(const std::string& text) {
  std::string out;
  if (!absl::CUnescape(text, &out)) throw std::runtime_error("a bad escape in " + text);
  return out;
}

// Messages of note.proto by the protobuf library alone, so that the gateway's own readers and
// writers are not asked about themselves.
class Notes {
 public:
  explicit Notes(const FileDescriptorSet& set) {
    for (const FileDescriptorProto& file : set.file()) pool_.BuildFile(file);
    factory_.SetDelegateToGeneratedFactory(false);
    resolver_.reset(google::protobuf::util::NewTypeResolverForDescriptorPool(kTypeUrl, &pool_));
  }

  // Bytes of the message that `text` says as JSON.
  std::string FromJson(const std::string& type, const std::string& text) {
    std::string bytes;
    const auto status = google::protobuf::util::JsonToBinaryString(
        resolver_.get(), absl::StrCat(kTypeUrl, "/", NoteType(type)), text, &bytes);
    if (!status.ok()) throw std::runtime_error(absl::StrCat(status.ToString(), " in ", text));
    return Canonical(type, bytes);
  }

  std::string ToJson(const std::string& type, const std::string& bytes) {
    std::string text;
    const auto status = google::protobuf::util::BinaryToJsonString(
        resolver_.get(), absl::StrCat(kTypeUrl, "/", NoteType(type)), bytes, &text);
    return status.ok() ? text : status.ToString();
  }

  // Whether the bytes are the message that `text` says.
  bool Same(const std::string& type, const std::string& bytes, const std::string& text) {
    const std::string wanted = FromJson(type, text);
    if (Canonical(type, bytes) == wanted) return true;
    // What an Any holds may be spelled in several ways.
    return absl::StrContains(text, "@type") && ToJson(type, bytes) == ToJson(type, wanted);
  }

  // One spelling of equal messages.
  std::string Canonical(const std::string& type, const std::string& bytes) {
    std::unique_ptr<Message> message(
        factory_.GetPrototype(pool_.FindMessageTypeByName(NoteType(type)))->New());
    if (!message->ParseFromString(bytes)) return "not a message";
    std::string out;
    google::protobuf::io::StringOutputStream stream(&out);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message->SerializeToCodedStream(&coded);
    coded.Trim();
    return out;
  }

 private:
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_{&pool_};
  std::unique_ptr<google::protobuf::util::TypeResolver> resolver_;
};

RpcSpec ParseRpc(const std::string& text) {
  const std::pair<std::string, std::string> sides = absl::StrSplit(text, " -> ");
  RpcSpec rpc;
  const auto type = [](absl::string_view side, bool& stream) {
    stream = absl::ConsumePrefix(&side, "stream ");
    return std::string(side);
  };
  rpc.request = type(sides.first, rpc.request_stream);
  rpc.response = type(sides.second, rpc.response_stream);
  return rpc;
}

// What a case asks for, put together.
struct Exchange {
  std::vector<RpcSpec> rpcs;
  std::string method, target, headers, body, raw;
  bool token = true, gzip = false, never = false;
  std::vector<std::string> cors_origins;
  std::vector<std::pair<std::string, std::string>> initial_metadata, metadata;
  std::vector<std::string> answers, answer_bytes;
  bool echo = true;
  grpc::Status fails;
  size_t called = 1;
  bool nothing = false;
  std::vector<std::string> received;
  int status = 0;
  std::string refused;
  std::vector<std::pair<std::string, std::string>> seen;  // shows…, has…
};

grpc::Status ParseFailure(const std::string& text) {
  static const std::map<std::string, absl::StatusCode> kCodes = [] {
    std::map<std::string, absl::StatusCode> codes;
    for (int i = 1; i <= 16; ++i) {
      const auto code = static_cast<absl::StatusCode>(i);
      codes[absl::StatusCodeToString(code)] = code;
    }
    return codes;
  }();
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  return status::ToGrpc(status::Make(kCodes.at(parts.first), "TEST", parts.second));
}

Exchange Read(const Case& c) {
  Exchange x;
  RpcSpec next;
  for (const auto& [key, value] : c.steps) {
    if (key == "rpc") {
      next = ParseRpc(value);
    } else if (key == "rule") {
      next.rule = value;
      x.rpcs.push_back(std::exchange(next, RpcSpec()));
    } else if (key == "send") {
      const std::pair<std::string, std::string> line =
          absl::StrSplit(value, absl::MaxSplits(' ', 1));
      x.method = line.first;
      x.target = line.second;
    } else if (key == "header") {
      absl::StrAppend(&x.headers, value, "\r\n");
    } else if (key == "body") {
      absl::StrAppend(&x.body, x.body.empty() ? "" : "\n", value);
    } else if (key == "bytes") {
      x.body = Unescaped(value);
    } else if (key == "never") {
      x.never = true;
    } else if (key == "cors") {
      x.cors_origins.push_back(value);
    } else if (key == "sends-metadata") {
      x.initial_metadata.push_back(absl::StrSplit(value, absl::MaxSplits(": ", 1)));
    } else if (key == "metadata") {
      x.metadata.push_back(absl::StrSplit(value, absl::MaxSplits(": ", 1)));
    } else if (key == "gzip") {
      x.gzip = true;
    } else if (key == "raw") {
      x.raw += Unescaped(value);
    } else if (key == "no-token") {
      x.token = false;
    } else if (key == "answers") {
      x.answers.push_back(value);
      x.echo = false;
    } else if (key == "answers-bytes") {
      x.answer_bytes.push_back(Unescaped(value));
      x.echo = false;
    } else if (key == "fails") {
      x.fails = ParseFailure(value);
      if (x.answers.empty()) x.echo = false;
    } else if (key == "called") {
      if (!absl::SimpleAtoi(value, &x.called)) throw std::runtime_error("called WHAT");
    } else if (key == "received") {
      x.nothing = value == "nothing";
      if (!x.nothing) x.received.push_back(value);
    } else if (key == "status") {
      if (!absl::SimpleAtoi(value, &x.status)) throw std::runtime_error("status WHAT");
    } else if (key == "refused") {
      x.refused = value;
    } else if (key == "shows" || key == "shows-text" || key == "has" || key == "has-not" ||
               absl::StartsWith(key, "shows-header")) {
      x.seen.emplace_back(key, value);
    } else {
      throw std::runtime_error("a case has no line '" + key + "'");
    }
  }
  if (x.rpcs.empty()) throw std::runtime_error("a case needs a rule");
  if (x.refused.empty() && x.status == 0) {
    if (!c.good) throw std::runtime_error("a bad case says its status");
    x.status = 200;
  }
  return x;
}

class Runner {
 public:
  Runner() : base_(ReadDescriptorSet(NOTE_DESCRIPTORS)), notes_(base_) {}

  void Run(const Case& c) {
    const Exchange x = Read(c);
    const absl::Status loaded = Load(x);
    if (!x.refused.empty()) {
      EXPECT_FALSE(loaded.ok()) << "the rule was taken";
      EXPECT_THAT(std::string(loaded.message()), HasSubstr(x.refused));
      return;
    }
    ASSERT_TRUE(loaded.ok()) << loaded;
    ASSERT_LE(x.called, x.rpcs.size());
    const RpcSpec& rpc = x.rpcs[x.called - 1];
    door_->edge().cors = gateway::Cors(x.cors_origins, {});
    Reply reply{.echo = x.echo,
                .never = x.never,
                .status = x.fails,
                .initial_metadata = x.initial_metadata};
    for (const std::string& answer : x.answers) {
      reply.messages.push_back(notes_.FromJson(rpc.response, answer));
    }
    for (const std::string& bytes : x.answer_bytes) reply.messages.push_back(bytes);
    if (x.echo && rpc.request != rpc.response) {
      reply.echo = false;
      reply.messages = {""};
    }
    door_->service().SetReply(reply);
    door_->service().Take();
    const gateway::RawClient::Response answer = Ask(x);
    EXPECT_EQ(answer.code, x.status) << answer.head << answer.body;
    CheckReceived(x, rpc, c.good);
    for (const auto& [key, value] : x.seen) CheckSeen(key, value, answer);
  }

 private:
  absl::Status Load(const Exchange& x) {
    const FileDescriptorSet set = WithRpcs(base_, x.rpcs);
    if (door_ != nullptr) return door_->Serve({{"messaging", set}});
    door_ = std::make_unique<Door>(
        Door::Options{.contracts = {{"messaging", base_}}, .http = {}, .target = ""});
    return door_->Serve({{"messaging", set}});
  }

  gateway::RawClient::Response Ask(const Exchange& x) {
    gateway::RawClient client(door_->http_port());
    if (!x.raw.empty()) {
      client.Send(x.raw);
      return client.ReadResponse();
    }
    std::string text =
        HttpText(x.method, x.target, x.gzip ? gateway::Gzip(x.body) : x.body, x.headers);
    const std::string token = "Authorization: Bearer good\r\n";
    if (!x.token) text.erase(text.find(token), token.size());
    client.Send(text);
    return client.ReadResponse(x.method != "HEAD");
  }

  void CheckReceived(const Exchange& x, const RpcSpec& rpc, bool good) {
    const std::vector<Received> calls = door_->service().Take();
    if (x.nothing || (x.received.empty() && !good)) {
      EXPECT_THAT(calls, testing::SizeIs(0)) << "the service was called";
      return;
    }
    if (x.received.empty() && x.metadata.empty()) return;
    ASSERT_EQ(calls.size(), 1u);
    for (const auto& [name, value] : x.metadata) {
      const auto [begin, end] = calls[0].metadata.equal_range(name);
      EXPECT_EQ(std::distance(begin, end), value == "-" ? 0 : 1) << name;
      if (begin != end) {
        EXPECT_EQ(begin->second, value) << name;
      }
    }
    if (x.received.empty()) return;
    EXPECT_EQ(calls[0].method, absl::StrCat("/", kService, "/Rpc", x.called));
    ASSERT_EQ(calls[0].messages.size(), x.received.size());
    for (size_t i = 0; i < x.received.size(); ++i) {
      EXPECT_TRUE(notes_.Same(rpc.request, calls[0].messages[i], x.received[i]))
          << "it received " << notes_.ToJson(rpc.request, calls[0].messages[i]);
    }
  }

  static void CheckSeen(const std::string& key, const std::string& value,
                        const gateway::RawClient::Response& answer) {
    if (key == "shows") {
      EXPECT_EQ(json::parse(answer.body, nullptr, false), json::parse(value)) << answer.body;
    } else if (key == "shows-text") {
      EXPECT_EQ(answer.body, Unescaped(value));
    } else if (key == "has") {
      EXPECT_THAT(answer.body, HasSubstr(value));
    } else if (key == "has-not") {
      EXPECT_THAT(answer.body, Not(HasSubstr(value)));
    } else {
      const std::pair<std::string, std::string> header =
          absl::StrSplit(value, absl::MaxSplits(": ", 1));
      const std::string sent = answer.Header(header.first);
      if (key == "shows-header-not") {
        EXPECT_NE(sent, header.second) << answer.head;
      } else if (key == "shows-header-like") {
        EXPECT_TRUE(std::regex_match(sent, std::regex(header.second))) << answer.head;
      } else {
        EXPECT_EQ(sent, header.second == "-" ? "" : header.second) << answer.head;
      }
    }
  }

  const FileDescriptorSet base_;
  Notes notes_;
  std::unique_ptr<Door> door_;
};

// Fills `promises` with what is in a table, or fails.
void RunTable(const std::string& file, std::vector<Promise>& promises) {
  promises = ParseCases(ReadText(file));
  Runner runner;
  int good = 0, bad = 0;
  for (const Promise& promise : promises) {
    for (const Case& c : promise.cases) {
      (c.good ? good : bad)++;
      SCOPED_TRACE(absl::StrCat(file, ":", c.line, ": ", promise.words, ": ", c.words));
      try {
        runner.Run(c);
      } catch (const std::exception& problem) {
        ADD_FAILURE() << problem.what();
      }
    }
  }
  std::printf("%s: %zu sentences, %d good and %d bad cases\n", file.c_str(), promises.size(), good,
              bad);
}

// Every sentence has a good and a bad case, or says where it is shown.
void ExpectShown(const std::vector<Promise>& promises) {
  std::map<std::string, const Promise*> by_name;
  for (const Promise& p : promises) by_name[absl::StrCat(p.source, " ", p.number)] = &p;
  for (const Promise& p : promises) {
    SCOPED_TRACE(absl::StrCat("line ", p.line, ": ", p.source, " ", p.number, ": ", p.words));
    const Promise* shown = &p;
    for (int steps = 0; shown->as != 0 && steps < 10; ++steps) {
      const auto other = by_name.find(absl::StrCat(p.source, " ", shown->as));
      ASSERT_NE(other, by_name.end());
      shown = other->second;
    }
    for (const auto& [file, name] : shown->tests) {
      const std::pair<std::string, std::string> parts = absl::StrSplit(name, '.');
      EXPECT_TRUE(absl::StrContains(ReadText(file),
                                    absl::StrCat("(", parts.first, ", ", parts.second, ")")))
          << file << " has no test " << name;
    }
    if (shown->remark || !shown->tests.empty()) continue;
    int good = 0, bad = 0;
    for (const Case& c : shown->cases) (c.good ? good : bad)++;
    EXPECT_GT(good, 0) << "no good case";
    EXPECT_GT(bad, 0) << "no bad case";
  }
}

// The table speaks of all sentences of the file, in their order, and the file still says them.
void ExpectComplete(const std::vector<Promise>& promises, const std::string& source,
                    const std::string& file) {
  const std::vector<Sentence> sentences = SentencesOf(ReadText(file));
  ASSERT_FALSE(sentences.empty()) << file;
  std::vector<Promise> ours;
  for (const Promise& p : promises) {
    if (p.source == source) ours.push_back(p);
  }
  for (size_t i = 0; i < std::max(ours.size(), sentences.size()); ++i) {
    ASSERT_LT(i, ours.size()) << "not in the table: " << source << " " << sentences[i].number << " "
                              << sentences[i].mark << ": " << sentences[i].text;
    ASSERT_LT(i, sentences.size()) << "the file has no sentence " << ours[i].number;
    EXPECT_EQ(ours[i].number, sentences[i].number);
    EXPECT_EQ(ours[i].mark, sentences[i].mark)
        << source << " " << sentences[i].number << " now says: " << sentences[i].text;
  }
}

TEST(HttpMapping, EverySentenceOfHttpRuleAndHttpBodyIsShown) {
  std::vector<Promise> promises;
  RunTable("tests/door/http_rule_cases.txt", promises);
  ExpectShown(promises);
  ExpectComplete(promises, "http.proto", GOOGLE_API "/http.proto");
  ExpectComplete(promises, "httpbody.proto", GOOGLE_API "/httpbody.proto");
}

TEST(HttpMapping, EverySentenceOfTheGatewaysDesignIsShown) {
  std::vector<Promise> promises;
  RunTable("tests/door/gateway_cases.txt", promises);
  ExpectShown(promises);
}

}  // namespace
}  // namespace salesops::door
