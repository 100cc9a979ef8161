#include <gmock/gmock.h>
#include <grpc/support/log.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "shared/rpc/channel.h"
#include "shared/rpc/echo_service.h"
#include "shared/testing/in_process_server.h"

namespace salesops::rpc {
namespace {

namespace fs = std::filesystem;
using testing::InProcessServer;

// A certificate authority and what it signs; P-256 keys.
class Authority {
 public:
  struct Pair {
    std::string certificate, key;  // PEM
  };

  Authority() : key_(EVP_EC_gen("P-256")), certificate_(Make("ca", "", key_, nullptr, key_)) {}
  ~Authority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  std::string Certificate() const { return Pem(certificate_); }

  // `names` as in "IP:127.0.0.1,URI:spiffe://salesops/pipeline".
  Pair Sign(const std::string& common_name, const std::string& names) const {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = Make(common_name, names, key, certificate_, key_);
    Pair pair{Pem(certificate), Pem(key)};
    X509_free(certificate);
    EVP_PKEY_free(key);
    return pair;
  }

 private:
  static X509* Make(const std::string& common_name, const std::string& names, EVP_PKEY* key,
                    X509* issuer, EVP_PKEY* issuer_key) {
    static std::atomic<long> serial{1};
    X509* x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(x, X509_get_subject_name(issuer != nullptr ? issuer : x));
    Extend(x, NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    if (!names.empty()) Extend(x, NID_subject_alt_name, names.c_str());
    X509_sign(x, issuer_key, EVP_sha256());
    return x;
  }
  static void Extend(X509* x, int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <class Write>
  static std::string Written(Write write) {
    BIO* bio = BIO_new(BIO_s_mem());
    write(bio);
    const char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(bio);
    return text;
  }
  static std::string Pem(X509* x) {
    return Written([&](BIO* bio) { PEM_write_bio_X509(bio, x); });
  }
  static std::string Pem(EVP_PKEY* key) {
    return Written([&](BIO* bio) {
      PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

  EVP_PKEY* const key_;
  X509* const certificate_;
};

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    static std::atomic<int> count{0};
    folder_ = fs::temp_directory_path() / absl::StrCat("tls_test.", getpid(), ".", count++);
    fs::create_directories(folder_);
    Write("ca.pem", authority_.Certificate());
  }
  ~TlsTest() override { fs::remove_all(folder_); }

  // Failed handshakes are what these tests are about.
  static void SetUpTestSuite() {
    gpr_set_log_verbosity(static_cast<gpr_log_severity>(GPR_LOG_SEVERITY_ERROR + 1));
  }
  static void TearDownTestSuite() { gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR); }

  std::string Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / "new") << content;
    fs::rename(folder_ / "new", folder_ / name);
    return (folder_ / name).string();
  }
  TlsFiles Files(const std::string& name, const Authority::Pair& pair) {
    return {.cert = Write(name + ".crt", pair.certificate),
            .key = Write(name + ".key", pair.key),
            .ca = (folder_ / "ca.pem").string()};
  }
  TlsFiles Service(const std::string& name) {
    return Files(name, authority_.Sign(name, "URI:spiffe://salesops/" + name));
  }
  TlsFiles OnlyCa() { return {.ca = (folder_ / "ca.pem").string()}; }

  InProcessServer::Options Options() {
    InProcessServer::Options options;
    options.server.tls = Files("server", authority_.Sign("server", "IP:127.0.0.1"));
    return options;
  }
  static absl::StatusOr<EchoResponse> Ask1(InProcessServer& server, const TlsFiles& tls,
                                           const std::string& token, const char* method = kEcho) {
    auto channel = OpenChannel(server.target(), tls);
    return CallUnary<EchoResponse>(
        *channel, method, Ask("x"),
        {.token = token, .timeout = absl::Seconds(10), .wait_for_ready = false});
  }

