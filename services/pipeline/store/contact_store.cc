#include "services/pipeline/store/contact_store.h"

#include "services/pipeline/store/referred_rows.h"

namespace salesops::pipeline::store {

using domain::Contact;
using records::Col;
using records::JsonCol;
using records::Key;

const records::Table<Contact>& Contacts() {
  static const auto* table = [] {
    using salesops::api::ColumnType;
    records::Table<Contact>::Options options;
    options.indexes = {"contact_display_name", "contact_account", "contact_owner",
                       "contact_update_time"};
    // Nobody filters by phone or e-mail: a list would tell them without an audit entry.
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "contacts/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"account", {.sql = "r.account_id", .type = ColumnType::kId, .name_prefix = "accounts/"}},
        {"title", {.sql = "r.title"}},
        {"owner", {.sql = "r.owner_id", .type = ColumnType::kId, .name_prefix = "sellers/"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Contact>(
        "contact", std::move(options),
        {Key("id", &Contact::id), Col("display_name", &Contact::display_name),
         Col("account_id", &Contact::account_id), Col("title", &Contact::title),
         Col("phone", &Contact::phone), Col("email", &Contact::email),
         Col("owner_id", &Contact::owner_id), JsonCol("external_keys", &Contact::external_keys),
         JsonCol("attributes", &Contact::attributes), Col("erase_time", &Contact::erase_time)});
  }();
  return *table;
}

absl::StatusOr<std::map<std::string, ContactState>> FindContacts(
    mysql::Connection& c, const std::vector<std::string>& ids) {
  return FindRows<ContactState>(
      c, "contact", ", account_id", ids,
      [](mysql::Row& row, ContactState* state) { state->account_id = row.String(2); });
}

}  // namespace salesops::pipeline::store
