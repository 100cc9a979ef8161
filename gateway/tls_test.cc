// TLS at every side: callers over HTTP and gRPC, and the way to the services.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gateway/grpc_credentials.h"
#include "gateway/testdata/certificate.h"
#include "gateway/testdata/stack.h"

namespace salesops::gateway {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

class TlsTest : public StackTest {
 protected:
  TlsTest() {
    fs::create_directories(folder_);
    WriteCertificate(Cert(), Key(), "first");
  }
  ~TlsTest() override { fs::remove_all(folder_); }

  std::string Cert() const { return folder_ / "cert.pem"; }
  std::string Key() const { return folder_ / "key.pem"; }

  // One request over TLS; the answer up to the end of its head. `subject` gets the server's name.
  std::string Ask(const std::string& request, std::string* subject = nullptr) {
    asio::io_context io;
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.load_verify_file(Cert());
    asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.next_layer().connect(
        {asio::ip::address_v4::loopback(), static_cast<unsigned short>(http_->port())});
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::client, error);
    if (error) return "handshake: " + error.message();
    if (subject != nullptr) {
      char name[100] = "";
      X509* peer = SSL_get1_peer_certificate(stream.native_handle());
      X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, sizeof name);
      X509_free(peer);
      *subject = name;
    }
    asio::write(stream, asio::buffer(request), error);
    std::string answer;
    asio::read_until(stream, asio::dynamic_buffer(answer), "\r\n\r\n", error);
    return answer;
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("gateway_tls_" + std::to_string(::getpid()));
};

TEST_F(TlsTest, HttpOverTls) {
  http_options_.tls = {Cert(), Key(), ""};
  Start();
  EXPECT_THAT(Ask(HttpText("GET", "/shelf/v1/books/1")), testing::StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(Ask(HttpText("GET", "/shelf/v1/books/1", "", "Connection: close\r\n")),
              testing::HasSubstr("connection: close"));
  // Plain text on the TLS port is cut, not answered.
  RawClient plain(http_->port());
  plain.Send(HttpText("GET", "/shelf/v1/books/1"));
  EXPECT_EQ(plain.ReadResponse().code, 0);
}

TEST_F(TlsTest, AnOldTlsVersionIsRefused) {
  http_options_.tls = {Cert(), Key(), ""};
  Start();
  asio::io_context io;
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
  SSL_CTX_set_security_level(context.native_handle(), 0);
  asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
  stream.next_layer().connect(
      {asio::ip::address_v4::loopback(), static_cast<unsigned short>(http_->port())});
  boost::system::error_code error;
  stream.handshake(asio::ssl::stream_base::client, error);
  EXPECT_TRUE(error);
}

TEST_F(TlsTest, ANewCertificateIsFollowed) {
  http_options_.tls = {Cert(), Key(), ""};
  http_options_.tls_refresh = absl::Milliseconds(10);
  Start();
  std::string subject;
  Ask(HttpText("GET", "/healthz"), &subject);
  EXPECT_EQ(subject, "first");
  WriteCertificate(Cert(), Key(), "second");
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (subject != "second" && absl::Now() < end) Ask(HttpText("GET", "/healthz"), &subject);
  EXPECT_EQ(subject, "second");
}

TEST_F(TlsTest, GrpcOverTlsAndTlsToTheService) {
  // A gateway in front of a gateway: the outer one speaks TLS to the inner one.
  const TlsFiles files{Cert(), Key(), Cert()};
  Start();
  const auto inner = *GrpcServer::Start({.listen = "127.0.0.1:0", .tls = files}, edge_);
  const auto outer_way = *Upstreams::Open(
      {.targets = {{"shelf", absl::StrCat("localhost:", inner->port())}}, .tls = files},
      contracts_.Current()->routes);
  Edge outer_edge = edge_;
  outer_edge.upstreams = outer_way.get();
  const auto outer = *GrpcServer::Start({.listen = "127.0.0.1:0", .tls = files}, outer_edge);

  const auto get = [&](const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    const auto channel =
        grpc::CreateChannel(absl::StrCat("localhost:", outer->port()), credentials);
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer good");
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    shelf::v1::GetBookRequest request;
    request.set_name("books/1");
    shelf::v1::Book book;
    const grpc::Status status = grpc::internal::BlockingUnaryCall(
        channel.get(),
        grpc::internal::RpcMethod("/salesops.shelf.v1.ShelfService/GetBook",
                                  grpc::internal::RpcMethod::NORMAL_RPC),
        &context, request, &book);
    return status.ok() ? book.name() : absl::StrCat("code ", status.error_code());
  };
  EXPECT_EQ(get(*ClientCredentials(files)), "books/1");
  // A caller that does not trust the certificate is not served.
  WriteCertificate(folder_ / "other.pem", folder_ / "other.key", "other");
  EXPECT_EQ(get(*ClientCredentials({"", "", folder_ / "other.pem"})), "code 14");
}

TEST(GrpcCredentials, SayWhatCannotBeRead) {
  EXPECT_EQ(ClientCredentials({"", "", "/no/such/ca.pem"}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ServerCredentials({"/no/such/cert.pem", "/no/such/key.pem", ""}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace salesops::gateway
