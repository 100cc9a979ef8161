#pragma once

// Takes gRPC's messages out of bytes that come in any pieces, and says how many of those bytes the
// sender may replace (see ServiceCall's Consume), so that a reader who is slow holds a window of
// them and no more.
//
//   reader.Add(bytes);
//   while (auto message = reader.Next()) …
//   call.Consume(reader.Release());          // when those messages have gone on
//
// Thread-safety: belongs to one thread.

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace salesops::gateway {

struct FramedMessage {
  bool compressed = false;
  absl::string_view bytes;
};

class MessageReader {
 public:
  // The sizes of messages have been checked: see MessageMeter.
  void Add(absl::string_view bytes);
  // The next whole message, good until the next Add; nothing if more bytes are needed.
  std::optional<FramedMessage> Next();
  // Bytes that Next has not given yet.
  size_t unread() const { return bytes_.size() - begin_; }

  // The bytes of messages that Next has given, but for those that were released before.
  size_t Release();
  // All bytes that were added, as far as they were not released: for a reader who waits for the
  // rest of a message, however large.
  size_t ReleaseAll();

 private:
  std::string bytes_;
  size_t begin_ = 0;
  size_t unreleased_ = 0;
};

}  // namespace salesops::gateway
