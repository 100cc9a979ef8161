#include "gateway/server_stream.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gateway/testdata/certificate.h"

namespace salesops::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// The other end: its records are made in memory, so that a test decides which bytes travel when.
class Peer {
 public:
  explicit Peer(tcp::socket socket)
      : socket_(std::move(socket)),
        context_(SSL_CTX_new(TLS_client_method())),
        ssl_(SSL_new(context_)) {
    socket_.non_blocking(true);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  }
  ~Peer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  // True once its side of the handshake is done.
  bool StepHandshake() {
    Receive();
    const bool done = SSL_connect(ssl_) == 1;
    SendBytes(Records());
    return done;
  }

  // The records that carry `text`.
  std::string Encrypt(const std::string& text) {
    SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
    return Records();
  }

  void SendBytes(const std::string& bytes) {
    if (!bytes.empty()) asio::write(socket_, asio::buffer(bytes));
  }

  // What has arrived and can be read.
  std::string Read() {
    Receive();
    std::string text;
    std::array<char, 16384> buffer;
    for (int n; (n = SSL_read(ssl_, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<size_t>(n));
    }
    return text;
  }

 private:
  std::string Records() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl_), &data);  // NOLINT(google-runtime-int)
    std::string bytes(data, static_cast<size_t>(size));
    (void)BIO_reset(SSL_get_wbio(ssl_));
    return bytes;
  }

  void Receive() {
    std::array<char, 65536> buffer;
    error_code error;
    const size_t n = socket_.read_some(asio::buffer(buffer), error);
    if (n > 0) BIO_write(SSL_get_rbio(ssl_), buffer.data(), static_cast<int>(n));
  }

  tcp::socket socket_;
  SSL_CTX* context_;
  SSL* ssl_;
};

class TlsStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);  // as the server does
    const std::string folder = absl::StrCat(testing::TempDir(), "/server_stream.", ::getpid());
    std::filesystem::create_directories(folder);
    WriteCertificate(folder + "/cert.pem", folder + "/key.pem", "localhost");
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_chain_file(context_, (folder + "/cert.pem").c_str());
    SSL_CTX_use_PrivateKey_file(context_, (folder + "/key.pem").c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context_, 1);
    std::filesystem::remove_all(folder);

    tcp::acceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
    tcp::socket near(io_);
    near.connect(acceptor.local_endpoint());
    peer_.emplace(std::move(near));
    stream_.emplace(acceptor.accept(), context_);

    std::optional<error_code> accepted;
    stream_->Handshake([&](error_code error) { accepted = error; });
    bool connected = false;
    while (!accepted || !connected) {
      connected = peer_->StepHandshake() || connected;
      Poll();
    }
    ASSERT_FALSE(*accepted);
    peer_->Read();  // the session tickets
  }
  void TearDown() override {
    stream_.reset();
    peer_.reset();
    SSL_CTX_free(context_);
  }

  // Runs what is ready; how many handlers that were. A handler that makes itself ready again stays
  // for the next time in the end.
  size_t Poll() {
    io_.restart();
    size_t count = 0;
    while (count < 10000 && io_.poll_one() == 1) ++count;
    return count;
  }

  // Reads as the server does, for as long as anything is ready.
  void ReadOn() {
    stream_->WhenReadable([this](error_code error) {
      std::array<char, 10> buffer;
      const size_t n = error ? 0 : stream_->ReadSome(buffer.data(), buffer.size(), error);
      received_.append(buffer.data(), n);
      if (!error || error == asio::error::would_block) return ReadOn();
      end_ = error;
    });
  }

  asio::io_context io_;
  SSL_CTX* context_ = nullptr;
  std::optional<Peer> peer_;
  std::optional<TlsStream> stream_;
  std::string received_;
  error_code end_;
};

TEST_F(TlsStreamTest, ARecordLargerThanTheBufferIsReadToItsEnd) {
  const std::string text(1000, 'x');
  ReadOn();
  std::string records = peer_->Encrypt(text);
  records += peer_->Encrypt("end");
  peer_->SendBytes(records);
  while (received_.size() < 1003 && !end_) Poll();
  EXPECT_EQ(received_, text + "end");
}

// A peer that stops within a record must cost nothing until it goes on.
TEST_F(TlsStreamTest, PartOfARecordKeepsNobodyBusy) {
  ReadOn();
  const std::string record = peer_->Encrypt("GET / HTTP/1.1\r\n\r\n");
  size_t sent = 0;
  for (const size_t upto : {size_t{3}, size_t{5}, size_t{20}}) {
    peer_->SendBytes(record.substr(sent, upto - sent));
    sent = upto;
    while (Poll() == 0) {
    }
    // Had the handler asked to be called at once again, this would not come to an end.
    EXPECT_LE(Poll(), 1u) << "after " << sent << " bytes";
    EXPECT_EQ(Poll(), 0u) << "after " << sent << " bytes";
  }
  peer_->SendBytes(record.substr(sent));
  while (received_.empty() && !end_) Poll();
  EXPECT_EQ(received_.substr(0, 10), "GET / HTTP");
}

TEST_F(TlsStreamTest, ALongAnswerWaitsForASlowReader) {
  std::string answer;
  for (int i = 0; answer.size() < (8 << 20); ++i) absl::StrAppend(&answer, i, ",");
  std::optional<error_code> written;
  asio::async_write(*stream_, asio::buffer(answer),
                    [&](error_code error, size_t) { written = error; });
  while (Poll() > 0) {
  }
  EXPECT_FALSE(written) << "the kernel took all of it";
  std::string read;
  while (read.size() < answer.size()) {
    read += peer_->Read();
    Poll();
  }
  EXPECT_TRUE(read == answer);
  while (!written) Poll();
  EXPECT_FALSE(*written);
}

TEST_F(TlsStreamTest, APeerThatGoesIsAnEnd) {
  ReadOn();
  peer_.reset();
  while (!end_) Poll();
  EXPECT_TRUE(end_ == asio::error::eof || end_ == asio::error::connection_reset);
}

}  // namespace
}  // namespace salesops::gateway
