// The same calls by HTTP to one suite and by gRPC to another: the callers get the same answers, and
// both databases hold the same afterwards. Random programs over every rpc that is one request and
// one answer; what must differ (times, generated ids, tokens) is blanked on both sides.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gateway/error_body.h"
#include "google/api/annotations.pb.h"
#include "re2/re2.h"
#include "shared/status/status.h"
#include "tests/door/http_spelling.h"
#include "tests/door/plausible_message.h"
#include "tests/stack/stack.h"

namespace salesops::door {
namespace {

using google::api::HttpRule;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

const google::protobuf::MessageFactory& Generated() {
  return *google::protobuf::MessageFactory::generated_factory();
}

std::unique_ptr<Message> New(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(
      const_cast<google::protobuf::MessageFactory&>(Generated()).GetPrototype(type)->New());
}

// ---- what must differ between two suites

std::string Blanked(std::string text) {
  static const RE2 kTime(R"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?)");
  static const RE2 kUuid("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  static const RE2 kTrace(R"(\b[0-9a-f]{32}\b)");
  static const RE2 kGenerated(R"(\b[a-z2-7]{20}\b)");
  static const RE2 kMicros(R"re(_us":\d{16})re");  // times within a JSON column
  RE2::GlobalReplace(&text, kTime, "TIME");
  RE2::GlobalReplace(&text, kUuid, "UUID");
  RE2::GlobalReplace(&text, kTrace, "TRACE");
  RE2::GlobalReplace(&text, kGenerated, "ID");
  RE2::GlobalReplace(&text, kMicros, "_us\":TIME");
  return text;
}

void Blank(Message& message) {
  const auto& r = *message.GetReflection();
  if (message.GetDescriptor()->full_name() == "google.protobuf.Timestamp") {
    message.Clear();
    return r.SetInt64(&message, message.GetDescriptor()->FindFieldByNumber(1), 1);
  }
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? r.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Blank(field->is_repeated() ? *r.MutableRepeatedMessage(&message, field, i)
                                   : *r.MutableMessage(&message, field));
      } else if (field->type() == FieldDescriptor::TYPE_STRING) {
        const bool token = field->name() == "next_page_token" || field->name() == "traceparent" ||
                           field->name() == "trace_id";
        if (field->is_repeated()) {
          r.SetRepeatedString(&message, field, i, Blanked(r.GetRepeatedString(message, field, i)));
        } else {
          r.SetString(&message, field, token ? "TOKEN" : Blanked(r.GetString(message, field)));
        }
      }
    }
  }
}

// Names in the order of their ids, some of which are generated.
void SortNames(Message& message, const FieldDescriptor* field) {
  const auto& r = *message.GetReflection();
  std::vector<std::string> names;
  for (int i = 0; i < r.FieldSize(message, field); ++i) {
    names.push_back(r.GetRepeatedString(message, field, i));
  }
  const auto generated = [](const std::string& name) { return absl::EndsWith(name, "/ID"); };
  if (std::none_of(names.begin(), names.end(), generated)) return;
  std::sort(names.begin(), names.end());
  for (size_t i = 0; i < names.size(); ++i) {
    r.SetRepeatedString(&message, field, static_cast<int>(i), names[i]);
  }
}

// What is listed by generated names comes in an order of its own in each suite.
void SortGenerated(Message& message) {
  const auto& r = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (!field->is_repeated() || field->is_map()) continue;
    if (field->type() == FieldDescriptor::TYPE_STRING) SortNames(message, field);
    if (field->message_type() == nullptr) continue;
    for (int i = 0; i < r.FieldSize(message, field); ++i) {
      SortGenerated(*r.MutableRepeatedMessage(&message, field, i));
    }
    std::vector<std::pair<std::string, int>> order;
    bool generated = false;
    for (int i = 0; i < r.FieldSize(message, field); ++i) {
      order.emplace_back(r.GetRepeatedMessage(message, field, i).ShortDebugString(), i);
      generated |= absl::StrContains(order.back().first, "/ID\"") ||
                   absl::StrContains(order.back().first, "/UUID\"");
    }
    if (!generated) continue;
    std::sort(order.begin(), order.end());
    std::unique_ptr<Message> unsorted(message.New());
    unsorted->CopyFrom(message);
    r.ClearField(&message, field);
    for (const auto& [text, i] : order) {
      r.AddMessage(&message, field)->CopyFrom(r.GetRepeatedMessage(*unsorted, field, i));
    }
  }
}

