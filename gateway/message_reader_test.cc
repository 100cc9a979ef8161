#include "gateway/message_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "gateway/grpc_wire.h"

namespace salesops::gateway {
namespace {

RC_GTEST_PROP(MessageReader, MessagesComeOutHoweverTheyAreCut,
              (const std::vector<std::string>& messages)) {
  std::string bytes;
  for (const std::string& message : messages) bytes += FrameMessage(message);
  MessageReader reader;
  std::vector<std::string> read;
  size_t released = 0;
  absl::string_view rest = bytes;
  while (!rest.empty()) {
    const size_t n = *rc::gen::inRange<size_t>(1, rest.size() + 1);
    reader.Add(rest.substr(0, n));
    rest.remove_prefix(n);
    while (const auto message = reader.Next()) {
      RC_ASSERT(!message->compressed);
      read.emplace_back(message->bytes);
    }
    released += reader.Release();
    RC_ASSERT(released + rest.size() + reader.unread() == bytes.size());
  }
  RC_ASSERT(read == messages);
  RC_ASSERT(reader.unread() == 0u);
}

TEST(MessageReader, SaysWhatIsCompressed) {
  MessageReader reader;
  reader.Add(absl::string_view("\1\0\0\0\1x\0\0\0\0\0", 11));
  const auto first = reader.Next();
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->compressed);
  EXPECT_EQ(first->bytes, "x");
  const auto second = reader.Next();
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->compressed);
  EXPECT_EQ(second->bytes, "");
  EXPECT_FALSE(reader.Next());
}

TEST(MessageReader, BytesAreReleasedWithTheirMessageAndOnce) {
  MessageReader reader;
  const std::string message = FrameMessage(std::string(100, 'm'));
  reader.Add(message + message.substr(0, 50));
  EXPECT_EQ(reader.Release(), 0u) << "nothing has been read";
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.Release(), 105u);
  EXPECT_EQ(reader.Release(), 0u);
  ASSERT_FALSE(reader.Next());
  // The rest of the second may only come if what is here of it is let go.
  EXPECT_EQ(reader.ReleaseAll(), 50u);
  reader.Add(message.substr(50));
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.Release(), 55u);
}

}  // namespace
}  // namespace salesops::gateway
