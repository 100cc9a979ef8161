// The same request by HTTP and by gRPC: the service gets the same message and the caller the same
// answer, whatever the message, whichever of its spellings is used, for every rule of every
// contract.
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
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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

  // Every rule of every rpc that is one request, and those whose requests stream as whole bodies.
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
    std::string bytes;
  };
  GrpcAnswer Call(const std::string& method, const std::string& request) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer good");
    grpc::ByteBuffer sent = BufferOf(request), got;
    std::promise<grpc::Status> done;
    stub_.UnaryCall(&context, method, grpc::StubOptions(), &sent, &got,
                    [&](grpc::Status status) { done.set_value(std::move(status)); });
    GrpcAnswer answer;
    answer.status = done.get_future().get();
    if (answer.status.ok()) answer.bytes = BytesOf(got);
    return answer;
  }

  Door& door() { return door_; }

 private:
  static void AddBindings(const MethodDescriptor* method, std::vector<Binding>& bindings) {
    if (method->client_streaming() || method->server_streaming()) return;
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

void CheckSameRequest(Contract& contract, const Contract::Binding& binding) {
  Tape content(AnyNumbers()), spelling(AnyNumbers());
  const Descriptor* type = binding.method->input_type();
  std::unique_ptr<Message> message = contract.New(type);
  Fill(content, *message);
  KeepWhatFits(content, binding.rule, *message);
  const HttpForm form = Spell(spelling, binding.rule, *message);
  RC_PRE(form.target.size() < 8000);
  RC_LOG() << form.method << " " << form.target << "\n" << form.body << "\n";
  const std::string method =
      absl::StrCat("/", binding.method->service()->full_name(), "/", binding.method->name());

  std::unique_ptr<Message> answer = contract.New(binding.method->output_type());
  Fill(content, *answer);
  const std::string answer_bytes = answer->SerializeAsString();
  contract.door().service().SetReply({.messages = {answer_bytes}});
  contract.door().service().Take();

  // By gRPC the bytes pass as they are, both ways.
  const std::string bytes = message->SerializeAsString();
  const Contract::GrpcAnswer by_grpc = contract.Call(method, bytes);
  RC_ASSERT(by_grpc.status.ok());
  RC_ASSERT(by_grpc.bytes == answer_bytes);
  const std::vector<Received> first = contract.door().service().Take();
  RC_ASSERT(first.size() == 1u);
  RC_ASSERT(first[0].messages == std::vector<std::string>{bytes});

  // By HTTP the same message arrives, however it was spelled.
  const auto by_http = contract.door().Send(
      form.method, form.target, form.body,
      form.content_type.empty() ? "" : absl::StrCat("Content-Type: ", form.content_type, "\r\n"));
  RC_LOG() << by_http.head << by_http.body << "\n";
  RC_ASSERT(by_http.code == 200);
  const std::vector<Received> second = contract.door().service().Take();
  RC_ASSERT(second.size() == 1u);
  RC_ASSERT(second[0].method == first[0].method);
  RC_ASSERT(second[0].messages.size() == 1u);
  RC_ASSERT(contract.Canonical(type, second[0].messages[0]) == Contract::Canonical(*message));

  // And the same answer comes back.
  if (form.method == "HEAD") return;
  const std::string json =
      binding.rule.response_body().empty()
          ? by_http.body
          : absl::StrCat("{\"", binding.rule.response_body(), "\":", by_http.body, "}");
  if (!binding.rule.response_body().empty()) {
    std::unique_ptr<Message> shown = contract.New(binding.method->output_type());
    shown->CopyFrom(*answer);
    const auto* kept = shown->GetDescriptor()->FindFieldByName(binding.rule.response_body());
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    shown->GetReflection()->ListFields(*shown, &fields);
    for (const auto* field : fields) {
      if (field != kept) shown->GetReflection()->ClearField(shown.get(), field);
    }
    answer = std::move(shown);
  }
  RC_ASSERT(contract.FromJson(binding.method->output_type(), json) ==
            contract.Canonical(answer->GetDescriptor(), answer->SerializeAsString()));
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
  const std::string method =
      absl::StrCat("/", binding.method->service()->full_name(), "/", binding.method->name());
  const Contract::GrpcAnswer by_grpc = contract.Call(method, message->SerializeAsString());
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
    if (binding.method->output_type()->full_name() != "google.api.HttpBody") {
      EXPECT_TRUE(rc::check(name, [&] { CheckSameRequest(contract, binding); }));
    }
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

TEST(Differential, BytesThatAreNoMessagePassByGrpc) {
  Contract contract("shelf", SHELF_SET);
  contract.door().service().SetReply({.echo = true});
  for (const std::string& bytes : {std::string("\xff\xff\xff"), std::string(1, '\0'),
                                   std::string("\x0a\x05"
                                               "a"),
                                   std::string(100'000, 'x')}) {
    const auto answer = contract.Call("/salesops.shelf.v1.ShelfService/GetBook", bytes);
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
    EXPECT_EQ(answer.bytes, bytes);
  }
}

}  // namespace
}  // namespace salesops::door