std::string TextOf(Message& message) {
  Blank(message);
  SortGenerated(message);
  return message.Utf8DebugString();
}

// ---- calls

struct Answer {
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string text;  // the message, or the error with its details

  bool operator==(const Answer& other) const { return code == other.code && text == other.text; }
};

std::string ErrorText(absl::string_view code, const std::string& message, const std::string& reason,
                      std::vector<std::string> violations) {
  return Blanked(
      absl::StrCat(code, ": ", message, " [", reason, "] ", absl::StrJoin(violations, ", ")));
}

struct Rpc {
  const MethodDescriptor* method;
  HttpRule rule;

  std::string Path() const {
    return absl::StrCat("/", method->service()->full_name(), "/", method->name());
  }
};

std::vector<Rpc> RpcsOf(const std::string& package) {
  std::vector<Rpc> rpcs;
  for (const char* name : {"Department",
                           "Team",
                           "JobRole",
                           "Seller",
                           "Assignment",
                           "Absence",
                           "Access",
                           "Calendar",
                           "FiscalCalendar",
                           "ExchangeRate",
                           "Territory",
                           "Audit",
                           "Account",
                           "SalesProcess",
                           "Opportunity",
                           "Product",
                           "Competitor",
                           "Contact",
                           "Lead",
                           "Activity",
                           "AttributeDefinition",
                           "RetentionRule",
                           "Transaction",
                           "MeasureValue",
                           "Quota",
                           "IncentivePlan",
                           "PlanAssignment",
                           "CreditingRule",
                           "IncentivePeriod",
                           "PayoutStatement"}) {
    const auto* service = DescriptorPool::generated_pool()->FindServiceByName(
        absl::StrCat(package, ".", name, "Service"));
    for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      if (method->client_streaming() || method->server_streaming()) continue;
      const HttpRule& rule = method->options().GetExtension(google::api::http);
      rpcs.push_back({method, rule});
      for (const HttpRule& more : rule.additional_bindings()) rpcs.push_back({method, more});
    }
  }
  return rpcs;
}

// ---- a suite that is called by one of the two

class Suite {
 public:
  explicit Suite(const stack::Stack::Options& options)
      : stack_(options), channel_(stack_.GatewayChannel()), http_(stack_.Http()) {}

  Answer ByGrpc(const Rpc& rpc, const Message& request) {
    std::unique_ptr<Message> response = New(rpc.method->output_type());
    const absl::Status status =
        channel_->Call(rpc.Path(), request, response.get(), stack_.AsAdmin());
    if (status.ok()) return {absl::StatusCode::kOk, TextOf(*response)};
    std::vector<std::string> violations;
    const base::Violations broken = status::ViolationsOf(status);
    for (const base::Violation& v : broken.list()) violations.push_back(v.field);
    return {status.code(),
            ErrorText(absl::StatusCodeToString(status.code()), std::string(status.message()),
                      status::Reason(status), violations)};
  }

  Answer ByHttp(const Rpc& rpc, const HttpForm& form) {
    const auto answer = http_.SendText(form.method, form.target, form.body);
    if (answer.code == 200) {
      std::unique_ptr<Message> response = New(rpc.method->output_type());
      const std::string& part = rpc.rule.response_body();
      const std::string json =
          part.empty() ? answer.body : absl::StrCat("{\"", part, "\":", answer.body, "}");
      const auto parsed = google::protobuf::util::JsonStringToMessage(json, response.get());
      if (!parsed.ok()) return {absl::StatusCode::kUnknown, parsed.ToString()};
      return {absl::StatusCode::kOk, TextOf(*response)};
    }
    const nlohmann::json error = answer.Json()["error"];
    for (int code = 1; code <= 16; ++code) {
      const auto canonical = static_cast<absl::StatusCode>(code);
      if (answer.ErrorStatus() != absl::StatusCodeToString(canonical)) continue;
      const bool right = answer.code == gateway::HttpCode(canonical) || answer.code == 412;
      return {canonical,
              ErrorText(right ? answer.ErrorStatus() : absl::StrCat(answer.code),
                        error.value("message", ""), answer.Reason(), answer.Violations())};
    }
    return {absl::StatusCode::kUnknown, absl::StrCat(answer.code, " ", answer.body)};
  }

