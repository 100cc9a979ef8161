#include "services/performance/api/transaction_service.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/api/fact_parts.h"
#include "services/performance/api/references.h"
#include "services/performance/store/transaction_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::performance::api {
namespace {

using domain::Transaction;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using salesops::api::FromDate;
using salesops::api::ToDate;

void ToProto(const Transaction& transaction, v1::Transaction* proto) {
  proto->set_kind(static_cast<v1::FactKind>(transaction.kind));
  proto->set_corrects(NameOf("transactions", transaction.corrects_id));
  *proto->mutable_transaction_date() = ToDate(transaction.date);
  proto->set_order(transaction.order);
  proto->set_currency_code(transaction.currency);
  proto->set_account(NameOf("accounts", transaction.account_id));
  for (const auto& [key, value] : transaction.attributes) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      (*proto->mutable_customer_attributes())[key] = *text;
    }
  }
  proto->set_owner(NameOf("sellers", transaction.owner_id));
  api::ToProto(transaction.splits, proto->mutable_splits());
  api::ToProto(transaction.lines, proto->mutable_lines());
  resource::ToProto(transaction.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::Transaction& proto, Transaction* transaction) {
  transaction->kind = static_cast<domain::FactKind>(proto.kind());
  transaction->corrects_id = IdOf(proto.corrects());
  transaction->date = FromDate(proto.transaction_date());
  transaction->order = proto.order();
  transaction->currency = proto.currency_code();
  transaction->account_id = IdOf(proto.account());
  for (const auto& [key, text] : proto.customer_attributes()) transaction->attributes[key] = text;
  transaction->owner_id = IdOf(proto.owner());
  transaction->splits = api::FromProto(proto.splits());
  transaction->lines = api::FromProto(proto.lines());
  transaction->external_keys = resource::FromProto(proto.external_keys());
}

void CheckSellers(const roster::Roster& roster, const Changed<Transaction>& change) {
  const Transaction& transaction = *change.after;
  CheckPayee(roster, NameOf("sellers", transaction.owner_id), "owner", change.violations);
  for (size_t i = 0; i < transaction.splits.size(); ++i) {
    CheckPayee(roster, transaction.splits[i].seller, absl::StrCat("splits[", i, "].seller"),
               change.violations);
  }
}

// What is corrected is there, is of the same kind and order, and nothing else corrects it.
absl::Status CheckCorrections(mysql::Transaction& tx, std::vector<Changed<Transaction>>& changes) {
  std::set<std::string> ids;
  for (const auto& change : changes) {
    if (!change.after->corrects_id.empty()) ids.insert(change.after->corrects_id);
  }
  ASSIGN_OR_RETURN(const auto found, store::LockTransactions(tx, ids));
  ASSIGN_OR_RETURN(auto corrections, store::CorrectionsOf(tx, ids));
  for (auto& change : changes) {
    const std::string& id = change.after->corrects_id;
    if (id.empty()) continue;
    const auto corrected = found.find(id);
    if (corrected == found.end()) {
      change.violations->Add("corrects", "BAD_REFERENCE",
                             absl::StrCat("refers to transactions/", id, ", which does not exist"));
      continue;
    }
    // The second of one request is no better than one of before.
    const auto [correction, first] = corrections.emplace(id, change.after->id);
    if (!first) {
      change.violations->Add(
          "corrects", "ALREADY_CORRECTED",
          absl::StrCat("refers to transactions/", id, ", which is corrected by transactions/",
                       correction->second, " already; correct that one"));
    }
    domain::CheckCorrection(*change.after, corrected->second, change.violations);
  }
  return absl::OkStatus();
}

resource::Kind<v1::Transaction, Transaction> TransactionKind(const roster::Roster* roster) {
  resource::Kind<v1::Transaction, Transaction> kind;
  kind.table = &store::Transactions();
  kind.to_proto = [](const Transaction& transaction, v1::Transaction* proto) {
    ToProto(transaction, proto);
  };
  kind.from_proto = [](const v1::Transaction& proto, Transaction* transaction) {
    FromProto(proto, transaction);
  };
  // What it corrects is no part of what an imported row says.
  kind.complete = [](const Transaction& before, Transaction* after) {
    after->corrects_id = before.corrects_id;
  };
  kind.corrects = &Transaction::corrects_id;
  kind.owner = &Transaction::owner_id;
  kind.owner_column = "r.owner_id";
  kind.check = [roster](rpc::CallContext&, mysql::Transaction& tx,
                        std::vector<Changed<Transaction>>& changes) -> absl::Status {
    for (const auto& change : changes) {
      domain::CheckTransaction(*change.after, change.violations);
      CheckSellers(*roster, change);
    }
    return CheckCorrections(tx, changes);
  };
  return kind;
}

}  // namespace

TransactionService::TransactionService(const resource::Environment& environment,
                                       const roster::Roster* roster)
    : transactions_(environment, TransactionKind(roster)) {}

rpc::Binding TransactionService::Bind() {
  rpc::Binding binding("salesops.performance.v1.TransactionService");
  transactions_.BindTo(binding);
  return binding;
}

}  // namespace salesops::performance::api
