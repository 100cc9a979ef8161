// What is a product's own: its code, its price and the days on which it is sold.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/product.pb.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::PartlyEqualsProto;
using testing::StatusIs;

class PipelineProducts : public PipelineServerTest {
 protected:
  absl::StatusOr<v1::Product> Create(const std::string& id, const std::string& more) {
    return pipeline_.Call<v1::Product>(
        "ProductService/CreateProduct",
        absl::StrCat("product_id: '", id, "' product { display_name: '", id, "' ", more, " }"));
  }
  std::vector<std::string> Names(const std::string& request) {
    std::vector<std::string> names;
    const auto listed =
        pipeline_.Call<v1::ListProductsResponse>("ProductService/ListProducts", request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (listed.ok()) {
      for (const v1::Product& product : listed->products()) {
        names.push_back(product.name().substr(9));
      }
    }
    return names;
  }
};

TEST_F(PipelineProducts, ACodeIsUniqueUnlessEmpty) {
  ASSERT_OK(Create("a", "code: 'GTX'"));
  EXPECT_THAT(Create("b", "code: 'GTX'"), StatusIs(StatusCode::kAlreadyExists));
  ASSERT_OK(Create("c", "code: 'gtx'"));
  ASSERT_OK(Create("d", ""));
  ASSERT_OK(Create("e", ""));
  EXPECT_THAT(Names("filter: 'code = \"GTX\"'"), ElementsAre("a"));
  EXPECT_THAT(Names("order_by: 'code, name'"), ElementsAre("d", "e", "a", "c"));
  // The code of an earlier version is no obstacle to having it again.
  ASSERT_OK(pipeline_.Call<v1::Product>("ProductService/UpdateProduct",
                                        "product { name: 'products/a' code: 'RTX' }"));
  EXPECT_OK(Create("f", "code: 'GTX'"));
}

TEST_F(PipelineProducts, APriceKeepsItsCurrencyAndDigits) {
  ASSERT_OK_AND_ASSIGN(
      const v1::Product cny,
      Create("cny", "list_price { currency_code: 'CNY' units: 4800 nanos: 500000000 }"));
  EXPECT_THAT(
      cny, PartlyEqualsProto("list_price { currency_code: 'CNY' units: 4800 nanos: 500000000 }"));
  ASSERT_OK(Create("usd", "list_price { currency_code: 'USD' units: 700 }"));
  ASSERT_OK(Create("none", ""));
  EXPECT_THAT(Names("filter: 'list_price.currency_code = \"CNY\" AND list_price > 1000'"),
              ElementsAre("cny"));
  EXPECT_THAT(Names("filter: 'list_price.currency_code = \"元\"'"), IsEmpty());
  EXPECT_THAT(Names("order_by: 'list_price desc'"), ElementsAre("cny", "usd", "none"));
  EXPECT_THAT(Create("x", "list_price { currency_code: 'CNY' units: -1 }"),
              HasViolation("product.list_price", "OUT_OF_RANGE"));
}

TEST_F(PipelineProducts, IsSoldFromItsStartUntilBeforeItsEnd) {
  ASSERT_OK(Create("always", ""));
  ASSERT_OK(Create("march",
                   "start_date { year: 2026 month: 3 day: 1 } "
                   "end_date { year: 2026 month: 4 day: 1 }"));
  const auto on = [&](int month, int day) {
    return Names(absl::StrCat("effective_date { year: 2026 month: ", month, " day: ", day, " }"));
  };
  EXPECT_THAT(on(2, 28), ElementsAre("always"));
  EXPECT_THAT(on(3, 1), ElementsAre("always", "march"));
  EXPECT_THAT(on(3, 31), ElementsAre("always", "march"));
  EXPECT_THAT(on(4, 1), ElementsAre("always"));
  EXPECT_THAT(Names("filter: 'end_date < \"2026-05-01\"'"), ElementsAre("march"));
  const auto exported = pipeline_.Export("ProductService/ExportProducts",
                                         "effective_date { year: 2026 month: 5 day: 1 }");
  ASSERT_OK(exported);
  EXPECT_EQ(static_cast<const v1::ExportProductsResponse&>(*exported->front()).products_size(), 1);

  EXPECT_THAT(Create("x",
                     "start_date { year: 2026 month: 3 day: 1 } "
                     "end_date { year: 2026 month: 3 day: 1 }"),
              HasViolation("product.end_date", "BAD_RANGE"));
  EXPECT_THAT(pipeline_.Call<v1::Product>(
                  "ProductService/UpdateProduct",
                  "product { name: 'products/march' end_date { year: 2026 month: 2 day: 1 } }"),
              HasViolation("product.end_date", "BAD_RANGE"));
}

}  // namespace
}  // namespace salesops::pipeline
