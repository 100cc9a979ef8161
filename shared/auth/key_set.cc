#include "shared/auth/key_set.h"

#include <cjose/cjose.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/auth/json.h"

namespace salesops::auth {
namespace {

namespace fs = std::filesystem;

constexpr int kMinRsaBits = 2048;
constexpr size_t kMaxKeyFileBytes = 1 << 20;

template <class T, void (*Free)(T*)>
struct Release {
  void operator()(T* value) const { Free(value); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Release<BIGNUM, BN_free>>;
struct BioRelease {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

absl::Status Unusable(absl::string_view why) { return absl::InvalidArgumentError(why); }

std::shared_ptr<cjose_jwk_t> Own(cjose_jwk_t* jwk) {
  return {jwk, [](cjose_jwk_t* owned) {
            if (owned != nullptr) cjose_jwk_release(owned);
          }};
}

// An unsigned number of the key, big-endian; `width` 0 = as short as it is.
std::optional<std::string> Number(const EVP_PKEY* key, const char* name, int width) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return std::nullopt;
  NumberPtr number(raw);
  std::string bytes(width > 0 ? width : BN_num_bytes(raw), '\0');
  if (BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(bytes.data()),
                   static_cast<int>(bytes.size())) < 0) {
    return std::nullopt;
  }
  return bytes;
}

uint8_t* Bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

absl::StatusOr<VerificationKey> RsaKey(const EVP_PKEY* key) {
  if (EVP_PKEY_get_bits(key) < kMinRsaBits) return Unusable("an RSA key needs 2048 bits or more");
  std::optional<std::string> n = Number(key, OSSL_PKEY_PARAM_RSA_N, 0);
  std::optional<std::string> e = Number(key, OSSL_PKEY_PARAM_RSA_E, 0);
  if (!n || !e) return Unusable("the RSA key cannot be read");
  cjose_jwk_rsa_keyspec spec{};
  spec.n = Bytes(*n);
  spec.nlen = n->size();
  spec.e = Bytes(*e);
  spec.elen = e->size();
  auto jwk = Own(cjose_jwk_create_RSA_spec(&spec, nullptr));
  if (!jwk) return Unusable("the RSA key is refused");
  return VerificationKey{"RS256", std::move(jwk)};
}

absl::StatusOr<VerificationKey> EcKey(const EVP_PKEY* key) {
  char group[64] = {};
  size_t length = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                     &length) != 1 ||
      (absl::string_view(group) != "prime256v1" && absl::string_view(group) != "P-256")) {
    return Unusable("the only curve accepted is P-256");
  }
  std::optional<std::string> x = Number(key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
  std::optional<std::string> y = Number(key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
  if (!x || !y) return Unusable("the EC key cannot be read");
  cjose_jwk_ec_keyspec spec{};
  spec.crv = CJOSE_JWK_EC_P_256;
  spec.x = Bytes(*x);
  spec.xlen = x->size();
  spec.y = Bytes(*y);
  spec.ylen = y->size();
  auto jwk = Own(cjose_jwk_create_EC_spec(&spec, nullptr));
  if (!jwk) return Unusable("the EC key is refused");
  return VerificationKey{"ES256", std::move(jwk)};
}

// The members of a JWK that make up its public key; null for a kind that we do not verify with
// (RFC 7517 section 5: unknown kinds are skipped).
JsonPtr PublicPart(const json_t* entry, std::string* algorithm) {
  const std::string kty = StringMember(entry, "kty").value_or("");
  std::vector<const char*> members;
  if (kty == "RSA") {
    *algorithm = "RS256";
    members = {"kty", "n", "e"};
  } else if (kty == "EC" && StringMember(entry, "crv") == "P-256") {
    *algorithm = "ES256";
    members = {"kty", "crv", "x", "y"};
  } else {
    return nullptr;
  }
  if (StringMember(entry, "use").value_or("sig") != "sig") return nullptr;
  if (StringMember(entry, "alg").value_or(*algorithm) != *algorithm) return nullptr;
  JsonPtr result(json_object());
  for (const char* member : members) {
    json_object_set(result.get(), member, json_object_get(entry, member));
  }
  return result;
}

absl::StatusOr<VerificationKey> KeyFromJwk(json_t* public_part, const std::string& algorithm) {
  auto jwk = Own(cjose_jwk_import_json(public_part, nullptr));
  if (!jwk) return Unusable("a key cannot be read");
  if (algorithm == "RS256" && cjose_jwk_get_keysize(jwk.get(), nullptr) < kMinRsaBits) {
    return Unusable("an RSA key needs 2048 bits or more");
  }
  return VerificationKey{algorithm, std::move(jwk)};
}

std::optional<std::string> Content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string content;
  content.resize(kMaxKeyFileBytes + 1);
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (in.bad()) return std::nullopt;
  content.resize(static_cast<size_t>(in.gcount()));
  if (content.size() > kMaxKeyFileBytes) return std::nullopt;
  return content;
}

// The *.pem files of the folder, in name order; hidden ones (Kubernetes' ..data) are left out.
std::vector<fs::path> PemFiles(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (it->path().extension() == ".pem" && name[0] != '.') files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void AddFile(const fs::path& path, std::string* fingerprint) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) {
    absl::StrAppend(fingerprint, path.string(), " absent;");
    return;
  }
  absl::StrAppend(fingerprint, path.string(), " ", s.st_ino, " ", s.st_size, " ");
  absl::StrAppend(fingerprint, s.st_mtim.tv_sec, ".", s.st_mtim.tv_nsec, " ", s.st_ctim.tv_sec, ".",
                  s.st_ctim.tv_nsec, ";");
}

bool IsFolder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

KeySet ReadFolder(const std::string& path, const KeySet& previous,
                  std::vector<std::string>* problems) {
  KeySet result;
  for (const fs::path& file : PemFiles(path)) {
    const std::string kid = file.stem().string();
    std::optional<std::string> pem = Content(file);
    absl::StatusOr<VerificationKey> key =
        pem ? KeyFromPem(*pem) : absl::StatusOr<VerificationKey>(Unusable("it cannot be read"));
    if (key.ok()) {
      result.keys[kid] = *std::move(key);
      continue;
    }
    problems->push_back(absl::StrCat("key file ", file.string(), ": ", key.status().message()));
    if (const VerificationKey* before = previous.Find(kid)) result.keys[kid] = *before;
  }
  return result;
}

}  // namespace

