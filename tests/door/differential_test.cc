// The same request by HTTP and by gRPC: the service gets the same messages and the caller the same
// answers, whatever the messages, whichever of their spellings is used, for every rule of every
// contract, streams included.
#include <gmock/gmock.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gateway/error_body.h"
#include "google/api/annotations.pb.h"
#include "nlohmann/json.hpp"
#include "tests/door/door.h"
#include "tests/door/http_spelling.h"
#include "tests/door/random_message.h"

namespace salesops::door {
namespace {

using google::api::HttpRule;
using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr char kTypeUrl[] = "type.googleapis.com";

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// One service's contract, a door to it and a way to call it by gRPC.
class Contract {
 public:
  Contract(const std::string& service, const std::string& file)
      : set_(ReadDescriptorSet(file)),
        door_({.contracts = {{service, set_}}, .http = {}, .target = ""}),
        stub_(door_.GrpcChannel()) {
    for (const auto& proto : set_.file()) pool_.BuildFile(proto);
    resolver_.reset(google::protobuf::util::NewTypeResolverForDescriptorPool(kTypeUrl, &pool_));
    factory_.SetDelegateToGeneratedFactory(false);
  }

  struct Binding {
    const MethodDescriptor* method;
    HttpRule rule;
  };

  // Every rule of every rpc.
  std::vector<Binding> Bindings() const {
    std::vector<Binding> bindings;
    for (const auto& proto : set_.file()) {
      const auto* file = pool_.FindFileByName(proto.name());
      if (absl::StartsWith(file->package(), "google.")) continue;
      for (int s = 0; s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) {
          AddBindings(file->service(s)->method(m), bindings);
        }
      }
    }
    return bindings;
  }

  std::unique_ptr<Message> New(const Descriptor* type) {
    return std::unique_ptr<Message>(factory_.GetPrototype(type)->New());
  }

  std::string Canonical(const Descriptor* type, const std::string& bytes) {
    std::unique_ptr<Message> message = New(type);
    if (!message->ParseFromString(bytes)) return "not a message: " + bytes;
    return Canonical(*message);
  }
  static std::string Canonical(const Message& message) {
    std::string out;
    google::protobuf::io::StringOutputStream stream(&out);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
    coded.Trim();
    return out;
  }
  std::string FromJson(const Descriptor* type, const std::string& json) {
    std::string bytes;
    const auto status = google::protobuf::util::JsonToBinaryString(
        resolver_.get(), absl::StrCat(kTypeUrl, "/", type->full_name()), json, &bytes);
    return status.ok() ? Canonical(type, bytes) : status.ToString();
  }

  struct GrpcAnswer {
    grpc::Status status;
    std::vector<std::string> messages;
  };
  // A call of any kind: on the wire they are all the same.
  GrpcAnswer Call(const std::string& method, const std::vector<std::string>& requests) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer good");
    grpc::CompletionQueue queue;
    const auto happens = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    const auto call = stub_.PrepareCall(&context, method, &queue);
    call->StartCall(nullptr);
    bool open = happens();
    for (const std::string& request : requests) {
      if (!open) break;
      call->Write(BufferOf(request), nullptr);
      open = happens();
    }
    if (open) {
      call->WritesDone(nullptr);
      happens();
    }
    GrpcAnswer answer;
    grpc::ByteBuffer got;
    for (call->Read(&got, nullptr); happens(); call->Read(&got, nullptr)) {
      answer.messages.push_back(BytesOf(got));
    }
    call->Finish(&answer.status, nullptr);
    happens();
    return answer;
  }

  Door& door() { return door_; }

 private:
  static void AddBindings(const MethodDescriptor* method, std::vector<Binding>& bindings) {
    if (!method->options().HasExtension(google::api::http)) return;
    const HttpRule& rule = method->options().GetExtension(google::api::http);
    bindings.push_back({method, rule});
    for (const HttpRule& more : rule.additional_bindings()) bindings.push_back({method, more});
  }

  const google::protobuf::FileDescriptorSet set_;
  Door door_;
  grpc::GenericStub stub_;
  DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_{&pool_};
  std::unique_ptr<google::protobuf::util::TypeResolver> resolver_;
};

std::vector<uint32_t> AnyNumbers() {
  return *rc::gen::resize(
      200, rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange<uint32_t>(0, 1 << 16)));
}

std::string PathOf(const Contract::Binding& binding) {
  return absl::StrCat("/", binding.method->service()->full_name(), "/", binding.method->name());
}

// What the service answers with, and what HTTP shows of it.
struct Replies {
  std::vector<std::string> bytes;      // as sent
  std::vector<std::string> canonical;  // of what is shown
  std::string content_type;            // of an HttpBody
  std::string body;
};

