// TLS at every side: callers over HTTP and gRPC, and the way to the services.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gateway/testdata/certificate.h"
#include "gateway/testdata/grpc_credentials.h"
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
      {.targets = {{"shelf", absl::StrCat("localhost:", inner->port())}}, .tls = files}, loops_);
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
  EXPECT_EQ(get(ClientCredentials(files)), "books/1");
  // A caller that does not trust the certificate is not served.
  WriteCertificate(folder_ / "other.pem", folder_ / "other.key", "other");
  EXPECT_EQ(get(ClientCredentials({"", "", folder_ / "other.pem"})), "code 14");
}

// A door whose one service is at `target`.
struct GrpcDoorOnly {
  GrpcDoorOnly(const Edge& like, const std::string& target, const TlsFiles& tls)
      : way(*Upstreams::Open({.targets = {{"shelf", target}}, .tls = tls},
                             like.upstreams->loops())),
        edge(like) {
    edge.upstreams = way.get();
    server = *GrpcServer::Start({.listen = "127.0.0.1:0"}, edge);
  }
  std::unique_ptr<Upstreams> way;
  Edge edge;
  std::unique_ptr<GrpcServer> server;
};

// The code of one call over TLS, trusting `ca`.
int CallOverTls(const std::string& target, const std::string& ca) {
  const auto channel = grpc::CreateChannel(target, ClientCredentials({"", "", ca}));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer good");
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  shelf::v1::GetBookRequest request;
  shelf::v1::Book book;
  return grpc::internal::BlockingUnaryCall(
             channel.get(),
             grpc::internal::RpcMethod("/salesops.shelf.v1.ShelfService/GetBook",
                                       grpc::internal::RpcMethod::NORMAL_RPC),
             &context, request, &book)
      .error_code();
}

TEST_F(TlsTest, AServiceWhoseCertificateHasAnotherNameIsNotCalled) {
  const TlsFiles files{Cert(), Key(), Cert()};
  Start();
  const auto inner = *GrpcServer::Start({.listen = "0.0.0.0:0", .tls = files}, edge_);
  for (const auto& [host, code] : {std::pair{"127.0.0.1", 0}, std::pair{"127.0.0.2", 14}}) {
    const auto way = *Upstreams::Open(
        {.targets = {{"shelf", absl::StrCat(host, ":", inner->port())}}, .tls = files}, loops_);
    Edge outer_edge = edge_;
    outer_edge.upstreams = way.get();
    const auto outer = *GrpcServer::Start({.listen = "127.0.0.1:0", .tls = files}, outer_edge);
    EXPECT_EQ(CallOverTls(absl::StrCat("localhost:", outer->port()), Cert()), code) << host;
  }
}

TEST_F(TlsTest, TheGrpcDoorFollowsANewCertificate) {
  grpc_options_.tls = {Cert(), Key(), ""};
  grpc_options_.tls_refresh = absl::Milliseconds(10);
  Start();
  const std::string target = absl::StrCat("localhost:", grpc_->port());
  EXPECT_EQ(CallOverTls(target, Cert()), 0);
  WriteCertificate(Cert(), Key(), "second");
  const absl::Time end = absl::Now() + absl::Seconds(20);
  while (CallOverTls(target, Cert()) != 0) ASSERT_LT(absl::Now(), end);
}

TEST_F(TlsTest, TheGrpcDoorSpeaksHttp2OrNothing) {
  grpc_options_.tls = {Cert(), Key(), ""};
  Start();
  for (const std::string& protocols : {std::string(), std::string("\x08http/1.1")}) {
    asio::io_context io;
    asio::ssl::context context(asio::ssl::context::tls_client);
    asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
    SSL_set_alpn_protos(stream.native_handle(),
                        reinterpret_cast<const unsigned char*>(protocols.data()), protocols.size());
    stream.next_layer().connect(
        {asio::ip::address_v4::loopback(), static_cast<unsigned short>(grpc_->port())});
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::client, error);
    char byte;
    if (!error) asio::read(stream, asio::buffer(&byte, 1), error);
    EXPECT_TRUE(error);
  }
}

TEST_F(TlsTest, TheGatewayShowsItsCertificateToServices) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.use_certificate_chain_file(Cert());
  context.use_private_key_file(Key(), asio::ssl::context::pem);
  context.load_verify_file(Cert());
  context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  SSL_CTX_set_alpn_select_cb(
      context.native_handle(),
      [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned,
         void*) {
        *out = in + 1;
        *size = in[0];
        return SSL_TLSEXT_ERR_OK;
      },
      nullptr);
  const TlsFiles files{Cert(), Key(), Cert()};
  target_ = shelf_.target();
  Start();
  GrpcDoorOnly door(edge_, absl::StrCat("localhost:", acceptor.local_endpoint().port()), files);
  asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
  acceptor.accept(stream.next_layer());
  boost::system::error_code error;
  stream.handshake(asio::ssl::stream_base::server, error);
  ASSERT_FALSE(error) << error.message();
  std::string words(14, ' ');
  asio::read(stream, asio::buffer(words), error);
  EXPECT_EQ(words, "PRI * HTTP/2.0");
  X509* shown = SSL_get1_peer_certificate(stream.native_handle());
  EXPECT_NE(shown, nullptr);
  X509_free(shown);
}

TEST_F(TlsTest, FilesThatCannotBeReadAreSaid) {
  Start();
  EXPECT_EQ(
      Upstreams::Open({.targets = {}, .tls = {"", "", "/no/such/ca.pem"}}, loops_).status().code(),
      absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Upstreams::Open({.targets = {{"shelf", "nowhere"}}}, loops_).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      GrpcServer::Start(
          {.listen = "127.0.0.1:0", .tls = {"/no/such/cert.pem", "/no/such/key.pem", ""}}, edge_)
          .status()
          .code(),
      absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace salesops::gateway
