// The life of every plain resource of pipeline: created, read, listed, changed, archived, asked for
// as of a moment, exported, imported twice, and seen by those who may. What is a resource's own is
// in its own test file.
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shared/resource/message_fields.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using absl::StatusCode;
using google::protobuf::Message;
using resource::GetInt;
using resource::GetString;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasReason;
using testing::HasViolation;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kUuid[] = "0c2f3a52-7e0c-4b52-9d0e-1f5a4d3c2b1a";

struct Life {
  std::string type;   // "Product"
  std::string one;    // "product"
  std::string field;  // a text field of its own that a list filters by
  std::string more;   // other fields of a create
  bool has_owner = false;
  std::string first = "甲", second = "乙";  // values of the field
  std::string table = "";                   // if it is not called as the resource
  std::string needed = "";                  // what every create must say besides display_name
  bool only_replaced = false;               // its history holds no current versions
};

std::ostream& operator<<(std::ostream& out, const Life& life) { return out << life.type; }

class PipelineLife : public PipelineServerTest, public ::testing::WithParamInterface<Life> {
 protected:
  using Answer = absl::StatusOr<std::unique_ptr<Message>>;

  // "$One", "$ones", "$one" and "$field" of a text are the kind's.
  static std::string Fill(const std::string& text) {
    return absl::StrReplaceAll(text, {{"$One", GetParam().type},
                                      {"$Ones", Plural(GetParam().type)},
                                      {"$ones", Plural(GetParam().one)},
                                      {"$one", GetParam().one},
                                      {"$needed", GetParam().needed},
                                      {"$field", GetParam().field},
                                      {"$more", GetParam().more},
                                      {"$first", GetParam().first},
                                      {"$second", GetParam().second}});
  }
  static std::string Plural(const std::string& one) {
    const bool y = one.back() == 'y';
    return absl::StrCat(y ? one.substr(0, one.size() - 1) : one, y ? "ies" : "s");
  }
  // Rows of the history once one record has had two versions.
  static int64_t HistoryOfTwo() { return GetParam().only_replaced ? 1 : 2; }
  static std::string Table() {
    return GetParam().table.empty() ? GetParam().one : GetParam().table;
  }
  Answer Call(const std::string& method, const std::string& request,
              const std::string& user = "admin") {
    return pipeline_.CallByName(Fill("$OneService/" + method), Fill(request), user);
  }
  Answer Create(const std::string& id, const std::string& more = "",
                const std::string& user = "admin") {
    return Call(
        "Create$One",
        absl::StrCat("$one_id: '", id, "' $one { $needed display_name: '", id, "' ", more, " }"),
        user);
  }
  Answer Get(const std::string& id, const std::string& more = "",
             const std::string& user = "admin") {
    return Call("Get$One", absl::StrCat("name: '$ones/", id, "' ", more), user);
  }
  static std::vector<std::string> NamesIn(const Message& response) {
    std::vector<std::string> names;
    const auto* list = response.GetDescriptor()->FindFieldByName(Fill("$ones"));
    for (int i = 0; i < response.GetReflection()->FieldSize(response, list); ++i) {
      const std::string name =
          GetString(response.GetReflection()->GetRepeatedMessage(response, list, i), "name");
      names.push_back(name.substr(name.find('/') + 1));
    }
    return names;
  }
  std::vector<std::string> Names(const std::string& request, const std::string& user = "admin") {
    const Answer listed = Call("List$Ones", request, user);
    EXPECT_TRUE(listed.ok()) << listed.status();
    return listed.ok() ? NamesIn(**listed) : std::vector<std::string>();
  }
  // The counts of the last reply: created, updated, unchanged, failed.
  std::vector<int64_t> Import(const std::string& rows) {
    const auto replies =
        pipeline_.Import(Fill("$OneService/Import$Ones"),
                         {"options { source: 'crm' }", Fill(absl::StrCat("batch { ", rows, " }"))});
    EXPECT_TRUE(replies.ok()) << replies.status();
    if (!replies.ok()) return {};
    const Message& last = *replies->back();
    return {GetInt(last, "created_count"), GetInt(last, "updated_count"),
            GetInt(last, "unchanged_count"), GetInt(last, "failed_count")};
  }
};

