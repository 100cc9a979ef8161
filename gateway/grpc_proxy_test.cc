#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/sync_stream.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "gateway/grpc_server.h"
#include "gateway/standard_services.pb.h"
#include "gateway/testdata/stack.h"
#include "google/rpc/status.pb.h"

namespace salesops::gateway {
namespace {

using grpc::internal::RpcMethod;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

constexpr char kService[] = "/salesops.shelf.v1.ShelfService/";

class GrpcProxyTest : public StackTest {
 protected:
  void SetUp() override {
    Start();
    channel_ = Channel();
  }

  static void Prepare(grpc::ClientContext& context) {
    context.AddMetadata("authorization", "Bearer good");
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  }

  template <class Response, class Request>
  grpc::Status Call(const std::string& method, const Request& request, Response& response,
                    grpc::ClientContext& context) {
    return grpc::internal::BlockingUnaryCall(channel_.get(),
                                             RpcMethod(method.c_str(), RpcMethod::NORMAL_RPC),
                                             &context, request, &response);
  }

  template <class Response, class Request>
  grpc::Status Call(const std::string& method, const Request& request, Response& response) {
    grpc::ClientContext context;
    Prepare(context);
    return Call(method, request, response, context);
  }

  template <class Request, class Response>
  std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> Stream(
      const std::string& method, grpc::ClientContext& context) {
    return std::unique_ptr<grpc::ClientReaderWriter<Request, Response>>(
        grpc::internal::ClientReaderWriterFactory<Request, Response>::Create(
            channel_.get(), RpcMethod(method.c_str(), RpcMethod::BIDI_STREAMING), &context));
  }

