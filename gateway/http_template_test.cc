#include "gateway/http_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace salesops::gateway {
namespace {

// One line per template: segments, variables with their range, verb.
std::string Show(const HttpTemplate& t) {
  std::string text;
  for (const TemplateSegment& s : t.segments()) {
    absl::StrAppend(&text, "/",
                    s.kind == TemplateSegment::Kind::kLiteral ? s.literal
                    : s.kind == TemplateSegment::Kind::kOne   ? "*"
                                                              : "**");
  }
  for (const TemplateVariable& v : t.variables()) {
    absl::StrAppend(&text, " ", absl::StrJoin(v.field_path, "."), "[", v.begin, ",", v.end, ")",
                    v.multi_segment ? "+" : "");
  }
  if (!t.verb().empty()) absl::StrAppend(&text, " :", t.verb());
  return text;
}

struct Case {
  const char* text;
  const char* shown;
};

class GoodTemplate : public testing::TestWithParam<Case> {};

TEST_P(GoodTemplate, IsParsed) {
  const auto parsed = HttpTemplate::Parse(GetParam().text);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(Show(*parsed), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    All, GoodTemplate,
    testing::Values(Case{"/v1/accounts", "/v1/accounts"}, Case{"/v1/*", "/v1/*"},
                    Case{"/v1/**", "/v1/**"}, Case{"/**", "/**"},
                    Case{"/v1/{name}", "/v1/* name[1,2)"}, Case{"/v1/{name=*}", "/v1/* name[1,2)"},
                    Case{"/v1/{name=**}", "/v1/** name[1,2)+"},
                    Case{"/v1/{name=accounts/*}", "/v1/accounts/* name[1,3)+"},
                    Case{"/v1/{name=files/**}:read", "/v1/files/** name[1,3)+ :read"},
                    Case{"/v1/{a.b.c=x/*}/{d}", "/v1/x/*/* a.b.c[1,3)+ d[3,4)"},
                    Case{"/v1/{parent=books/*}/pages/{page}:turn",
                         "/v1/books/*/pages/* parent[1,3)+ page[4,5) :turn"},
                    Case{"/v1/a%20b", "/v1/a b"},
                    Case{"/v1/a-b._~!$&'()+,;@", "/v1/a-b._~!$&'()+,;@"},
                    Case{"/v1/{x=a}", "/v1/a x[1,2)"},
                    Case{"/v1/accounts:batchGet", "/v1/accounts :batchGet"}));

class BadTemplate : public testing::TestWithParam<const char*> {};

TEST_P(BadTemplate, IsRefused) {
  const auto parsed = HttpTemplate::Parse(GetParam());
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(All, BadTemplate,
                         testing::Values("", "v1", "/", "//", "/v1/", "/v1//a", "/v1/{", "/v1/{}",
                                         "/v1/{a", "/v1/{a=}", "/v1/{a=*", "/v1/{a=*/}", "/v1/{1a}",
                                         "/v1/{a.}", "/v1/{a..b}", "/v1/**/x", "/v1/{a=**}/x",
                                         "/v1/{a=**/x}", "/v1/***", "/v1/*a", "/v1/a*", "/v1/{a}b",
                                         "/v1/{a={b}}", "/v1/{a}/{a}", "/v1/x:", "/v1/x:y:z",
                                         "/v1/x:y/z", "/v1/x?y", "/v1/x#y", "/v1/%zz", "/v1/%f",
                                         "/v1/%ff", "/v1/x y", "/v1/x:{y}"));

}  // namespace
}  // namespace salesops::gateway