  // What both must tell of a service since `mark`: the facts in their order, and how many rows
  // every table got.
  struct Mark {
    int64_t last_fact = 0;
    std::map<std::string, int64_t> rows;
  };
  Mark MarkOf(const std::string& service) {
    Mark mark;
    mark.last_fact = stack_.Number(service, "SELECT COALESCE(MAX(seq), 0) FROM outbox");
    for (const std::string& table : Tables(service)) {
      mark.rows[table] = stack_.Number(service, absl::StrCat("SELECT COUNT(*) FROM ", table));
    }
    return mark;
  }
  std::string EffectsSince(const std::string& service, const Mark& mark) {
    std::string told;
    for (const std::string& row : stack_.Rows(
             service,
             absl::StrCat("SELECT CONCAT_WS(' ', type, aggregatetype, aggregateid, HEX(payload))"
                          " FROM outbox WHERE seq > ",
                          mark.last_fact, " ORDER BY seq"))) {
      absl::StrAppend(&told, Fact(row), "\n");
    }
    const Mark now = MarkOf(service);
    for (const auto& [table, rows] : now.rows) {
      const int64_t more = rows - mark.rows.at(table);
      if (more != 0) absl::StrAppend(&told, table, " +", more, "\n");
    }
    return told;
  }

  // Every row of every table, without what must differ; rows sorted, as their keys may be
  // generated.
  std::string Dump(const std::string& service) {
    std::string dump;
    for (const std::string& table : Tables(service)) {
      const std::vector<std::string> columns = stack_.Rows(
          service,
          absl::StrCat("SELECT column_name FROM information_schema.columns WHERE table_schema = "
                       "DATABASE() AND table_name = '",
                       table,
                       "' AND data_type NOT IN ('datetime', 'timestamp', 'mediumblob', 'binary') "
                       "AND column_name NOT IN ('recorded_from', 'recorded_to', 'log_id', "
                       // Names in their order; ListAuditEntries tells them too.
                       "'resources', 'traceparent', 'trace_id') ORDER BY ordinal_position"));
      std::vector<std::string> rows = stack_.Rows(
          service, absl::StrCat("SELECT CONCAT_WS('|', ",
                                absl::StrJoin(columns, ", ",
                                              [](std::string* out, const std::string& column) {
                                                absl::StrAppend(
                                                    out, "COALESCE(CAST(", column,
                                                    " AS CHAR CHARACTER SET utf8mb4), 'NULL')");
                                              }),
                                ") FROM ", table));
      for (std::string& row : rows) row = Blanked(row);
      std::sort(rows.begin(), rows.end());
      absl::StrAppend(&dump, "== ", table, " ", absl::StrJoin(columns, "|"), "\n",
                      absl::StrJoin(rows, "\n"), "\n");
    }
    return dump;
  }

