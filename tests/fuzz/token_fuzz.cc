// Any bytes as a bearer token, and any text as the header and claims of a well-signed one (so that
// the search gets past the signature). Nothing may crash, and what passes names a subject.
//
// Input: first byte even = the rest is the token; odd = the rest is header, '\n', claims.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "shared/auth/token.h"
#include "shared/testing/signing_key.h"

namespace auth = salesops::auth;
using salesops::testing::SigningKey;

namespace {

struct Subject {
  Subject() : key(SigningKey::Ec()) {
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("token_fuzz." + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "k.pem") << key.PublicPem();
    auto created = auth::TokenVerifier::Create(
        {.keys = folder.string(), .issuer = "i", .audience = "a", .on_key_error = {}});
    if (!created.ok()) std::abort();
    verifier = *std::move(created);
    std::filesystem::remove_all(folder);
  }

  const SigningKey key;
  std::unique_ptr<auth::TokenVerifier> verifier;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Subject& subject = *new Subject();
  if (size == 0) return 0;
  std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 1) {
    const size_t end = input.find('\n');
    if (end == std::string::npos) return 0;
    input = subject.key.Token(input.substr(0, end), input.substr(end + 1));
  }
  // The folder is gone, which leaves the keys as they are.
  auto who = subject.verifier->Verify(input, absl::UnixEpoch());
  if (who.ok() && who->subject.empty()) std::abort();
  return 0;
}
