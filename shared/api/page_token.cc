#include "shared/api/page_token.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>
#include <variant>

#include "absl/strings/escaping.h"
#include "shared/api/digest.h"
#include "shared/status/status.h"

namespace salesops::api {
namespace {

// A token is base64url of: version, nonce, AES-256-GCM ciphertext, tag; the version is
// authenticated too. Nonces are random: 2^32 tokens under one key keep the chance of a repeat below
// 2^-32, so the key is rotated long before (NIST SP 800-38D, 8.3).
constexpr char kVersion = 1;
constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;
constexpr size_t kSmallestKey = 32;
constexpr size_t kLongestToken = 4096;
constexpr int kDefaultPageSize = 50;
constexpr int kLargestPageSize = 1000;
constexpr absl::Duration kLifetime = absl::Hours(24);

[[noreturn]] void Die(const char* what) {
  std::fprintf(stderr, "page tokens: %s\n", what);
  std::abort();
}

const unsigned char* Bytes(absl::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}
unsigned char* Bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

std::string Encrypt(absl::string_view key, absl::string_view plain) {
  std::string out(1 + kNonceSize + plain.size() + kTagSize, '\0');
  out[0] = kVersion;
  if (RAND_bytes(Bytes(out) + 1, kNonceSize) != 1) Die("no randomness");
  Cipher cipher(EVP_CIPHER_CTX_new());
  unsigned char* const body = Bytes(out) + 1 + kNonceSize;
  int n = 0;
  const bool ok =
      cipher != nullptr &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(out) + 1) &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &n, Bytes(out), 1) &&
      EVP_EncryptUpdate(cipher.get(), body, &n, Bytes(plain), static_cast<int>(plain.size())) &&
      EVP_EncryptFinal_ex(cipher.get(), body + n, &n) &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, body + plain.size());
  if (!ok) Die("encryption failed");
  return out;
}

// nullopt unless this key sealed exactly these bytes.
std::optional<std::string> Decrypt(absl::string_view key, absl::string_view sealed) {
  if (sealed.size() < 1 + kNonceSize + kTagSize || sealed[0] != kVersion) return std::nullopt;
  const size_t size = sealed.size() - 1 - kNonceSize - kTagSize;
  const absl::string_view body = sealed.substr(1 + kNonceSize, size);
  std::string tag(sealed.substr(1 + kNonceSize + size));
  std::string plain(size, '\0');
  Cipher cipher(EVP_CIPHER_CTX_new());
  int n = 0;
  const bool ok =
      cipher != nullptr &&
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(sealed) + 1) &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &n, Bytes(sealed), 1) &&
      EVP_DecryptUpdate(cipher.get(), Bytes(plain), &n, Bytes(body), static_cast<int>(size)) &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) &&
      EVP_DecryptFinal_ex(cipher.get(), Bytes(plain) + n, &n) > 0;
  if (!ok) return std::nullopt;
  return plain;
}

// --- The plain text: time of sealing, fingerprint, position, keys; little-endian, lengths first
// ---

class Writer {
 public:
  template <class T>
  void Number(T v) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &v, sizeof(T));
    out_.append(bytes, sizeof(T));
  }
  void Text(absl::string_view s) {
    Number(static_cast<uint32_t>(s.size()));
    out_.append(s.data(), s.size());
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what Writer wrote; after the first lack of bytes everything reads as zero and ok() is
// false.
class Reader {
 public:
  explicit Reader(absl::string_view in) : in_(in) {}
  template <class T>
  T Number() {
    T v{};
    const absl::string_view bytes = Cut(sizeof(T));
    if (ok_) std::memcpy(&v, bytes.data(), sizeof(T));
    return v;
  }
  std::string Text() { return std::string(Cut(Number<uint32_t>())); }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && in_.empty(); }

 private:
  absl::string_view Cut(size_t n) {
    if (!ok_ || n > in_.size()) {
      ok_ = false;
      return {};
    }
    absl::string_view cut = in_.substr(0, n);
    in_.remove_prefix(n);
    return cut;
  }

  absl::string_view in_;
  bool ok_ = true;
};

void WriteValue(const mysql::Value& value, Writer& w) {
  const mysql::Value::Variant& v = value.variant();
  w.Number(static_cast<uint8_t>(v.index()));
  if (const auto* i = std::get_if<int64_t>(&v)) w.Number(*i);
  if (const auto* d = std::get_if<double>(&v)) w.Number(*d);
  if (const auto* b = std::get_if<bool>(&v)) w.Number(static_cast<uint8_t>(*b));
  if (const auto* s = std::get_if<std::string>(&v)) w.Text(*s);
  if (const auto* bytes = std::get_if<mysql::Bytes>(&v)) w.Text(bytes->data);
  if (const auto* d = std::get_if<base::Decimal>(&v)) w.Text(d->ToString());
  if (const auto* day = std::get_if<base::CivilDay>(&v)) w.Number(*day - base::CivilDay());
  if (const auto* t = std::get_if<absl::Time>(&v)) w.Number(absl::ToUnixMicros(*t));
}