absl::StatusOr<VerificationKey> KeyFromPem(absl::string_view pem) {
  std::unique_ptr<BIO, BioRelease> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyPtr key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (!key) return Unusable("it holds no PEM public key (-----BEGIN PUBLIC KEY-----)");
  if (EVP_PKEY_is_a(key.get(), "RSA")) return RsaKey(key.get());
  if (EVP_PKEY_is_a(key.get(), "EC")) return EcKey(key.get());
  return Unusable("only RSA and EC keys are accepted");
}

absl::StatusOr<KeySet> KeysFromJwks(absl::string_view json) {
  JsonPtr document = ParseObject(json);
  const json_t* list = document ? json_object_get(document.get(), "keys") : nullptr;
  if (!json_is_array(list)) return Unusable("it is no JSON object with a list `keys`");
  KeySet result;
  for (size_t i = 0; i < json_array_size(list); ++i) {
    const json_t* entry = json_array_get(list, i);
    std::string algorithm;
    JsonPtr part = PublicPart(entry, &algorithm);
    if (!part) continue;
    std::optional<std::string> kid = StringMember(entry, "kid");
    if (!kid || kid->empty()) return Unusable(absl::StrCat("keys[", i, "] has no kid"));
    if (result.Find(*kid) != nullptr) return Unusable(absl::StrCat("kid ", *kid, " is doubled"));
    absl::StatusOr<VerificationKey> key = KeyFromJwk(part.get(), algorithm);
    if (!key.ok()) return Unusable(absl::StrCat("keys[", i, "]: ", key.status().message()));
    result.keys[*kid] = *std::move(key);
  }
  return result;
}

std::string KeyFingerprint(const std::string& path) {
  std::string fingerprint;
  if (!IsFolder(path)) {
    AddFile(path, &fingerprint);
    return fingerprint;
  }
  for (const fs::path& file : PemFiles(path)) AddFile(file, &fingerprint);
  return fingerprint;
}

KeySet ReadKeys(const std::string& path, const KeySet& previous,
                std::vector<std::string>* problems) {
  if (IsFolder(path)) return ReadFolder(path, previous, problems);
  std::optional<std::string> json = Content(path);
  absl::StatusOr<KeySet> keys =
      json ? KeysFromJwks(*json) : absl::StatusOr<KeySet>(Unusable("it cannot be read"));
  if (keys.ok()) return *std::move(keys);
  problems->push_back(absl::StrCat("key file ", path, ": ", keys.status().message()));
  return previous;
}

}  // namespace salesops::auth
