#include "shared/api/digest.h"

#include <openssl/sha.h>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace salesops::api {

std::string Sha256(absl::string_view data) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string SerializeDeterministically(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&coded);
  }
  return bytes;
}

std::string DigestOf(const google::protobuf::Message& message, absl::string_view context) {
  // A zero byte ends each part, so that no two pairs of parts run together to the same bytes.
  const std::string& type = message.GetDescriptor()->full_name();
  return Sha256(absl::StrCat(type, absl::string_view("\0", 1), context, absl::string_view("\0", 1),
                             SerializeDeterministically(message)));
}

}  // namespace salesops::api