// nullopt if the bytes are not those of a value.
std::optional<mysql::Value> ReadValue(Reader& r) {
  using Variant = mysql::Value::Variant;
  static_assert(std::variant_size_v<Variant> == 9, "a new kind of value needs a way to travel");
  switch (r.Number<uint8_t>()) {
    case 0:
      return mysql::Value();
    case 1:
      return mysql::Value(r.Number<int64_t>());
    case 2:
      return mysql::Value(r.Number<double>());
    case 3:
      return mysql::Value(r.Number<uint8_t>() != 0);
    case 4:
      return mysql::Value(r.Text());
    case 5:
      return mysql::Value(mysql::Bytes{r.Text()});
    case 6: {
      absl::StatusOr<base::Decimal> d = base::Decimal::Parse(r.Text());
      if (!d.ok()) return std::nullopt;
      return mysql::Value(*d);
    }
    case 7:
      return mysql::Value(base::CivilDay() + r.Number<absl::civil_diff_t>());
    case 8:
      return mysql::Value(absl::FromUnixMicros(r.Number<int64_t>()));
    default:
      return std::nullopt;
  }
}

absl::Status BadToken() {
  return status::InvalidField(
      "page_token", "BAD_PAGE_TOKEN",
      "is not a token that this service gave out; start again from the first page");
}

}  // namespace

PageSealer::PageSealer(absl::string_view key) : key_(EVP_MAX_MD_SIZE, '\0') {
  if (key.size() < kSmallestKey) Die("the key has less than 32 bytes");
  // Derived, so that the same secret may seal other things under another label.
  constexpr absl::string_view kLabel = "salesops page token 1";
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(kLabel), kLabel.size(),
           Bytes(key_), &size) == nullptr) {
    Die("key derivation failed");
  }
  key_.resize(size);
}

std::string PageSealer::Seal(const PageCursor& cursor, absl::string_view fingerprint,
                             absl::Time now) const {
  Writer w;
  w.Number(absl::ToUnixMicros(now));
  w.Text(fingerprint);
  w.Number(cursor.position);
  w.Number(static_cast<uint8_t>(
      std::min<size_t>(cursor.keys.size(), std::numeric_limits<uint8_t>::max())));
  for (const mysql::Value& key : cursor.keys) WriteValue(key, w);
  return absl::WebSafeBase64Escape(Encrypt(key_, w.Take()));
}

absl::StatusOr<PageCursor> PageSealer::Open(absl::string_view token, absl::string_view fingerprint,
                                            absl::Time now) const {
  std::string sealed;
  if (token.size() > kLongestToken || !absl::WebSafeBase64Unescape(token, &sealed)) {
    return BadToken();
  }
  // Several texts decode to the same bytes; only the one that was given out is taken.
  if (absl::WebSafeBase64Escape(sealed) != token) return BadToken();
  const std::optional<std::string> plain = Decrypt(key_, sealed);
  if (!plain) return BadToken();
  Reader r(*plain);
  const absl::Time sealed_at = absl::FromUnixMicros(r.Number<int64_t>());
  const std::string sealed_fingerprint = r.Text();
  PageCursor cursor;
  cursor.position = r.Number<int64_t>();
  for (int left = r.Number<uint8_t>(); left > 0 && r.ok(); --left) {
    std::optional<mysql::Value> key = ReadValue(r);
    if (!key) return BadToken();
    cursor.keys.push_back(*std::move(key));
  }
  if (!r.at_end()) return BadToken();
  if (sealed_fingerprint != fingerprint) {
    return status::InvalidField("page_token", "PAGE_TOKEN_OF_ANOTHER_QUERY",
                                "belongs to a list with other fields or of another caller; "
                                "repeat the request unchanged but for page_token and page_size");
  }
  if (now - sealed_at > kLifetime) {
    return status::InvalidField("page_token", "PAGE_TOKEN_EXPIRED",
                                "is older than 24 hours; start again from the first page");
  }
  return cursor;
}

std::string QueryFingerprint(const google::protobuf::Message& request,
                             const std::string& principal) {
  std::unique_ptr<google::protobuf::Message> query(request.New());
  query->CopyFrom(request);
  const google::protobuf::Descriptor* type = query->GetDescriptor();
  for (const char* name : {"page_size", "page_token"}) {
    const google::protobuf::FieldDescriptor* field = type->FindFieldByName(name);
    if (field != nullptr) query->GetReflection()->ClearField(query.get(), field);
  }
  return DigestOf(*query, principal);
}

int CoercePageSize(int32_t page_size) {
  if (page_size <= 0) return kDefaultPageSize;
  return std::min<int>(page_size, kLargestPageSize);
}

}  // namespace salesops::api
