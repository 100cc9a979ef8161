#include "gateway/grpc_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "gateway/call_deadline.h"
#include "gateway/service_target.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

RC_GTEST_PROP(MessageMeter, CountsTheSameHoweverBytesAreCut, ()) {
  const auto messages =
      *rc::gen::container<std::vector<std::string>>(rc::gen::arbitrary<std::string>());
  std::string bytes;
  int64_t size = 0;
  for (const std::string& message : messages) {
    bytes += FrameMessage(message);
    size += static_cast<int64_t>(message.size());
  }
  MessageMeter meter(1 << 20);
  while (!bytes.empty()) {
    const size_t n = *rc::gen::inRange<size_t>(1, bytes.size() + 1);
    RC_ASSERT(meter.Take(bytes.substr(0, n)));
    bytes.erase(0, n);
  }
  RC_ASSERT(meter.messages() == static_cast<int64_t>(messages.size()));
  RC_ASSERT(meter.bytes() == size);
  RC_ASSERT(meter.between_messages());
}

TEST(MessageMeter, RefusesWhatIsTooLargeOrNoMessage) {
  EXPECT_TRUE(MessageMeter(3).Take(FrameMessage("abc")));
  EXPECT_FALSE(MessageMeter(3).Take(FrameMessage("abcd")));
  EXPECT_FALSE(MessageMeter(1 << 30).Take(std::string("\0\xff\xff\xff\xff", 5)));
  EXPECT_TRUE(MessageMeter(3).Take(std::string("\1\0\0\0\1z", 6)));
  EXPECT_FALSE(MessageMeter(3).Take(std::string("\2\0\0\0\1z", 6)));
  MessageMeter cut(10);
  EXPECT_TRUE(cut.Take(FrameMessage("abc").substr(0, 6)));
  EXPECT_FALSE(cut.between_messages());
  EXPECT_EQ(cut.messages(), 0);
}

RC_GTEST_PROP(PercentEncoding, ComesBack, (const std::string& text)) {
  const std::string encoded = PercentEncode(text);
  for (char c : encoded) RC_ASSERT(c >= 0x20 && c <= 0x7E);
  RC_ASSERT(PercentDecode(encoded) == text);
}

TEST(PercentEncoding, WhatIsNotEncodedStands) {
  EXPECT_EQ(PercentDecode("50% of %zz %4"), "50% of %zz %4");
  EXPECT_EQ(PercentDecode("%C3%a9%25"), "é%");
}

TEST(StatusFields, ComeBack) {
  const absl::Status status = status::Unavailable("AWAY", "gone – for 100 %", absl::Seconds(3));
  const StatusFields fields(status);
  EXPECT_EQ(fields.code, "14");
  HeaderList list;
  list.Add("grpc-status", fields.code);
  list.Add("grpc-message", fields.message);
  list.Add("grpc-status-details-bin", fields.details);
  const absl::Status read = ReadStatus(list);
  EXPECT_EQ(read, status);
  EXPECT_EQ(status::Reason(read), "AWAY");
  EXPECT_EQ(status::RetryDelay(read), absl::Seconds(3));
}

TEST(StatusFields, WhatCannotBeReadIsUnknown) {
  for (const char* code : {"", "x", "-1", "17", "99999999999"}) {
    HeaderList list;
    list.Add("grpc-status", code);
    EXPECT_EQ(ReadStatus(list).code(), absl::StatusCode::kUnknown) << code;
  }
  HeaderList list;
  list.Add("grpc-status", "5");
  list.Add("grpc-status-details-bin", "!not base64!");
  EXPECT_EQ(ReadStatus(list).code(), absl::StatusCode::kNotFound);
}

RC_GTEST_PROP(GrpcTimeout, IsNeverLongerThanAsked, ()) {
  const auto timeout = absl::Microseconds(*rc::gen::inRange<int64_t>(1, int64_t{1} << 50));
  const std::string text = FormatGrpcTimeout(timeout);
  const auto read = ParseGrpcTimeout(text);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read <= timeout);
  RC_ASSERT(*read >= timeout * 0.999 - absl::Seconds(1) || timeout > absl::Hours(27000));
}

TEST(GrpcTimeout, TimeThatIsOverIsTheShortest) {
  EXPECT_EQ(FormatGrpcTimeout(absl::ZeroDuration()), "1u");
  EXPECT_EQ(FormatGrpcTimeout(-absl::Seconds(5)), "1u");
  EXPECT_EQ(FormatGrpcTimeout(absl::Seconds(30)), "30000000u");
}

TEST(ServiceTarget, Forms) {
  const auto name = ServiceTarget::Parse("dns:///pipeline.salesops:9000");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name->host, "pipeline.salesops");
  EXPECT_EQ(name->port, "9000");
  EXPECT_EQ(name->authority, "pipeline.salesops:9000");
  EXPECT_TRUE(name->addresses.empty());
  EXPECT_EQ(ServiceTarget::Parse("127.0.0.1:1")->addresses.size(), 1u);
  EXPECT_EQ(ServiceTarget::Parse("[::1]:9000")->host, "::1");
  const auto list = ServiceTarget::Parse("ipv4:127.0.0.1:1,127.0.0.2:2");
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->addresses.size(), 2u);
  EXPECT_EQ(list->addresses[1].port(), 2);
  EXPECT_EQ(ServiceTarget::Parse("ipv6:[::1]:1,[::2]:2")->addresses.size(), 2u);
  for (const char* bad : {"", "host", ":9", "host:", "host:0", "host:65536", "host:x", "ipv4:a:1",
                          "ipv4:", "[::1:9"}) {
    EXPECT_FALSE(ServiceTarget::Parse(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace salesops::gateway
