// Every method × every declared field rule broken: all violations are reported together, and the
// handler is never reached, so that nothing can have been written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"
#include "shared/rpc/binding.h"
#include "shared/service/validate.h"
#include "shared/status/status.h"
#include "shared/testing/in_process_server.h"
#include "tests/contract/contracts.h"
#include "tests/contract/violations.h"

namespace salesops {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// A value message may be reported as a whole or by its part: "amount.currency_code".
bool Reports(const std::set<std::string>& reported, const std::string& field) {
  auto found = reported.lower_bound(field);
  return found != reported.end() &&
         (*found == field || found->compare(0, field.size() + 1, field + ".") == 0);
}

class FieldRulesTest : public ::testing::Test {
 protected:
  FieldRulesTest() {
    std::vector<rpc::Binding> bindings;
    for (const std::string& name : contract::ProtoServices()) {
      rpc::Binding binding(name);
      for (int i = 0; i < binding.service()->method_count(); ++i) {
        const MethodDescriptor* method = binding.service()->method(i);
        if (method->client_streaming()) {
          binding.ExchangeMessages(method->name().c_str(), [](rpc::CallContext&) {
            return absl::StatusOr<rpc::internal::ErasedHandle>(absl::UnimplementedError("import"));
          });
        } else if (method->server_streaming()) {
          binding.ServerStreamMessages(
              method->name().c_str(), [this](rpc::CallContext&, const auto&) {
                ++reached_;
                return absl::StatusOr<rpc::internal::ErasedNext>(absl::InternalError("reached"));
              });
        } else {
          binding.UnaryMessages(method->name().c_str(), [this](auto&, const auto&, auto*) {
            ++reached_;
            return absl::InternalError("reached");
          });
        }
      }
      bindings.push_back(std::move(binding));
    }
    testing::InProcessServer::Options options;
    options.dependencies.validate = service::Validate;
    server_ = std::make_unique<testing::InProcessServer>(std::move(bindings), std::move(options));
  }

  absl::Status Send(const MethodDescriptor* method, const google::protobuf::Message& request) {
    const std::string path = absl::StrCat("/", method->service()->full_name(), "/", method->name());
    const auto* prototype =
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->output_type());
    if (method->server_streaming()) {
      return server_->channel().Stream(path, request, *prototype,
                                       testing::InProcessServer::As("admin"),
                                       [](const auto&) { return true; });
    }
    std::unique_ptr<google::protobuf::Message> response(prototype->New());
    return server_->channel().Call(path, request, response.get(),
                                   testing::InProcessServer::As("admin"));
  }

  std::atomic<int> reached_ = 0;
  std::unique_ptr<testing::InProcessServer> server_;
};

TEST_F(FieldRulesTest, EveryBrokenRuleOfEveryMethodIsReportedTogether) {
  int methods = 0, requests = 0, rules = 0;
  for (const std::string& name : contract::ProtoServices()) {
    const ServiceDescriptor* service = DescriptorPool::generated_pool()->FindServiceByName(name);
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      if (method->client_streaming()) continue;  // imports report failures row by row
      ++methods;
      for (const contract::BadRequest& bad : contract::BadRequests(method->input_type())) {
        ++requests;
        const absl::Status status = Send(method, *bad.request);
        ASSERT_EQ(status.code(), absl::StatusCode::kInvalidArgument)
            << method->full_name() << "\n"
            << status << "\n"
            << bad.request->ShortDebugString();
        std::set<std::string> reported;
        const base::Violations violations = status::ViolationsOf(status);
        for (const base::Violation& v : violations.list()) {
          // A long error keeps its words for the first ones (shared/status/grpc_status.cc).
          EXPECT_TRUE(!v.message.empty() || reported.size() >= 10) << v.field;
          reported.insert(v.field);
        }
        for (const std::string& field : bad.fields) {
          ++rules;
          EXPECT_TRUE(Reports(reported, field))
              << method->full_name() << " does not report " << field << " of\n"
              << bad.request->ShortDebugString().substr(0, 2000) << "\nbut "
              << absl::StrJoin(reported, ", ");
        }
      }
    }
  }
  EXPECT_EQ(reached_, 0);
  EXPECT_GE(methods, 100);
  std::printf("%d methods, %d requests, %d broken rules\n", methods, requests, rules);
}

}  // namespace
}  // namespace salesops
