// TLS against servers of the test's own: one with a certificate made here, and one without TLS,
// which must never be spoken to in plain.

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "shared/mysql/tcp_proxy.h"
#include "shared/mysql/test_server.h"

extern char** environ;

namespace salesops::mysql {
namespace {

using ::testing::Not;
using ::testing::StrEq;

struct Identity {
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;

  Identity() = default;
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

void AddExtension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// A certificate for `name`, signed by `issuer`, or by itself if that is null.
void Issue(Identity& identity, const char* name, const Identity* issuer, const char* alt_names) {
  static long serial = 0;
  identity.key = EVP_EC_gen("P-256");
  identity.certificate = X509_new();
  X509* certificate = identity.certificate;
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, identity.key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer->certificate) : subject);
  if (issuer == nullptr) AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  if (alt_names != nullptr) AddExtension(certificate, NID_subject_alt_name, alt_names);
  X509_sign(certificate, issuer ? issuer->key : identity.key, EVP_sha256());
}

void WriteCertificate(const std::string& path, const Identity& identity) {
  FILE* file = std::fopen(path.c_str(), "w");
  PEM_write_X509(file, identity.certificate);
  std::fclose(file);
}

void WriteKey(const std::string& path, const Identity& identity) {
  FILE* file = std::fopen(path.c_str(), "w");
  PEM_write_PrivateKey(file, identity.key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

int FreePort() {
  // The proxy binds a free port and gives it back.
  return TcpProxy(1).port();
}

// A MariaDB server in a folder of its own, without accounts, that ends with this object.
class OwnServer {
 public:
  OwnServer(const std::string& folder, std::vector<std::string> tls_arguments) : port_(FreePort()) {
    std::filesystem::create_directories(folder + "/data");
    const passwd* me = getpwuid(geteuid());
    std::vector<std::string> arguments = {
        "mariadbd", "--no-defaults", "--skip-grant-tables", "--innodb-buffer-pool-size=8M",
        absl::StrCat("--user=", me ? me->pw_name : "root"), "--bind-address=127.0.0.1",
        absl::StrCat("--port=", port_), absl::StrCat("--datadir=", folder, "/data"),
        // A server deletes the temporary tables it finds.
        absl::StrCat("--tmpdir=", folder), absl::StrCat("--socket=", folder, "/s"),
        absl::StrCat("--pid-file=", folder, "/pid"), absl::StrCat("--log-error=", folder, "/log")};
    arguments.insert(arguments.end(), tls_arguments.begin(), tls_arguments.end());
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    if (posix_spawnp(&pid_, "mariadbd", nullptr, nullptr, pointers.data(), environ) != 0) pid_ = 0;
  }

  ~OwnServer() {
    if (pid_ == 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }

  bool started() const { return pid_ != 0; }
  int port() const { return port_; }

 private:
  int port_;
  pid_t pid_ = 0;
};

class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    char pattern[] = "/tmp/salesops_tls_XXXXXX";
    folder_ = mkdtemp(pattern);
    Identity ca, other_ca, server;
    Issue(ca, "ca", nullptr, nullptr);
    Issue(other_ca, "other ca", nullptr, nullptr);
    Issue(server, "database", &ca, "DNS:localhost");
    WriteCertificate(folder_ + "/ca.pem", ca);
    WriteCertificate(folder_ + "/other_ca.pem", other_ca);
    WriteCertificate(folder_ + "/server.pem", server);
    WriteKey(folder_ + "/server.key", server);
    server_ = new OwnServer(folder_ + "/tls", {"--ssl-cert=" + folder_ + "/server.pem",
                                               "--ssl-key=" + folder_ + "/server.key"});
    plain_server_ = new OwnServer(folder_ + "/plain", {"--skip-ssl"});
  }

  static void TearDownTestSuite() {
    delete server_;
    delete plain_server_;
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  void SetUp() override {
    if (!server_->started()) GTEST_SKIP() << "no mariadbd to start";
    options_.host = "localhost";  // the name in the certificate
    options_.port = server_->port();
    options_.name = "information_schema";
    options_.user = "anyone";
    options_.tls_ca = folder_ + "/ca.pem";
    plain_options_ = options_;
    plain_options_.port = plain_server_->port();
    plain_options_.tls_ca.clear();
    // The servers need a moment to start.
    for (const DatabaseOptions& options : {options_, plain_options_}) {
      for (int i = 0; i < 3000 && !Cipher(options).ok(); ++i) usleep(10000);
    }
  }

  // The cipher of a connection.
  static absl::StatusOr<std::string> Cipher(const DatabaseOptions& options) {
    const auto db = Database::Create(options);
    if (!db.ok()) return db.status();
    auto cipher = (*db)->Read(Within(), [](Connection& c) {
      return c.QueryOne("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {},
                        [](Row& r) { return r.String(1); });
    });
    if (!cipher.ok()) return cipher.status();
    return cipher->value_or("no row");
  }

  static inline std::string folder_;
  static inline OwnServer* server_ = nullptr;
  static inline OwnServer* plain_server_ = nullptr;
  DatabaseOptions options_;
  DatabaseOptions plain_options_;
};

TEST_F(TlsTest, AConnectionToAVerifiedServerIsEncrypted) {
  const absl::StatusOr<std::string> cipher = Cipher(options_);
  ASSERT_TRUE(cipher.ok()) << cipher.status() << status::LogDetail(cipher.status());
  EXPECT_THAT(*cipher, Not(StrEq("")));
}

TEST_F(TlsTest, AServerOfAnotherAuthorityIsRefused) {
  options_.tls_ca = folder_ + "/other_ca.pem";
  EXPECT_EQ(status::Reason(Cipher(options_).status()), "DATABASE_UNAVAILABLE");
}

TEST_F(TlsTest, AServerOfAnotherNameIsRefused) {
  options_.host = "127.0.0.1";
  EXPECT_EQ(status::Reason(Cipher(options_).status()), "DATABASE_UNAVAILABLE");
}

TEST_F(TlsTest, AServerWithoutTlsIsNeverSpokenToInPlain) {
  EXPECT_EQ(*Cipher(plain_options_), "");
  plain_options_.tls_ca = folder_ + "/ca.pem";
  EXPECT_EQ(status::Reason(Cipher(plain_options_).status()), "DATABASE_UNAVAILABLE");
}

}  // namespace
}  // namespace salesops::mysql