  grpc::Status Get(const std::string& name, shelf::v1::Book& book) {
    shelf::v1::GetBookRequest request;
    request.set_name(name);
    return Call(std::string(kService) + "GetBook", request, book);
  }

  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(GrpcProxyTest, Unary) {
  shelf::v1::Book book;
  ASSERT_TRUE(Get("books/1", book).ok());
  EXPECT_EQ(book.name(), "books/1");
}

TEST_F(GrpcProxyTest, MetadataBothWays) {
  grpc::ClientContext context;
  Prepare(context);
  context.AddMetadata("x-custom", "c");
  context.AddMetadata("x-raw-bin", std::string("\0\x01", 2));
  context.AddMetadata("x-request-id", "req-9");
  context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  shelf::v1::GetBookRequest request;
  shelf::v1::Book book;
  ASSERT_TRUE(Call(std::string(kService) + "GetBook", request, book, context).ok());
  const auto sent = shelf_.last_metadata();
  EXPECT_THAT(sent,
              AllOf(Contains(Pair("authorization", "Bearer good")), Contains(Pair("x-custom", "c")),
                    Contains(Pair("x-raw-bin", std::string("\0\x01", 2))),
                    Contains(Pair("x-request-id", "req-9"))));
  EXPECT_EQ(sent.count("traceparent"), 1u);
  EXPECT_THAT(sent.find("traceparent")->second, HasSubstr("0af7651916cd43dd8448eb211c80319c"));
  const auto& initial = context.GetServerInitialMetadata();
  EXPECT_EQ(initial.find("x-initial")->second, "one");
  EXPECT_EQ(initial.find("x-request-id")->second, "req-9");
  EXPECT_EQ(initial.count("traceparent"), 1u);
  const auto& trailing = context.GetServerTrailingMetadata();
  EXPECT_EQ(trailing.find("x-trailing")->second, "two");
  EXPECT_EQ(trailing.find("x-blob-bin")->second, std::string("\0\xff", 2));
}

TEST_F(GrpcProxyTest, StatusAndDetails) {
  shelf::v1::Book book;
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status = Get(absl::StrCat("books/fail-", code), book);
    EXPECT_EQ(status.error_code(), code);
    EXPECT_EQ(status.error_message(), "as you wished");
    google::rpc::Status details;
    ASSERT_TRUE(details.ParseFromString(status.error_details()));
    EXPECT_EQ(details.details_size(), 1);
  }
  const grpc::Status plain = Get("books/plain", book);
  EXPECT_EQ(plain.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(plain.error_message(), "plain");
}

TEST_F(GrpcProxyTest, TokenIsCheckedFirst) {
  shelf::v1::GetBookRequest request;
  shelf::v1::Book book;
  for (const char* value : {"", "Bearer bad", "Basic good"}) {
    grpc::ClientContext context;
    if (*value != '\0') context.AddMetadata("authorization", value);
    const grpc::Status status = Call(std::string(kService) + "GetBook", request, book, context);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << value;
    EXPECT_EQ(context.GetServerInitialMetadata().count("x-request-id"), 1u);
  }
  grpc::ClientContext doubled;
  Prepare(doubled);
  doubled.AddMetadata("authorization", "Bearer good");
  EXPECT_EQ(Call(std::string(kService) + "GetBook", request, book, doubled).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(shelf_.calls(), 0);
  grpc::ClientContext open;
  google::protobuf::Empty empty;
  EXPECT_TRUE(Call(std::string(kService) + "Ping", empty, empty, open).ok());
}

TEST_F(GrpcProxyTest, DeadlineIsHandedOnAndLimited) {
  shelf::v1::GetBookRequest request;
  shelf::v1::Book book;
  grpc::ClientContext none;
  none.AddMetadata("authorization", "Bearer good");
  ASSERT_TRUE(Call(std::string(kService) + "GetBook", request, book, none).ok());
  EXPECT_LE(shelf_.last_timeout(), absl::Seconds(31));
  grpc::ClientContext late;
  late.AddMetadata("authorization", "Bearer good");
  late.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  request.set_name("books/hang");
  EXPECT_EQ(Call(std::string(kService) + "GetBook", request, book, late).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  while (shelf_.cancelled() == 0) std::this_thread::yield();
}

TEST_F(GrpcProxyTest, ServerStream) {
  grpc::ClientContext context;
  Prepare(context);
  auto stream = Stream<shelf::v1::WatchBooksRequest, shelf::v1::Book>(
      std::string(kService) + "WatchBooks", context);
  shelf::v1::WatchBooksRequest request;
  request.set_count(100);
  request.set_fail_code(9);
  stream->WriteLast(request, grpc::WriteOptions());
  shelf::v1::Book book;
  int count = 0;
  while (stream->Read(&book)) EXPECT_EQ(book.name(), absl::StrCat("books/", count++));
  EXPECT_EQ(count, 100);
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_FALSE(status.error_details().empty());
  EXPECT_EQ(context.GetServerInitialMetadata().find("x-initial")->second, "one");
  EXPECT_EQ(context.GetServerTrailingMetadata().find("x-trailing")->second, "two");
}

TEST_F(GrpcProxyTest, BothWays) {
  grpc::ClientContext context;
  Prepare(context);
  auto stream = Stream<shelf::v1::ImportBooksRequest, shelf::v1::ImportBooksResponse>(
      std::string(kService) + "ImportBooks", context);
  for (int i = 1; i <= 50; ++i) {
    shelf::v1::ImportBooksRequest request;
    request.mutable_book()->set_title(absl::StrCat("t", i));
    ASSERT_TRUE(stream->Write(request));
    shelf::v1::ImportBooksResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.rows(), i);
    EXPECT_EQ(response.title(), absl::StrCat("t", i));
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(GrpcProxyTest, ClientStream) {
  grpc::ClientContext context;
  Prepare(context);
  auto stream = Stream<shelf::v1::ImportBooksRequest, shelf::v1::ImportBooksResponse>(
      std::string(kService) + "CountBooks", context);
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(stream->Write({}));
  stream->WritesDone();
  shelf::v1::ImportBooksResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.rows(), 7);
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(GrpcProxyTest, AServiceMayEndAStreamThatIsStillBeingSent) {
  grpc::ClientContext context;
  Prepare(context);
  auto stream = Stream<shelf::v1::ImportBooksRequest, shelf::v1::ImportBooksResponse>(
      std::string(kService) + "ImportBooks", context);
  shelf::v1::ImportBooksRequest request;
  request.set_source("bad");
  ASSERT_TRUE(stream->Write(request));
  shelf::v1::ImportBooksResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(GrpcProxyTest, CancellationReachesTheService) {
  grpc::ClientContext context;
  Prepare(context);
  auto stream = Stream<shelf::v1::WatchBooksRequest, shelf::v1::Book>(
      std::string(kService) + "WatchBooks", context);
  shelf::v1::WatchBooksRequest request;
  request.set_forever(true);
  stream->WriteLast(request, grpc::WriteOptions());
  shelf::v1::Book book;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(stream->Read(&book));
  context.TryCancel();
  while (stream->Read(&book)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  while (shelf_.cancelled() == 0) std::this_thread::yield();
}

TEST_F(GrpcProxyTest, OperationsGoToTheServiceInTheirName) {
  google::longrunning::GetOperationRequest request;
  google::longrunning::Operation operation;
  request.set_name("operations/shelf/7");
  ASSERT_TRUE(Call("/google.longrunning.Operations/GetOperation", request, operation).ok());
  EXPECT_EQ(operation.name(), "operations/shelf/7");
  request.set_name("7");
  EXPECT_EQ(Call("/google.longrunning.Operations/GetOperation", request, operation).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(GrpcProxyTest, UnknownMethod) {
  google::protobuf::Empty empty;
  EXPECT_EQ(Call("/no.such.Service/Do", empty, empty).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(shelf_.calls(), 0);
}

TEST_F(GrpcProxyTest, Health) {
  wire::HealthCheckRequest request;
  wire::HealthCheckResponse response;
  const std::string check = "/grpc.health.v1.Health/Check";
  grpc::ClientContext first;
  ASSERT_TRUE(Call(check, request, response, first).ok());
  EXPECT_EQ(response.status(), wire::HealthCheckResponse::SERVING);
  request.set_service("salesops.shelf.v1.ShelfService");
  ASSERT_TRUE(Call(check, request, response).ok());
  request.set_service("no.such.Service");
  EXPECT_EQ(Call(check, request, response).error_code(), grpc::StatusCode::NOT_FOUND);

  grpc::ClientContext context;
  auto watch = Stream<wire::HealthCheckRequest, wire::HealthCheckResponse>(
      "/grpc.health.v1.Health/Watch", context);
  watch->WriteLast({}, grpc::WriteOptions());
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), wire::HealthCheckResponse::SERVING);
  grpc_->StopServing();
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), wire::HealthCheckResponse::NOT_SERVING);
  grpc_->Drain(absl::Seconds(5));
  EXPECT_FALSE(watch->Read(&response));
  watch->Finish();
}

TEST_F(GrpcProxyTest, ReflectionBothVersions) {
  for (const char* version : {"v1", "v1alpha"}) {
    grpc::ClientContext context;
    auto stream = Stream<wire::ReflectionRequest, wire::ReflectionResponse>(
        absl::StrCat("/grpc.reflection.", version, ".ServerReflection/ServerReflectionInfo"),
        context);
    wire::ReflectionRequest request;
    wire::ReflectionResponse response;
    request.set_list_services("");
    stream->Write(request);
    ASSERT_TRUE(stream->Read(&response));
    ASSERT_EQ(response.services().service_size(), 2);
    EXPECT_EQ(response.services().service(1).name(), "salesops.shelf.v1.ShelfService");

    request.set_file_containing_symbol("salesops.shelf.v1.ShelfService.GetBook");
    stream->Write(request);
    ASSERT_TRUE(stream->Read(&response));
    google::protobuf::FileDescriptorProto file;
    ASSERT_TRUE(file.ParseFromString(response.file_descriptors().file_descriptor_proto(0)));
    EXPECT_EQ(file.name(), "shelf.proto");
    EXPECT_GT(response.file_descriptors().file_descriptor_proto_size(), 5);  // with imports

    request.set_file_by_filename("nosuch.proto");
    stream->Write(request);
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.error().error_code(), grpc::StatusCode::NOT_FOUND);

    request.mutable_file_containing_extension()->set_containing_type(
        "google.protobuf.MethodOptions");
    request.mutable_file_containing_extension()->set_extension_number(72295728);
    stream->Write(request);
    ASSERT_TRUE(stream->Read(&response));
    ASSERT_TRUE(file.ParseFromString(response.file_descriptors().file_descriptor_proto(0)));
    EXPECT_EQ(file.name(), "google/api/annotations.proto");

    request.set_all_extension_numbers_of_type("google.protobuf.MethodOptions");
    stream->Write(request);
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_THAT(response.all_extension_numbers().extension_number(), Contains(72295728));
    stream->WritesDone();
    EXPECT_TRUE(stream->Finish().ok());
  }
}

}  // namespace
}  // namespace salesops::gateway
