#include "shared/status/grpc_status.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "shared/status/status.h"

namespace salesops::status {
namespace {

base::Violations ManyViolations(int n) {
  base::Violations violations;
  for (int i = 0; i < n; ++i) {
    violations.Add("requests[" + std::to_string(i) + "].opportunity.amount", "OUT_OF_RANGE",
                   "金额必须大于零");
  }
  return violations;
}

// A server that answers every call with one status, and a client of it.
class OneAnswer final : public grpc::CallbackGenericService {
 public:
  explicit OneAnswer(grpc::Status answer) : answer_(std::move(answer)) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                   grpc::InsecureChannelCredentials());
  }
  ~OneAnswer() override { server_->Shutdown(); }

  grpc::Status Call() {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    const grpc::Slice empty("");
    grpc::ByteBuffer request(&empty, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, "/x.Y/Z", {}, &request, &response,
                   [&](grpc::Status s) { done.set_value(std::move(s)); });
    return done.get_future().get();
  }

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(const grpc::Status& answer) { Finish(answer); }
    void OnDone() override { delete this; }
  };
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Reactor(answer_);
  }

  grpc::Status answer_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST(GrpcStatusTest, RoundTripsWithEveryDetail) {
  for (const absl::Status& status :
       {absl::OkStatus(), NotFound("accounts/7"), InvalidArgument(ManyViolations(3)),
        Exhausted("QUEUE_FULL", "wait", absl::Milliseconds(1500))}) {
    EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  }
}

TEST(GrpcStatusTest, KeepsLogDetailsBack) {
  const grpc::Status sent = ToGrpc(Internal("SELECT secret"));
  EXPECT_EQ(sent.error_details().find("secret"), std::string::npos);
  EXPECT_EQ(LogDetail(FromGrpc(sent)), "");
}

TEST(GrpcStatusTest, TakesAPlainStatus) {
  const absl::Status status = FromGrpc(grpc::Status(grpc::UNAVAILABLE, "no route"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "no route");
}

TEST(GrpcStatusTest, DoesNotBelieveDetailsThatContradictTheCode) {
  const std::string details = ToProto(NotFound("accounts/7")).SerializeAsString();
  const absl::Status status = FromGrpc(grpc::Status(grpc::PERMISSION_DENIED, "no", details));
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Reason(status), "");
  EXPECT_EQ(FromGrpc(grpc::Status(grpc::PERMISSION_DENIED, "no", "\xff\xff")).message(), "no");
}

TEST(GrpcStatusTest, ArrivesAtAClientWithDefaultLimits) {
  OneAnswer server(ToGrpc(InvalidArgument(ManyViolations(500))));
  const absl::Status received = FromGrpc(server.Call());
  EXPECT_EQ(received.code(), absl::StatusCode::kInvalidArgument) << received;
  EXPECT_EQ(Reason(received), "INVALID_FIELDS");
  EXPECT_GE(ViolationsOf(received).list().size(), 30u);
  EXPECT_EQ(ViolationsOf(received).list()[0], ManyViolations(1).list()[0]);
}

TEST(GrpcStatusTest, TheLastViolationsLoseTheirWordsBeforeAnyIsLeftOut) {
  const base::Violations many = ManyViolations(70);
  const auto received = ViolationsOf(FromGrpc(ToGrpc(InvalidArgument(many)))).list();
  ASSERT_EQ(received.size(), 70u);
  EXPECT_EQ(received[0], many.list()[0]);
  EXPECT_EQ(received[69].field, many.list()[69].field);
  EXPECT_EQ(received[69].reason, many.list()[69].reason);
  EXPECT_EQ(received[69].message, "");
}

TEST(GrpcStatusTest, UnmetPreconditionsFitTheSameWay) {
  std::vector<Precondition> unmet;
  for (int i = 0; i < 70; ++i) {
    unmet.push_back({"FIELD_MISSING", "offer/entry/c" + std::to_string(i), std::string(60, 'x')});
  }
  const google::rpc::Status proto =
      ToProto(FromGrpc(ToGrpc(FailedPrecondition("GATE_NOT_MET", "opportunities/7", "no", unmet))));
  google::rpc::PreconditionFailure failure;
  for (const auto& any : proto.details()) any.UnpackTo(&failure);
  ASSERT_EQ(failure.violations_size(), 70);
  EXPECT_EQ(failure.violations(69).subject(), "offer/entry/c69");
}

TEST(GrpcStatusTest, CutsLongMessagesAtACharacter) {
  std::string message;
  for (int i = 0; i < 5000; ++i) message += "额";
  const grpc::Status sent = ToGrpc(Make(absl::StatusCode::kInternal, "X", message));
  EXPECT_LE(sent.error_message().size(), 1100u);
  EXPECT_EQ(sent.error_message().size() % 3, 0u);
  OneAnswer server(sent);
  EXPECT_EQ(Reason(FromGrpc(server.Call())), "X");
}

TEST(GrpcStatusTest, KeepsTheReasonWhateverElseIsTooLong) {
  const std::string huge(100'000, 'x');
  for (const absl::Status& status :
       {FailedPrecondition("STAGE_CLOSED", "opportunities/7", huge),
        Make(absl::StatusCode::kFailedPrecondition, "STAGE_CLOSED", "m", {{"k", huge}})}) {
    OneAnswer server(ToGrpc(status));
    const absl::Status received = FromGrpc(server.Call());
    EXPECT_EQ(received.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(Reason(received), "STAGE_CLOSED");
  }
}

}  // namespace
}  // namespace salesops::status