  // Things to begin with, so that programs are about something.
  void Seed() {
    Create("organization", "DepartmentService/CreateDepartment",
           R"({"departmentId":"$","department":{"displayName":"$"}})");
    Create("organization", "TeamService/CreateTeam",
           R"({"teamId":"$","team":{"displayName":"$","placements":[{"department":"departments/one",
               "startDate":{"year":2025,"month":1,"day":1}}]}})");
    Create("organization", "JobRoleService/CreateJobRole",
           R"({"jobRoleId":"$","jobRole":{"displayName":"$"}})");
    Create("organization", "SellerService/CreateSeller",
           R"({"sellerId":"$","seller":{"displayName":"$",
               "employments":[{"startDate":{"year":2025,"month":1,"day":1}}]}})");
    Create("organization", "AssignmentService/CreateAssignment",
           R"({"parent":"sellers/$","assignmentId":"one","assignment":{"team":"teams/one",
               "share":{"value":"0.1"},"startDate":{"year":2025,"month":2,"day":1}}})");
    Create("organization", "AbsenceService/CreateAbsence",
           R"({"parent":"sellers/$","absenceId":"one","absence":{"kind":"KIND_ANNUAL",
               "share":{"value":"0.1"},"startDate":{"year":2025,"month":2,"day":1}}})");
    Create("organization", "AccessService/CreateAccessRole",
           R"({"accessRoleId":"$","accessRole":{"displayName":"$",
               "permissions":["pipeline.accounts.read"]}})");
    Create("organization", "AccessService/CreateGrant",
           R"({"grantId":"$","grant":{"accessRole":"accessRoles/one","member":"subject:$",
               "scope":"SCOPE_ALL"}})");
    Create("organization", "CalendarService/CreateCalendar",
           R"({"calendarId":"$","calendar":{"displayName":"$","timeZone":"Asia/Shanghai",
               "workingHours":[{"dayOfWeek":"MONDAY","intervals":[
                 {"startTime":{"hours":9},"endTime":{"hours":18}}]}]}})");
    Create("organization", "FiscalCalendarService/CreateFiscalCalendar",
           R"({"fiscalCalendarId":"$","fiscalCalendar":{"displayName":"$","kind":"KIND_MONTHLY",
               "yearNaming":"YEAR_NAMING_START","startMonth":1}})");
    Create("organization", "TerritoryService/CreateTerritory",
           R"({"territoryId":"$","territory":{"displayName":"$","rules":[{
               "startDate":{"year":2025,"month":1,"day":1},"team":"teams/one"}]}})");
    // There is one rate of a pair and day.
    for (const auto& [id, currency] : {std::make_pair("one", "USD"), std::make_pair("two", "JPY"),
                                       std::make_pair("three", "EUR")}) {
      CreateOne("organization", "ExchangeRateService/CreateExchangeRate",
                absl::StrCat(R"({"exchangeRateId":")", id, R"(","exchangeRate":{"fromCurrency":")",
                             currency, R"(","toCurrency":"CNY","kind":"KIND_SPOT",
                "rateDate":{"year":2026,"month":1,"day":1},"rate":{"value":"1.5"}}})"));
    }
    const std::string processes = "SalesProcessService/";
    Create("pipeline", processes + "CreateSalesProcess",
           R"({"salesProcessId":"$","salesProcess":{"displayName":"$"}})");
    Create("pipeline", processes + "CreateSalesProcessVersion",
           R"({"parent":"salesProcesses/$","salesProcessVersionId":"one","salesProcessVersion":
               {"modules":[{"id":"one","displayName":"m","condition":"amount > 1000"}],
                "approvalRules":[{"id":"one","displayName":"a","fields":["amount"]}],
                "stages":[{"id":"one","displayName":"1","kind":"KIND_OPEN",
                           "steps":[{"id":"one","displayName":"s"}],
                           "exitCriteria":[{"id":"one","module":"one","step":"one"}]},
                          {"id":"two","displayName":"2","kind":"KIND_OPEN"},
                          {"id":"three","displayName":"3","kind":"KIND_OPEN"},
                          {"id":"won","displayName":"w","kind":"KIND_WON"},
                          {"id":"lost","displayName":"l","kind":"KIND_LOST"}]}})");
    Create("pipeline", processes + "PublishSalesProcessVersion",
           R"({"name":"salesProcesses/$/versions/one"})");
    Create("pipeline", "AccountService/CreateAccount",
           R"({"accountId":"$","account":{"displayName":"$"}})");
    Create("pipeline", "ProductService/CreateProduct",
           R"({"productId":"$","product":{"displayName":"$"}})");
    Create("pipeline", "LeadService/CreateLead", R"({"leadId":"$","lead":{"displayName":"$"}})");
    Create("pipeline", "ContactService/CreateContact",
           R"({"contactId":"$","contact":{"displayName":"$"}})");
    Create("pipeline", "CompetitorService/CreateCompetitor",
           R"({"competitorId":"$","competitor":{"displayName":"$"}})");
    Create("pipeline", "ActivityService/CreateActivity",
           R"({"activityId":"$","activity":{"displayName":"$","kind":"KIND_CALL",
               "startTime":"2026-01-01T08:00:00Z"}})");
    Create("pipeline", "AttributeDefinitionService/CreateAttributeDefinition",
           R"({"attributeDefinitionId":"$","attributeDefinition":{"displayName":"$","key":"$",
               "collection":"COLLECTION_ACCOUNT","type":"TYPE_STRING","filterable":true}})");
    // There is one rule of a kind.
    for (const auto& [id, kind] :
         {std::make_pair("one", "KIND_LEAD_OPEN"), std::make_pair("two", "KIND_CONTACT_INACTIVE"),
          std::make_pair("three", "KIND_ACTIVITY_TEXT")}) {
      CreateOne("pipeline", "RetentionRuleService/CreateRetentionRule",
                absl::StrCat(R"({"retentionRuleId":")", id,
                             R"(","retentionRule":{"displayName":"r","kind":")", kind,
                             R"(","keepDays":30}})"));
    }
    // Its owner is known to pipeline once the event has arrived; a refused call writes nothing.
    Create("pipeline", "OpportunityService/CreateOpportunity",
           R"({"opportunityId":"$","opportunity":{"displayName":"$","owner":"sellers/one",
               "processVersion":"salesProcesses/one/versions/one"}})");
  }

  // The same of performance.
  void SeedPerformance() {
    Create("performance", "TransactionService/CreateTransaction",
           R"({"transactionId":"$","transaction":{"kind":"FACT_KIND_BOOKING","order":"$",
               "transactionDate":{"year":2026,"month":1,"day":1},"currencyCode":"CNY",
               "owner":"sellers/$","lines":[{"id":"1","amount":{"value":"100"}}]}})");
    Create("performance", "MeasureValueService/CreateMeasureValue",
           R"({"measureValueId":"$","measureValue":{"subject":"sellers/$","measure":"satisfaction",
               "startDate":{"year":2025,"month":1,"day":1},
               "endDate":{"year":2025,"month":2,"day":1},"value":{"value":"30"}}})");
    Create("performance", "QuotaService/CreateQuota",
           R"({"quotaId":"$","quota":{"payee":"sellers/$","measure":{"measure":"MEASURE_BOOKINGS"},
               "fiscalCalendar":"fiscalCalendars/one","level":"PERIOD_LEVEL_QUARTER",
               "fiscalYear":2025,"number":1,"startDate":{"year":2025,"month":1,"day":1},
               "endDate":{"year":2025,"month":4,"day":1},"amount":{"value":"1000"},
               "currencyCode":"CNY"}})");
    Create("performance", "IncentivePlanService/CreateIncentivePlan",
           R"({"incentivePlanId":"$","incentivePlan":{"displayName":"$"}})");
    Create("performance", "IncentivePlanService/CreateIncentivePlanVersion",
           R"({"parent":"incentivePlans/$","incentivePlanVersionId":"one","incentivePlanVersion":{
               "startDate":{"year":2025,"month":1,"day":1},
               "rules":{"currencyCode":"CNY","fiscalCalendar":"fiscalCalendars/one",
                 "level":"PERIOD_LEVEL_QUARTER","rateDate":"RATE_DATE_FACT_DATE",
                 "components":[{"id":"one","displayName":"1","commission":{
                   "measure":{"measure":"MEASURE_BOOKINGS"},"per":"PER_PERIOD",
                   "rules":[{"id":"one","table":{"method":"METHOD_MARGINAL","basis":"BASIS_AMOUNT",
                     "tiers":[{"from":{"value":"0"},"rate":{"value":"0.05"}}]}}]}}]}}})");
    Create("performance", "PlanAssignmentService/CreatePlanAssignment",
           R"({"planAssignmentId":"$","planAssignment":{"incentivePlan":"incentivePlans/$",
               "payee":"sellers/$","startDate":{"year":2025,"month":1,"day":1}}})");
    Create("performance", "CreditingRuleService/CreateCreditingRule",
           R"({"creditingRuleId":"$","creditingRule":{"displayName":"$","reason":"$",
               "startDate":{"year":2025,"month":1,"day":1},"creditTo":"CREDIT_TO_SPLITS",
               "share":{"value":"1"}}})");
    Create("performance", "IncentivePeriodService/CreateIncentivePeriod",
           R"({"parent":"incentivePlans/$","incentivePeriodId":"one","incentivePeriod":{
               "startDate":{"year":2025,"month":1,"day":1},
               "endDate":{"year":2025,"month":4,"day":1}}})");
  }

 private:
  std::vector<std::string> Tables(const std::string& service) {
    // A read model follows in its own time (what performance makes of deals too), as does the
    // sequencer.
    return stack_.Rows(service,
                       "SELECT table_name FROM information_schema.tables WHERE table_schema = "
                       "DATABASE() AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'roster%' "
                       "AND table_name NOT LIKE 'event%' AND table_name NOT LIKE 'deal%' "
                       "AND table_name <> 'consumer_position' "
                       "AND table_name NOT LIKE '%migration%' ORDER BY table_name");
  }

  static std::string Fact(const std::string& row) {
    const std::vector<std::string> parts = absl::StrSplit(row, absl::MaxSplits(' ', 3));
    const auto* type = DescriptorPool::generated_pool()->FindMessageTypeByName(parts[0]);
    if (type == nullptr) return "unknown " + row;
    std::unique_ptr<Message> payload = New(type);
    if (!payload->ParseFromString(absl::HexStringToBytes(parts[3]))) return "broken " + row;
    return Blanked(absl::StrCat(parts[0], " ", parts[1], " ", parts[2], "\n", TextOf(*payload)));
  }

  Answer Make(const std::string& service, const std::string& rpc, const std::string& json) {
    const std::vector<std::string> parts = absl::StrSplit(rpc, '/');
    const auto* method = DescriptorPool::generated_pool()->FindMethodByName(
        absl::StrCat("salesops.", service, ".v1.", parts[0], ".", parts[1]));
    if (method == nullptr) throw std::runtime_error("no rpc " + rpc);
    std::unique_ptr<Message> request = New(method->input_type());
    const auto parsed = google::protobuf::util::JsonStringToMessage(json, request.get());
    if (!parsed.ok()) throw std::runtime_error(parsed.ToString() + json);
    return ByGrpc({method, {}}, *request);
  }

  // With each of the ids that programs are about in the place of "$".
  void Create(const std::string& service, const std::string& rpc, const std::string& json) {
    for (const char* id : {"one", "two", "three"}) {
      CreateOne(service, rpc, absl::StrReplaceAll(json, {{"$", id}}));
    }
  }

  void CreateOne(const std::string& service, const std::string& rpc, const std::string& json) {
    Answer answer;
    const bool made = stack::Eventually(absl::Seconds(20), [&] {
      answer = Make(service, rpc, json);
      return answer.code != absl::StatusCode::kInvalidArgument;
    });
    if (!made || answer.code != absl::StatusCode::kOk) {
      throw std::runtime_error(rpc + " " + answer.text);
    }
  }

  stack::Stack stack_;
  std::shared_ptr<rpc::Channel> channel_;
  stack::HttpClient http_;
};