TEST_P(PipelineLife, CreateAnswersWhatGetReads) {
  const Answer created = Create("a",
                                "$more $field: '$first' external_keys { source: 'crm' key: 'K1' } "
                                "attributes { key: 'tier' value { string_value: 'gold' } }");
  ASSERT_OK(created);
  EXPECT_EQ(GetString(**created, "name"), Fill("$ones/a"));
  EXPECT_EQ(GetString(**created, "etag"), "1");
  EXPECT_EQ(GetString(**created, GetParam().field.c_str()), GetParam().first);
  const Answer read = Get("a");
  ASSERT_OK(read);
  EXPECT_EQ(testing::ProtoDifference(**read, **created, testing::ProtoScope::kWhole), "");
  EXPECT_THAT(Create("a"), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_THAT(Create("b", "external_keys { source: 'crm' key: 'K1' }"),
              StatusIs(StatusCode::kAlreadyExists));
  EXPECT_THAT(Get("absent"), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Call("Create$One", "$one { etag: '1' }"),
              AllOf(StatusIs(StatusCode::kInvalidArgument),
                    HasViolation(Fill("$one.display_name"), "REQUIRED")));
}

TEST_P(PipelineLife, AListFiltersOrdersAndPages) {
  for (const char* id : {"a", "b", "c", "d"}) {
    ASSERT_OK(
        Create(id, absl::StrCat("$field: '", id == std::string("b") ? "$second" : "$first", "'")));
  }
  EXPECT_THAT(Names(""), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(Names("order_by: 'display_name desc'"), ElementsAre("d", "c", "b", "a"));
  EXPECT_THAT(Names("order_by: '$field desc, name'"), SizeIs(4));
  EXPECT_THAT(Names("filter: '$field = \"$first\" AND display_name != \"C\"'"),
              ElementsAre("a", "d"));
  EXPECT_THAT(Call("List$Ones", "filter: 'nothing = 1'"), HasViolation("filter"));
  std::vector<std::string> seen;
  std::string token;
  do {
    const Answer page = Call(
        "List$Ones", absl::StrCat("page_size: 3 order_by: '$field' page_token: '", token, "'"));
    ASSERT_OK(page);
    for (const std::string& name : NamesIn(**page)) seen.push_back(name);
    token = GetString(**page, "next_page_token");
  } while (!token.empty());
  EXPECT_THAT(std::set<std::string>(seen.begin(), seen.end()), SizeIs(4));
  EXPECT_THAT(seen, SizeIs(4));
  const Answer batch = Call("BatchGet$Ones", "names: ['$ones/d', '$ones/a']");
  ASSERT_OK(batch);
  EXPECT_THAT(NamesIn(**batch), ElementsAre("d", "a"));
  EXPECT_THAT(Call("BatchGet$Ones", "names: ['$ones/d', '$ones/x']"),
              StatusIs(StatusCode::kNotFound));
}

TEST_P(PipelineLife, AnUpdateWithAnOldEtagIsRefused) {
  ASSERT_OK(Create("a", "$more $field: '$first'"));
  const std::string update =
      "$one { name: '$ones/a' etag: '1' $field: '$second' } update_mask { paths: '$field' }";
  const Answer updated = Call("Update$One", update);
  ASSERT_OK(updated);
  EXPECT_EQ(GetString(**updated, GetParam().field.c_str()), GetParam().second);
  EXPECT_EQ(GetString(**updated, "display_name"), "a");
  EXPECT_EQ(GetString(**updated, "etag"), "2");
  EXPECT_THAT(Call("Update$One", update),
              AllOf(StatusIs(StatusCode::kAborted), HasReason("ETAG_MISMATCH")));
  EXPECT_EQ(pipeline_.Count(Table() + "_history"), HistoryOfTwo());
  EXPECT_THAT(pipeline_.EventTypes(), ElementsAre(Fill("$OneCreated"), Fill("$OneUpdated")));
}

TEST_P(PipelineLife, AsOfAMomentTheAnswerIsWhatWasKnown) {
  ASSERT_OK(Create("a", "$field: '$first'"));
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  ASSERT_OK(Call("Update$One", "$one { name: '$ones/a' $field: '$second' }"));
  ASSERT_OK(Create("later"));
  const Answer read = Get("a", then);
  ASSERT_OK(read);
  EXPECT_EQ(GetString(**read, GetParam().field.c_str()), GetParam().first);
  EXPECT_EQ(GetString(**read, "etag"), "1");
  EXPECT_THAT(Names(then), ElementsAre("a"));
  EXPECT_THAT(Names(then + " filter: '$field = \"$second\"'"), IsEmpty());
  EXPECT_THAT(Names("filter: '$field = \"$second\"'"), ElementsAre("a"));
  const auto exported = pipeline_.Export(Fill("$OneService/Export$Ones"), then);
  ASSERT_OK(exported);
  ASSERT_THAT(*exported, SizeIs(1));
  EXPECT_THAT(NamesIn(*exported->front()), ElementsAre("a"));
  EXPECT_GT(GetInt(*exported->front(), "position"), 0);
}

TEST_P(PipelineLife, WhatIsArchivedIsHiddenAndDoesNotChange) {
  ASSERT_OK(Create("a"));
  const Answer archived = Call("Archive$One", "name: '$ones/a' etag: '1'");
  ASSERT_OK(archived);
  EXPECT_NE(resource::GetMessage(**archived, "archive_time"), nullptr);
  EXPECT_THAT(Names(""), IsEmpty());
  EXPECT_THAT(Names("show_archived: true"), ElementsAre("a"));
  EXPECT_THAT(Call("Update$One", "$one { name: '$ones/a' $field: '$second' }"),
              AllOf(StatusIs(StatusCode::kFailedPrecondition), HasReason("ARCHIVED")));
  ASSERT_OK(Call("Unarchive$One", "name: '$ones/a'"));
  EXPECT_THAT(Names(""), ElementsAre("a"));
  EXPECT_THAT(pipeline_.EventTypes(),
              ElementsAre(Fill("$OneCreated"), Fill("$OneArchived"), Fill("$OneUnarchived")));
}

TEST_P(PipelineLife, OneRequestIdHasOneEffectAndATryNone) {
  const std::string request =
      absl::StrCat("request_id: '", kUuid, "' $one { $needed display_name: 'once' }");
  ASSERT_OK(Call("Create$One", request + " validate_only: true"));
  EXPECT_EQ(pipeline_.Count(Table()), 0);
  const Answer first = Call("Create$One", request);
  const Answer second = Call("Create$One", request);
  ASSERT_OK(first);
  ASSERT_OK(second);
  EXPECT_EQ(GetString(**first, "name"), GetString(**second, "name"));
  EXPECT_EQ(pipeline_.Count(Table()), 1);
  const Answer batch = Call("BatchCreate$Ones",
                            "requests { $one { $needed display_name: 'x' } } "
                            "requests { $one_id: 'y' $one { $needed display_name: 'y' } }");
  ASSERT_OK(batch);
  EXPECT_THAT(NamesIn(**batch), SizeIs(2));
  EXPECT_EQ(pipeline_.Count(Table()), 3);
}

TEST_P(PipelineLife, AnImportDoneTwiceChangesNothing) {
  const std::string rows =
      "rows { row_number: 1 $one { $needed display_name: '一' $field: '$first' $more "
      "  external_keys { source: 'crm' key: '1' } } } "
      "rows { row_number: 2 $one { $needed external_keys { source: 'crm' key: '2' } } } "
      "rows { row_number: 3 $one { $needed display_name: 'without a key' } } ";
  EXPECT_THAT(Import(rows), ElementsAre(1, 0, 0, 2));
  EXPECT_THAT(Import(rows), ElementsAre(0, 0, 1, 2));
  EXPECT_THAT(Import("rows { row_number: 1 $one { $needed display_name: '一' $field: '$second' "
                     "  external_keys { source: 'crm' key: '1' } } }"),
              ElementsAre(0, 1, 0, 0));
  EXPECT_EQ(pipeline_.Count(Table()), 1);
  EXPECT_EQ(pipeline_.Count(Table() + "_history"), HistoryOfTwo());
  EXPECT_THAT(Names("filter: '$field = \"$second\"'"), SizeIs(1));
}

TEST_P(PipelineLife, ALimitedCallerSeesAndChangesWhatIsItsOwn) {
  if (!GetParam().has_owner) {
    ASSERT_OK(Create("a"));
    EXPECT_THAT(Names("", "s1"), ElementsAre("a"));
    for (const Answer& refused :
         {Create("b", "", "s1"),
          Call("Update$One", "$one { name: '$ones/a' $field: '$second' }", "s1"),
          Call("Archive$One", "name: '$ones/a'", "s1")}) {
      EXPECT_THAT(refused, StatusIs(StatusCode::kPermissionDenied));
    }
    return;
  }
  ASSERT_OK(Create("mine", "owner: 'sellers/s1'"));
  ASSERT_OK(Create("theirs", "owner: 'sellers/s2'"));
  ASSERT_OK(Create("foreign", "owner: 'sellers/s3'"));
  ASSERT_OK(Create("nobodys"));
  EXPECT_THAT(Names("", "s1"), ElementsAre("mine", "nobodys"));
  EXPECT_THAT(Names("", "boss"), ElementsAre("mine", "nobodys", "theirs"));
  EXPECT_THAT(Names(""), SizeIs(4));
  for (const char* id : {"foreign", "absent"}) {
    EXPECT_THAT(Get(id, "", "s1"), StatusIs(StatusCode::kPermissionDenied)) << id;
  }
  const auto update = [&](const std::string& id, const std::string& fields) {
    return Call("Update$One", absl::StrCat("$one { name: '$ones/", id, "' ", fields, " }"), "s1");
  };
  EXPECT_OK(update("mine", "$field: '$second'"));
  for (const char* id : {"theirs", "foreign", "nobodys", "absent"}) {
    EXPECT_THAT(update(id, "$field: '$second'"), StatusIs(StatusCode::kPermissionDenied)) << id;
  }
  EXPECT_THAT(update("mine", "owner: 'sellers/s2'"), StatusIs(StatusCode::kPermissionDenied));
  const Answer own = Call("Create$One", "$one { $needed display_name: 'own' }", "s1");
  ASSERT_OK(own);
  EXPECT_EQ(GetString(**own, "owner"), "sellers/s1");
  EXPECT_THAT(Create("chosen", "", "s1"), StatusIs(StatusCode::kPermissionDenied));
  EXPECT_THAT(Create("e", "owner: 'sellers/nobody'"), HasViolation(Fill("$one.owner")));
}

INSTANTIATE_TEST_SUITE_P(
    Pipeline, PipelineLife,
    ::testing::Values(
        Life{"Account", "account", "industry", "website: 'https://acme.cn'", true},
        Life{"Product", "product", "category",
             "code: 'GTX-1' unit: '台' list_price { currency_code: 'CNY' units: 4800 } "
             "start_date { year: 2026 month: 1 day: 1 } description: '旗舰'"},
        Life{"Competitor", "competitor", "website", "strengths: '价格低' weaknesses: '服务慢'",
             false, "https://a.cn", "https://b.cn"},
        Life{"Contact", "contact", "title", "phone: '+86 10 1234' email: 'li@acme.cn'", true},
        Life{"Lead", "lead", "company", "need: '云平台' phone: '+86 10 1234' campaign: '2026'",
             true, "甲", "乙", "sales_lead"},
        Life{"Activity", "activity", "source",
             "direction: DIRECTION_INBOUND end_time { seconds: 1767229200 } "
             "participants { display_name: '王五' address: '+86 10 1234' } "
             "outcome: OUTCOME_AGREED outcome_note: '好' description: '谈了价格'",
             true, "甲", "乙", "", "kind: KIND_CALL start_time { seconds: 1767225600 }", true}),
    [](const auto& info) { return info.param.type; });

}  // namespace
}  // namespace salesops::pipeline
