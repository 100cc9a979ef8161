#include "gateway/message_reader.h"

#include <algorithm>
#include <utility>

namespace salesops::gateway {
namespace {

constexpr size_t kHead = 5;

}  // namespace

void MessageReader::Add(absl::string_view bytes) {
  // What rests between messages holds no memory.
  if (begin_ == bytes_.size()) std::string().swap(bytes_);
  bytes_.erase(0, std::exchange(begin_, 0));
  bytes_.append(bytes.data(), bytes.size());
  unreleased_ += bytes.size();
}

std::optional<FramedMessage> MessageReader::Next() {
  if (unread() < kHead) return std::nullopt;
  size_t size = 0;
  for (size_t i = 1; i < kHead; ++i) {
    size = size << 8 | static_cast<unsigned char>(bytes_[begin_ + i]);
  }
  if (unread() < kHead + size) return std::nullopt;
  const FramedMessage message{bytes_[begin_] != '\0',
                              absl::string_view(bytes_).substr(begin_ + kHead, size)};
  begin_ += kHead + size;
  return message;
}

size_t MessageReader::Release() {
  const size_t kept = std::min(unreleased_, unread());
  return std::exchange(unreleased_, kept) - kept;
}

size_t MessageReader::ReleaseAll() { return std::exchange(unreleased_, 0); }

}  // namespace salesops::gateway