// Path variables keep what the message says there; `KeepWhatFits` would invent something.
bool Fits(const HttpRule& rule, Message& message) {
  std::unique_ptr<Message> kept(message.New());
  kept->CopyFrom(message);
  Tape nothing({});
  KeepWhatFits(nothing, rule, message);
  const std::string text =
      absl::StrCat(rule.get(), rule.post(), rule.patch(), rule.put(), rule.delete_());
  static const RE2 kVariable(R"(\{([a-z_.]+)=([^}]*)\})");
  re2::StringPiece rest(text);
  std::string path, form;
  while (RE2::FindAndConsume(&rest, kVariable, &path, &form)) {
    const Message* from = kept.get();
    Message* to = &message;
    const std::vector<std::string> steps = absl::StrSplit(path, '.');
    for (size_t i = 0; i + 1 < steps.size(); ++i) {
      const FieldDescriptor* step = from->GetDescriptor()->FindFieldByName(steps[i]);
      from = &from->GetReflection()->GetMessage(*from, step);
      to = to->GetReflection()->MutableMessage(to, step);
    }
    const FieldDescriptor* field = from->GetDescriptor()->FindFieldByName(steps.back());
    const std::string name = from->GetReflection()->GetString(*from, field);
    to->GetReflection()->SetString(to, field, name);
    std::string expression = form;
    RE2::GlobalReplace(&expression, R"(\*)", "[a-z0-9-]+");
    if (!RE2::FullMatch(name, expression)) return false;
  }
  return true;
}