Replies RandomReplies(Tape& content, Contract& contract, const Contract::Binding& binding) {
  Replies replies;
  const uint32_t count = binding.method->server_streaming() ? content.Choose(4) : 1;
  for (uint32_t i = 0; i < count; ++i) {
    std::unique_ptr<Message> reply = contract.New(binding.method->output_type());
    const Descriptor& type = *reply->GetDescriptor();
    const auto& r = *reply->GetReflection();
    Fill(content, *reply);
    if (type.full_name() == "google.api.HttpBody") {
      static const std::vector<std::string> kTypes = {"image/png", "text/plain; charset=utf-8",
                                                      "application/x-ndjson"};
      replies.content_type = content.Pick(kTypes);
      r.SetString(reply.get(), type.FindFieldByName("content_type"), replies.content_type);
      replies.body = r.GetString(*reply, type.FindFieldByName("data"));
    }
    replies.bytes.push_back(reply->SerializeAsString());
    if (!binding.rule.response_body().empty()) {
      std::vector<const google::protobuf::FieldDescriptor*> fields;
      r.ListFields(*reply, &fields);
      for (const auto* field : fields) {
        if (field->name() != binding.rule.response_body()) r.ClearField(reply.get(), field);
      }
    }
    replies.canonical.push_back(contract.Canonical(&type, reply->SerializeAsString()));
  }
  return replies;
}

// The messages of lines of JSON or of Server-Sent Events; an empty list if it is neither.
std::vector<std::string> ShownMessages(Contract& contract, const Contract::Binding& binding,
                                       const std::string& body, bool events) {
  std::vector<std::string> shown;
  if (!binding.method->server_streaming()) {
    shown.push_back(body);
  } else {
    const std::string begin = events ? "data: " : "{\"result\":";
    for (absl::string_view line : absl::StrSplit(body, '\n')) {
      if (events && absl::StartsWith(line, "id: ")) continue;
      if (line.empty()) continue;
      if (!absl::ConsumePrefix(&line, begin)) return {};
      if (!events && !absl::ConsumeSuffix(&line, "}")) return {};
      shown.emplace_back(line);
    }
  }
  for (std::string& json : shown) {
    const std::string& part = binding.rule.response_body();
    if (!part.empty()) json = absl::StrCat("{\"", part, "\":", json, "}");
    json = contract.FromJson(binding.method->output_type(), json);
  }
  return shown;
}

void CheckSameRequest(Contract& contract, const Contract::Binding& binding) {
  Tape content(AnyNumbers()), spelling(AnyNumbers());
  const Descriptor* type = binding.method->input_type();
  const bool streams_in = binding.method->client_streaming();
  const bool streams_out = binding.method->server_streaming();
  // A stream of requests is lines, each a whole message.
  if (streams_in) RC_ASSERT(binding.rule.body() == "*");
  HttpForm form;
  std::vector<std::string> sent, sent_canonical;
  for (uint32_t n = streams_in ? 1 + content.Choose(3) : 1; n > 0; --n) {
    std::unique_ptr<Message> message = contract.New(type);
    Fill(content, *message);
    KeepWhatFits(content, binding.rule, *message);
    const HttpForm one = Spell(spelling, binding.rule, *message);
    const std::string before = form.body;
    form = one;
    if (streams_in) {
      form.body = absl::StrCat(before, absl::StrReplaceAll(one.body, {{"\r", " "}}), "\n");
      form.content_type = "application/x-ndjson";
    }
    sent.push_back(message->SerializeAsString());
    sent_canonical.push_back(Contract::Canonical(*message));
  }
  RC_PRE(form.target.size() < 8000);
  RC_LOG() << form.method << " " << form.target << "\n" << form.body << "\n";
  const Replies replies = RandomReplies(content, contract, binding);
  contract.door().service().SetReply({.messages = replies.bytes});
  contract.door().service().Take();

  // By gRPC the bytes pass as they are, both ways.
  const Contract::GrpcAnswer by_grpc = contract.Call(PathOf(binding), sent);
  RC_ASSERT(by_grpc.status.ok());
  RC_ASSERT(by_grpc.messages == replies.bytes);
  const std::vector<Received> first = contract.door().service().Take();
  RC_ASSERT(first.size() == 1u);
  RC_ASSERT(first[0].messages == sent);

  // By HTTP the same messages arrive, however they were spelled.
  const bool events = streams_out && spelling.Chance(2);
  const auto by_http = contract.door().Send(
      form.method, form.target, form.body,
      absl::StrCat(form.content_type.empty()
                       ? ""
                       : absl::StrCat("Content-Type: ", form.content_type, "\r\n"),
                   events ? "Accept: text/event-stream\r\n" : ""));
  RC_LOG() << by_http.head << by_http.body << "\n";
  RC_ASSERT(by_http.code == 200);
  const std::vector<Received> second = contract.door().service().Take();
  RC_ASSERT(second.size() == 1u);
  RC_ASSERT(second[0].method == first[0].method);
  std::vector<std::string> received;
  for (const std::string& bytes : second[0].messages) {
    received.push_back(contract.Canonical(type, bytes));
  }
  RC_ASSERT(received == sent_canonical);

  // And the same answers come back.
  if (form.method == "HEAD") return;
  if (binding.method->output_type()->full_name() == "google.api.HttpBody") {
    RC_ASSERT(by_http.Header("content-type") == replies.content_type);
    RC_ASSERT(by_http.body == replies.body);
  } else {
    RC_ASSERT(ShownMessages(contract, binding, by_http.body, events) == replies.canonical);
  }
}

