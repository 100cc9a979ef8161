#include "services/pipeline/store/lead_store.h"

#include "absl/strings/str_cat.h"

namespace salesops::pipeline::store {

using domain::Lead;
using domain::LeadOutcome;
using records::Col;
using records::Column;
using records::JsonCol;
using records::Key;

namespace {

// A column of the outcome.
template <class M>
Column<Lead> OutcomeCol(std::string name, M LeadOutcome::*member) {
  Column<LeadOutcome> column = Col(std::move(name), member);
  return {column.name, false, [get = column.get](const Lead& lead) { return get(lead.outcome); },
          [set = column.set](Lead& lead, mysql::Row& row, int i) { set(lead.outcome, row, i); }};
}

}  // namespace

const records::Table<Lead>& Leads() {
  static const auto* table = [] {
    using salesops::api::ColumnType;
    records::Table<Lead>::Options options;
    options.indexes = {"sales_lead_display_name", "sales_lead_owner",
                       "sales_lead_state_create_time", "sales_lead_create_time",
                       "sales_lead_account"};
    // Nobody filters by phone or e-mail: a list would tell them without an audit entry.
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "leads/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"company", {.sql = "r.company"}},
        {"source", {.sql = "r.source"}},
        {"campaign", {.sql = "r.campaign"}},
        {"owner", {.sql = "r.owner_id", .type = ColumnType::kId, .name_prefix = "sellers/"}},
        {"state",
         {.sql = "r.state",
          .type = ColumnType::kEnum,
          .enum_values = {{"STATE_OPEN", 1}, {"STATE_QUALIFIED", 2}, {"STATE_DISQUALIFIED", 3}}}},
        {"outcome_time", {.sql = "r.outcome_time", .type = ColumnType::kTime, .nullable = true}},
        {"account", {.sql = "r.account_id", .type = ColumnType::kId, .name_prefix = "accounts/"}},
        {"contact", {.sql = "r.contact_id", .type = ColumnType::kId, .name_prefix = "contacts/"}},
        {"opportunity",
         {.sql = "r.opportunity_id", .type = ColumnType::kId, .name_prefix = "opportunities/"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Lead>(
        "sales_lead", std::move(options),
        {Key("id", &Lead::id), Col("display_name", &Lead::display_name),
         Col("company", &Lead::company), Col("contact_display_name", &Lead::contact_display_name),
         Col("phone", &Lead::phone), Col("email", &Lead::email), Col("need", &Lead::need),
         Col("source", &Lead::source), Col("campaign", &Lead::campaign),
         Col("owner_id", &Lead::owner_id), OutcomeCol("state", &LeadOutcome::state),
         OutcomeCol("outcome_reason", &LeadOutcome::reason),
         OutcomeCol("outcome_time", &LeadOutcome::time),
         OutcomeCol("account_id", &LeadOutcome::account_id),
         OutcomeCol("contact_id", &LeadOutcome::contact_id),
         OutcomeCol("opportunity_id", &LeadOutcome::opportunity_id),
         JsonCol("external_keys", &Lead::external_keys), JsonCol("attributes", &Lead::attributes),
         Col("erase_time", &Lead::erase_time)});
  }();
  return *table;
}

absl::StatusOr<std::vector<std::string>> LeadsOfContact(mysql::Connection& c,
                                                        const std::string& contact_id,
                                                        const std::string& after, int limit) {
  return c.Query(absl::StrCat("SELECT id FROM sales_lead WHERE contact_id = ? AND id > ? ORDER BY "
                              "id LIMIT ",
                              limit),
                 {contact_id, after}, [](mysql::Row& row) { return row.String(0); });
}

}  // namespace salesops::pipeline::store