class Pair {
 public:
  explicit Pair(const stack::Stack::Options& options) : by_grpc_(options), by_http_(options) {
    by_grpc_.Seed();
    by_http_.Seed();
  }

  void SeedPerformance() {
    by_grpc_.SeedPerformance();
    by_http_.SeedPerformance();
  }

  void Run(const std::string& service, const std::vector<Rpc>& rpcs) {
    const Suite::Mark grpc_before = by_grpc_.MarkOf(service);
    const Suite::Mark http_before = by_http_.MarkOf(service);
    Tape tape(*rc::gen::resize(
        400, rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange<uint32_t>(0, 1 << 16))));
    Tape spelling(
        *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange<uint32_t>(0, 1 << 16)));
    for (uint32_t calls = 1 + tape.Choose(8); calls > 0; --calls) {
      const Rpc& rpc = tape.Pick(rpcs);
      std::unique_ptr<Message> request = New(rpc.method->input_type());
      FillPlausibly(tape, *request);
      if (!Fits(rpc.rule, *request)) continue;
      // A suite is born with two grants, and one change may leave several audit entries; their
      // names are generated: pages would part them.
      if (const auto* size = request->GetDescriptor()->FindFieldByName("page_size");
          size != nullptr &&
          (rpc.method->name() == "ListGrants" || rpc.method->name() == "ListAuditEntries")) {
        request->GetReflection()->ClearField(request.get(), size);
      }
      const HttpForm form = Spell(spelling, rpc.rule, *request);
      if (form.target.size() > 8000) continue;
      RC_LOG() << form.method << " " << form.target << " " << form.body << "\n";
      const Answer grpc = by_grpc_.ByGrpc(rpc, *request);
      const Answer http = by_http_.ByHttp(rpc, form);
      RC_LOG() << "  gRPC: " << grpc.text << "\n  HTTP: " << http.text << "\n";
      RC_ASSERT(http.text == grpc.text);
      RC_ASSERT(http == grpc);
      ++calls_;
      if (grpc.code == absl::StatusCode::kOk) ++good_[std::string(rpc.method->full_name())];
    }
    RC_ASSERT(by_http_.EffectsSince(service, http_before) ==
              by_grpc_.EffectsSince(service, grpc_before));
  }

  void CheckSameRows(const std::vector<std::string>& services) {
    for (const std::string& service : services) {
      const std::string grpc = by_grpc_.Dump(service), http = by_http_.Dump(service);
      EXPECT_GT(grpc.size(), 10'000u);
      EXPECT_EQ(http, grpc);
    }
  }

  // Which rpcs of the list were never answered with OK.
  std::vector<std::string> NeverGood(const std::vector<Rpc>& rpcs) const {
    std::set<std::string> never;
    for (const Rpc& rpc : rpcs) {
      const std::string name(rpc.method->full_name());
      if (good_.count(name) == 0) never.insert(name);
    }
    return {never.begin(), never.end()};
  }
  int calls() const { return calls_; }
  int good() const {
    int sum = 0;
    for (const auto& [name, count] : good_) sum += count;
    return sum;
  }

 private:
  Suite by_grpc_, by_http_;
  int calls_ = 0;
  std::map<std::string, int> good_;
};