  Authority authority_;
  fs::path folder_;
};

TEST_F(TlsTest, TellsServicesByTheirCertificates) {
  InProcessServer server(EchoService().Bind(), Options());
  auto answer = Ask1(server, Service("pipeline"), "");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->principal(), "service:pipeline");
  // The policy of Echo names pipeline alone.
  EXPECT_EQ(Ask1(server, Service("training"), "").status().code(),
            absl::StatusCode::kPermissionDenied);
  // For a user, the user counts, and the service must be one of those too.
  EXPECT_EQ(Ask1(server, Service("pipeline"), "user:alice")->principal(), "user:alice");
  EXPECT_EQ(Ask1(server, Service("training"), "user:alice").status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Ask1(server, Service("gateway"), "user:alice")->principal(), "user:alice");
}

TEST_F(TlsTest, ServesClientsWithoutACertificate) {
  InProcessServer server(EchoService().Bind(), Options());
  EXPECT_TRUE(Ask1(server, OnlyCa(), "user:alice").ok());
  EXPECT_EQ(Ask1(server, OnlyCa(), "").status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(TlsTest, RefusesCertificatesOfAnotherAuthority) {
  InProcessServer server(EchoService().Bind(), Options());
  Authority other;
  TlsFiles stranger = Files("stranger", other.Sign("x", "URI:spiffe://salesops/pipeline"));
  EXPECT_EQ(Ask1(server, stranger, "").status().code(), absl::StatusCode::kUnavailable);
  // And a client refuses a server of another authority, or of another name.
  TlsFiles wrong_ca{.ca = Write("other.pem", other.Certificate())};
  EXPECT_EQ(Ask1(server, wrong_ca, "user:alice").status().code(), absl::StatusCode::kUnavailable);
  InProcessServer::Options elsewhere;
  elsewhere.server.tls = Files("elsewhere", authority_.Sign("server", "DNS:elsewhere.test"));
  InProcessServer misnamed(EchoService().Bind(), elsewhere);
  EXPECT_EQ(Ask1(misnamed, OnlyCa(), "user:alice").status().code(), absl::StatusCode::kUnavailable);
  // Plaintext is no way in either.
  EXPECT_EQ(Ask1(server, {}, "user:alice").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(TlsTest, FollowsARotatedPair) {
  InProcessServer server(EchoService().Bind(), Options());
  ASSERT_TRUE(Ask1(server, OnlyCa(), "user:alice").ok());
  // A new authority signs a new pair; clients of the new authority get in without a restart.
  Authority next;
  Authority::Pair pair = next.Sign("server", "IP:127.0.0.1");
  Write("server.key", pair.key);
  Write("server.crt", pair.certificate);
  TlsFiles next_ca{.ca = Write("next.pem", next.Certificate())};
  bool in = false;
  for (const absl::Time end = absl::Now() + absl::Seconds(30); !in && absl::Now() < end;) {
    in = Ask1(server, next_ca, "user:alice").ok();
  }
  EXPECT_TRUE(in);
}

TEST_F(TlsTest, DoesNotStartWithFilesThatDoNotFit) {
  TlsFiles files = Files("server", authority_.Sign("server", "IP:127.0.0.1"));
  const auto refusal = [&](const TlsFiles& tls) {
    testing::FakeTokens tokens;
    testing::FakeAccess access;
    std::vector<Binding> bindings;
    bindings.push_back(EchoService().Bind());
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.tls = tls;
    return std::string(
        Server::Start(options,
                      {.clock = &base::SystemClock(), .tokens = &tokens, .access = &access},
                      std::move(bindings))
            .status()
            .message());
  };
  TlsFiles other_key = files;
  other_key.key = Files("other", authority_.Sign("x", "IP:127.0.0.1")).key;
  EXPECT_THAT(refusal(other_key), ::testing::HasSubstr("is not the private key"));
  TlsFiles no_key = files;
  no_key.key = "";
  EXPECT_THAT(refusal(no_key), ::testing::HasSubstr("and its key"));
  TlsFiles no_file = files;
  no_file.cert = (folder_ / "absent").string();
  EXPECT_THAT(refusal(no_file), ::testing::HasSubstr("cannot read"));
  TlsFiles bad_ca = files;
  bad_ca.ca = Write("bad.pem", "hello");
  EXPECT_THAT(refusal(bad_ca), ::testing::HasSubstr("no certificate"));
  EXPECT_THAT(refusal(OnlyCa()), ::testing::HasSubstr("also needs"));
}

}  // namespace
}  // namespace salesops::rpc
