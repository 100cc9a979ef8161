// Every method × every declared field rule broken, by HTTP through the gateway to real services:
// all violations are reported together, and no row is written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"
#include "tests/contract/contracts.h"
#include "tests/contract/http_request.h"
#include "tests/contract/violations.h"
#include "tests/stack/stack.h"

namespace salesops {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;

// A value message may be reported as a whole or by its part: "amount.currency_code".
bool Reports(const std::set<std::string>& reported, const std::string& field) {
  auto found = reported.lower_bound(field);
  return found != reported.end() &&
         (*found == field || found->compare(0, field.size() + 1, field + ".") == 0);
}

TEST(FieldRulesOverHttp, EveryBrokenRuleIsReportedAndNothingIsWritten) {
  stack::Stack stack(stack::Stack::Options{.performance_addresses = {"127.0.0.1"}});
  const stack::HttpClient http = stack.Http();
  auto written = [&] {
    int64_t rows = 0;
    for (const char* service : {"organization", "pipeline", "performance"}) {
      rows += stack.Number(service, "SELECT COUNT(*) FROM outbox");
      rows += stack.Number(service, "SELECT COUNT(*) FROM request");
    }
    return rows;
  };
  const int64_t before = written();
  int requests = 0, rules = 0;
  for (const std::string& name : contract::ProtoServices()) {
    const auto* service = DescriptorPool::generated_pool()->FindServiceByName(name);
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      if (method->client_streaming() || method->server_streaming()) continue;
      for (const contract::BadRequest& bad : contract::BadRequests(method->input_type())) {
        const std::optional<contract::HttpRequest> request = contract::ToHttp(method, bad);
        if (!request) continue;
        ++requests;
        const auto answer = http.SendText(request->method, request->target, request->body);
        ASSERT_EQ(answer.code, 400) << method->full_name() << " " << request->target << "\n"
                                    << request->body.substr(0, 1000) << "\n"
                                    << answer.body;
        const std::vector<std::string> list = answer.Violations();
        const std::set<std::string> reported(list.begin(), list.end());
        for (const std::string& field : request->fields) {
          ++rules;
          EXPECT_TRUE(Reports(reported, field))
              << method->full_name() << " does not report " << field << " of\n"
              << request->method << " " << request->target << "\n"
              << request->body.substr(0, 1000) << "\nbut " << absl::StrJoin(reported, ", ");
        }
      }
    }
  }
  EXPECT_GE(requests, 250);
  EXPECT_EQ(written(), before);
  std::printf("%d requests, %d broken rules over HTTP\n", requests, rules);
}

}  // namespace
}  // namespace salesops