// Programs of each of these services, in this order.
void CheckSameEffects(Pair& pair, const std::vector<std::string>& services) {
  ::setenv("RC_PARAMS", stack::FullRun() ? "max_success=4000" : "max_success=300 seed=20261123",
           /*overwrite=*/0);
  for (const std::string& service : services) {
    const std::vector<Rpc> rpcs = RpcsOf(absl::StrCat("salesops.", service, ".v1"));
    EXPECT_GE(rpcs.size(), 40u);
    EXPECT_TRUE(rc::check(absl::StrCat("programs of ", service), [&] { pair.Run(service, rpcs); }));
    const std::vector<std::string> never = pair.NeverGood(rpcs);
    EXPECT_LE(never.size(), rpcs.size() / 3) << absl::StrJoin(never, "\n");
  }
  pair.CheckSameRows(services);
  EXPECT_GE(pair.good(), pair.calls() / 4);
  std::printf("%d calls each way, %d answered with OK\n", pair.calls(), pair.good());
}

TEST(Effects, TheSameByHttpAndByGrpc) {
  Pair pair({});
  // Pipeline first: what it answers depends on the sellers that it has heard of.
  CheckSameEffects(pair, {"pipeline", "organization"});
}

// The others stand still meanwhile, so that nothing that performance follows comes in between.
TEST(Effects, OfPerformanceTheSameByHttpAndByGrpc) {
  Pair pair({.performance_addresses = {"127.0.0.1"}});
  pair.SeedPerformance();
  CheckSameEffects(pair, {"performance"});
}

}  // namespace
}  // namespace salesops::door
