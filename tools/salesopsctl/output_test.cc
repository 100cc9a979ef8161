#include "tools/salesopsctl/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sstream>

#include "google/protobuf/text_format.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "tools/salesopsctl/csv.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/table.h"

namespace salesops::ctl {
namespace {

using pipeline::v1::Account;
using pipeline::v1::Opportunity;

Opportunity Deal(const std::string& text) {
  Opportunity deal;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &deal));
  return deal;
}

const char kDeal[] = R"(
    name: "opportunities/7" display_name: "Solar, \"big\"" state: STATE_OPEN
    amount { currency_code: "CNY" units: 1234567 nanos: 500000000 }
    open_date { year: 2026 month: 3 day: 1 }
    create_time { seconds: 1770000000 nanos: 123456000 }
    external_keys { source: "crm" key: "a" } external_keys { source: "erp" key: "b" }
    attributes { key: "product" value { string_value: "GTX" } })";

std::string Written(Format format, const std::vector<std::string>& fields,
                    const std::vector<Opportunity>& rows) {
  std::ostringstream out;
  auto writer = MakeRowWriter(format, fields, out);
  for (const Opportunity& row : rows) writer->Add(row);
  writer->EndPage();
  writer->Finish();
  return out.str();
}

TEST(OutputTest, ATableIsForPeople) {
  EXPECT_EQ(Written(Format::kTable, {"name", "state", "amount", "external_keys"}, {Deal(kDeal)}),
            "name             state  amount            external_keys\n"
            "opportunities/7  OPEN   1,234,567.50 CNY  2 items\n");
}

TEST(OutputTest, CsvIsExact) {
  EXPECT_EQ(
      Written(Format::kCsv,
              {"display_name", "state", "amount", "open_date", "create_time", "external_keys",
               "attributes.product", "attributes.none"},
              {Deal(kDeal)}),
      "display_name,state,amount,open_date,create_time,external_keys,attributes.product,"
      "attributes.none\n"
      "\"Solar, \"\"big\"\"\",STATE_OPEN,1234567.50 CNY,2026-03-01,2026-02-02T02:40:00.123456Z,"
      "\"[{\"\"source\"\":\"\"crm\"\",\"\"key\"\":\"\"a\"\"},{\"\"source\"\":\"\"erp\"\","
      "\"\"key\"\":\"\"b\"\"}]\",GTX,\n");
}

TEST(OutputTest, CsvWithoutFieldsHasAllOfThem) {
  const std::string text = Written(Format::kCsv, {}, {Deal(kDeal)});
  const auto csv = ParseCsv(text);
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ(static_cast<int>(csv->header.size()), Opportunity::descriptor()->field_count());
}

TEST(OutputTest, JsonOfAListIsOneDocument) {
  EXPECT_EQ(Written(Format::kJson, {"name"}, {}), "[]\n");
  EXPECT_EQ(Written(Format::kJson, {"name"}, {Deal("name: 'a'"), Deal("name: 'b'")}),
            "[\n{\"name\":\"a\"},\n{\"name\":\"b\"}\n]\n");
  EXPECT_EQ(Written(Format::kJsonLines, {"name"}, {Deal("name: 'a'"), Deal("name: 'b'")}),
            "{\"name\":\"a\"}\n{\"name\":\"b\"}\n");
  EXPECT_EQ(Written(Format::kName, {}, {Deal("name: 'a'"), Deal("name: 'b'")}), "a\nb\n");
}

TEST(OutputTest, FieldsPickPathsOfJson) {
  EXPECT_EQ(Project(Deal(kDeal), {"amount.units", "attributes.product", "close_date"}).dump(),
            R"({"amount":{"units":"1234567"},"attributes":{"product":{"stringValue":"GTX"}}})");
}

TEST(OutputTest, OneResourceIsALinePerField) {
  std::ostringstream out;
  WriteOne(Format::kTable, {}, Deal("name: 'a' state: STATE_WON"), out);
  EXPECT_EQ(out.str(), "FIELD  VALUE\nname   a\nstate  WON\n");
}

TEST(OutputTest, LaterPagesWidenTheirColumns) {
  std::ostringstream out;
  auto writer = MakeRowWriter(Format::kTable, {"name", "state"}, out);
  writer->Add(Deal("name: 'a' state: STATE_WON"));
  writer->EndPage();
  writer->Add(Deal("name: 'abcdefgh' state: STATE_WON"));
  writer->EndPage();
  EXPECT_EQ(out.str(), "name  state\na     WON\nabcdefgh  WON\n");
}

TEST(OutputTest, ALineBreakDoesNotBreakTheTable) {
  EXPECT_EQ(Written(Format::kTable, {"display_name"}, {Deal("display_name: 'a\\nb'")}),
            "display_name\na b\n");
}

TEST(OutputTest, UnknownOutputsAndFieldsAreNamed) {
  EXPECT_EQ(ExitCodeOf(ParseFormat("xml").status()), ExitCode::kUsage);
  EXPECT_TRUE(CheckPath(Account::descriptor(), "annual_revenue.units").ok());
  EXPECT_TRUE(CheckPath(Account::descriptor(), "attributes.anything").ok());
  for (const std::string path : {"colour", "annual_revenue.colour", "display_name.first", ""}) {
    EXPECT_EQ(ExitCodeOf(CheckPath(Account::descriptor(), path)), ExitCode::kUsage) << path;
  }
}

RC_GTEST_PROP(OutputProperty, CsvIsReadBackAsItWas, ()) {
  std::vector<std::string> cells = *rc::gen::nonEmpty<std::vector<std::string>>();
  // Bytes that are no text would not be read.
  for (std::string& cell : cells) {
    for (char& c : cell) c = static_cast<char>(c & 0x7F);
  }
  std::string text;
  for (size_t i = 0; i < cells.size(); ++i) text += (i > 0 ? ",c" : "c") + std::to_string(i);
  const auto csv = ParseCsv(text + "\n" + CsvLine(cells));
  RC_ASSERT(csv.ok());
  const bool empty_line = cells.size() == 1 && cells[0].empty();
  RC_ASSERT(csv->rows.size() == (empty_line ? 0u : 1u));
  for (size_t i = 0; i < cells.size() && !empty_line; ++i) {
    RC_ASSERT(csv->rows[0].cells.at("c" + std::to_string(i)) == cells[i]);
  }
}

}  // namespace
}  // namespace salesops::ctl