void CheckSameError(Contract& contract, const Contract::Binding& binding) {
  Tape content(AnyNumbers()), spelling({});
  const Descriptor* type = binding.method->input_type();
  std::unique_ptr<Message> message = contract.New(type);
  KeepWhatFits(content, binding.rule, *message);
  const HttpForm form = Spell(spelling, binding.rule, *message);
  if (form.method == "HEAD") return;
  const auto code = static_cast<grpc::StatusCode>(1 + content.Choose(16));
  // UNAVAILABLE would be tried again for reads; gRPC and HTTP agree there too, but slowly.
  RC_PRE(code != grpc::StatusCode::UNAVAILABLE);
  std::string words = RandomText(content);
  contract.door().service().SetReply({.status = {code, words}});
  const Contract::GrpcAnswer by_grpc =
      contract.Call(PathOf(binding), {message->SerializeAsString()});
  RC_ASSERT(by_grpc.status.error_code() == code);
  RC_ASSERT(by_grpc.status.error_message() == words);
  const auto by_http = contract.door().Send(form.method, form.target, form.body);
  const auto error = nlohmann::json::parse(by_http.body, nullptr, false);
  RC_LOG() << by_http.head << by_http.body << "\n";
  RC_ASSERT(by_http.code == gateway::HttpCode(static_cast<absl::StatusCode>(code)));
  RC_ASSERT(error["error"]["code"] == by_http.code);
  RC_ASSERT(error["error"]["message"] == words);
  RC_ASSERT(error["error"]["status"] ==
            absl::StatusCodeToString(static_cast<absl::StatusCode>(code)));
}

void CheckContract(const std::string& service, const std::string& file, size_t least) {
  // One rule is tried that often; all rules are tried.
  ::setenv("RC_PARAMS", std::getenv("SALESOPS_TEST_FULL") ? "max_success=1000" : "max_success=12",
           /*overwrite=*/0);
  Contract contract(service, file);
  const std::vector<Contract::Binding> bindings = contract.Bindings();
  EXPECT_GE(bindings.size(), least);
  for (const Contract::Binding& binding : bindings) {
    const std::string name =
        absl::StrCat(binding.method->full_name(), " ", binding.rule.ShortDebugString());
    SCOPED_TRACE(name);
    EXPECT_TRUE(rc::check(name, [&] { CheckSameRequest(contract, binding); }));
    EXPECT_TRUE(rc::check(name, [&] { CheckSameError(contract, binding); }));
  }
}

TEST(Differential, TheShelfGetsTheSameByHttpAndByGrpc) { CheckContract("shelf", SHELF_SET, 9); }

TEST(Differential, OrganizationGetsTheSameByHttpAndByGrpc) {
  CheckContract("organization", DESCRIPTORS "/organization.binpb", 30);
}

TEST(Differential, PipelineGetsTheSameByHttpAndByGrpc) {
  CheckContract("pipeline", DESCRIPTORS "/pipeline.binpb", 20);
}

TEST(Differential, PerformanceGetsTheSameByHttpAndByGrpc) {
  CheckContract("performance", DESCRIPTORS "/performance.binpb", 20);
}

TEST(Differential, BytesThatAreNoMessagePassByGrpc) {
  Contract contract("shelf", SHELF_SET);
  contract.door().service().SetReply({.echo = true});
  for (const std::string& bytes : {std::string("\xff\xff\xff"), std::string(1, '\0'),
                                   std::string("\x0a\x05"
                                               "a"),
                                   std::string(100'000, 'x')}) {
    const auto answer = contract.Call("/salesops.shelf.v1.ShelfService/GetBook", {bytes});
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
    EXPECT_EQ(answer.messages, std::vector<std::string>{bytes});
  }
}

}  // namespace
}  // namespace salesops::door
