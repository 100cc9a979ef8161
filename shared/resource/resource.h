#pragma once

// One kind of resource: its record, its message, and the rules that are its own. Everything else is
// StandardMethods.
//
//   Kind<pipeline::v1::Account, domain::Account> kind;
//   kind.table = &store::AccountTable();
//   kind.to_proto = &ToProto;       // own fields only; name, etag and times are stamped
//   kind.from_proto = &FromProto;   // own fields only
//   kind.owner = &domain::Account::owner;  kind.owner_column = "r.owner_id";
//   kind.check = [this](CallContext& ctx, mysql::Transaction& tx, auto& changes) { … };
//   Resource<pipeline::v1::Account, domain::Account> accounts(environment, kind);
//   accounts.BindTo(binding);
//
// A verb loads, changes and saves in one visible transaction:
//
//   return accounts_.Change(ctx, request, request.name(), request.etag(), "Advanced",
//       [&](mysql::Transaction& tx, domain::Account& account, Write& write) -> absl::Status { … });
//
// Thread-safety: safe from any thread once built.

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "shared/api/audit.h"
#include "shared/records/table.h"
#include "shared/resource/message_fields.h"
#include "shared/resource/standard_methods.h"

namespace salesops::resource {

// The display name of whoever was erased.
inline constexpr char kErasedName[] = "(erased)";

// A record before and after a change. `check` may correct `after` (defaults) and adds violations.
template <class Record>
struct Changed {
  const Record* before = nullptr;  // nullptr: it is new
  Record* after = nullptr;
  base::Violations* violations = nullptr;
  Write* write = nullptr;
  int64_t fact = 0;  // in after_store: the index of this change's fact
};

template <class Proto, class Record>
struct Kind {
  const records::Table<Record>* table = nullptr;
  std::function<void(const Record&, Proto*)> to_proto;
  std::function<void(const Proto&, Record*)> from_proto;
  // Gives what a change may leave out the value that it has then (the id of a part, what the
  // service tells of it), so that a change that changes nothing is seen to. Pure; optional.
  std::function<void(const Record& before, Record* after)> complete;
  // The ids of a record in the order of the name pattern; for most kinds {&Record::id}.
  std::vector<std::string Record::*> key = {&Record::id};
  // Locks of the consistency group that records with these keys belong to, taken before any of
  // their rows: the parent, a guard row. Then `check` may trust what it reads.
  std::function<absl::Status(rpc::CallContext&, mysql::Transaction&,
                             const std::vector<std::vector<std::string>>& keys)>
      lock_first;
  // Rules over all changes of one transaction: pure ones from domain/, references by one query for
  // all. A failure of the database is the returned status; a broken rule is a violation, a
  // precondition that is not met is write->refused.
  std::function<absl::Status(rpc::CallContext&, mysql::Transaction&, std::vector<Changed<Record>>&)>
      check;
  // Runs after the rows are written, in the same transaction: side tables of the kind.
  std::function<absl::Status(rpc::CallContext&, mysql::Transaction&, std::vector<Changed<Record>>&)>
      after_store;
  // Seller id that row scope goes by; null for kinds without owners.
  std::string Record::*owner = nullptr;
  std::string owner_column;
  // The proto field that a default owner is written to, as a name "sellers/7".
  std::function<void(Proto*, const std::string& seller_id)> set_owner;
  // Predicates for request fields beyond the standard ones (effective_date, team …).
  std::function<absl::StatusOr<std::vector<api::Predicate>>(rpc::CallContext&, const Message&)>
      list_predicates;
  // Adds filter fields that depend on the request (a team as of a day).
  std::function<void(rpc::CallContext&, const Message&, api::Columns*)> filter_fields;
  // Adds filter fields that depend on what is stored, as of the position if the request asks for a
  // moment: trees, fields that the company defines. Runs only for a request with a filter.
  std::function<absl::Status(rpc::CallContext&, const Message&, std::optional<int64_t> as_of,
                             api::Columns*)>
      stored_filter_fields;
  // Fills kind-specific fields of a fact's payload.
  std::function<void(const Write&, Message* payload)> payload;
  std::string import_verb;  // of the fact of an imported row; empty = Created or Updated
  // Of kinds whose records never change: the id of the record that one corrects; empty = none. A
  // correction may take over the external keys of what it corrects, and an imported row that says
  // otherwise than the record of its key is one.
  std::string Record::*corrects = nullptr;
  // Clears in a message what tells who the person is; its name, references, times, amounts and
  // external keys stay. Pure. For kinds that are a person: their record holds erase_time.
  std::function<void(Proto*)> erase;
};

template <class Proto, class Record>
class Resource final : public StandardMethods {
 public:
  Resource(const Environment& environment, Kind<Proto, Record> kind)
      : StandardMethods(environment, Proto::descriptor()), kind_(std::move(kind)) {}

  // One changed record in one transaction: loads it (scope, archive state, etag), lets `edit`
  // change it, checks, and writes it with the fact <Type><verb>. An error of `edit` refuses.
  // edit: absl::Status(mysql::Transaction&, Record&, Write&).
  template <class Edit>
  absl::StatusOr<Proto> Change(rpc::CallContext& ctx, const Message& request,
                               const std::string& name, const std::string& etag,
                               const std::string& verb, Edit edit) {
    return environment_.mutations->template Run<Proto>(
        ctx, request, [&](mysql::Transaction& tx) -> absl::StatusOr<Proto> {
          return ChangeInside(ctx, tx, name, etag, verb, edit);
        });
  }
  // The same inside a transaction of a consistency group.
  template <class Edit>
  absl::StatusOr<Proto> ChangeInside(rpc::CallContext& ctx, mysql::Transaction& tx,
                                     const std::string& name, const std::string& etag,
                                     const std::string& verb, Edit edit) {
    std::vector<Write> writes(1);
    Write& write = writes[0];
    write.verb = verb;
    ASSIGN_OR_RETURN(write.before, LoadForChange(ctx, tx, name, etag));
    Record record = FromItem(*write.before);
    RETURN_IF_ERROR(edit(tx, record, write));
    ToItem(record, &write.after);
    if (write.parts.empty() && DifferingFields(*write.before->proto, *write.after.proto).empty()) {
      return static_cast<const Proto&>(*write.before->proto);  // what was wished is so already
    }
    StampNext(ctx, *write.before, &write.after);
    RETURN_IF_ERROR(WriteAll(ctx, tx, writes, {""}));
    return static_cast<const Proto&>(*writes[0].after.proto);
  }

  // Erases one record for good: kind.erase changes its next version, which is archived and told by
  // the fact <Type>Erased, and every version and fact before, in place. It is recorded in the
  // audit. One that is erased already is returned as it is. kind.check is not asked; `may`, if
  // given, refuses by its error.
  absl::StatusOr<Proto> EraseInside(
      rpc::CallContext& ctx, mysql::Transaction& tx, const std::string& name,
      const std::string& etag,
      const std::function<absl::Status(mysql::Transaction&, const Record&)>& may = nullptr) {
    std::vector<Write> writes(1);
    Write& write = writes[0];
    write.verb = "Erased";
    ASSIGN_OR_RETURN(write.before, LoadForChange(ctx, tx, name, etag, /*may_be_archived=*/true,
                                                 /*may_be_erased=*/true));
    const Proto& before = static_cast<const Proto&>(*write.before->proto);
    if (IsErased(*write.before)) return before;
    if (may) RETURN_IF_ERROR(may(tx, FromItem(*write.before)));
    auto erased = std::make_unique<Proto>(before);
    kind_.erase(erased.get());
    std::set<std::string> fields = Names(DifferingFields(before, *erased));
    write.after.key = write.before->key;
    write.after.owner = write.before->owner;
    write.after.proto = std::move(erased);
    StampNext(ctx, *write.before, &write.after);
    StampErased(&write.after);
    RETURN_IF_ERROR(StoreAll(ctx, tx, writes));
    ASSIGN_OR_RETURN(const std::set<std::string> earlier,
                     EraseVersions(tx, write.after.key, kind_.erase));
    fields.insert(earlier.begin(), earlier.end());
    RETURN_IF_ERROR(api::Audit::Record(tx, ctx, {name}, {fields.begin(), fields.end()}));
    return static_cast<const Proto&>(*write.after.proto);
  }
  // Applies `erase` to every version of a record, and to the facts that told of those that it
  // changed, in place: no version is made and nothing is told. Returns the fields that changed.
  absl::StatusOr<std::set<std::string>> EraseVersions(mysql::Transaction& tx,
                                                      const std::vector<std::string>& key,
                                                      const std::function<void(Proto*)>& erase) {
    std::set<std::string> fields;
    ASSIGN_OR_RETURN(
        const std::vector<int64_t> facts, kind_.table->Rewrite(tx, key, [&](Record& record) {
          Item item;
          ToItem(record, &item);
          const Proto before = static_cast<const Proto&>(*item.proto);
          erase(static_cast<Proto*>(item.proto.get()));
          const std::set<std::string> changed = Names(DifferingFields(before, *item.proto));
          if (changed.empty()) return false;
          fields.insert(changed.begin(), changed.end());
          record = FromItem(item);
          return true;
        }));
    RETURN_IF_ERROR(EraseFromFacts(tx, facts, key,
                                   [&](Message* message) { erase(static_cast<Proto*>(message)); }));
    return fields;
  }

  // Changes that one fact tells together, inside a transaction of a consistency group whose locks
  // are taken. `fact` is asked for after the check, when every `after` is final.
  absl::Status WriteTogether(rpc::CallContext& ctx, mysql::Transaction& tx,
                             std::vector<Write>& writes, const std::vector<std::string>& prefixes,
                             const std::function<events::Fact()>& fact) {
    return WriteAsOneFact(ctx, tx, writes, prefixes, fact);
  }
  // Changes of the service's own making, each told by a fact of its own, inside a transaction of a
  // consistency group whose locks are taken. Any number.
  absl::Status WriteEach(rpc::CallContext& ctx, mysql::Transaction& tx, std::vector<Write> writes) {
    for (size_t begin = 0; begin < writes.size(); begin += events::kMostFacts) {
      const size_t end = std::min(writes.size(), begin + events::kMostFacts);
      std::vector<Write> part(std::make_move_iterator(writes.begin() + begin),
                              std::make_move_iterator(writes.begin() + end));
      RETURN_IF_ERROR(WriteAll(ctx, tx, part, std::vector<std::string>(part.size())));
    }
    return absl::OkStatus();
  }
  // A write of a new record, or of one that was loaded as `before`.
  Write NewRecord(rpc::CallContext& ctx, Record record) const {
    Write write;
    write.verb = "Created";
    record.meta = records::Meta{};
    record.meta.version = 1;
    record.meta.create_time = record.meta.update_time = ctx.start_time();
    ToItem(record, &write.after);
    return write;
  }
  Write ChangedRecord(rpc::CallContext& ctx, const Record& before, Record after) const {
    Write write;
    write.verb = "Updated";
    ToItem(before, &write.before.emplace());
    const std::optional<absl::Time> archive_time = after.meta.archive_time;
    StampNext(ctx, *write.before, &write.after);
    after.meta = write.after.meta;
    after.meta.archive_time = archive_time;
    ToItem(after, &write.after);
    return write;
  }

  Record FromItem(const Item& item) const {
    Record record{};
    kind_.from_proto(static_cast<const Proto&>(*item.proto), &record);
    for (size_t i = 0; i < kind_.key.size(); ++i) record.*kind_.key[i] = item.key[i];
    record.meta = item.meta;
    return record;
  }
  void ToItem(const Record& record, Item* item) const {
    auto proto = std::make_unique<Proto>();
    kind_.to_proto(record, proto.get());
    item->key.clear();
    for (auto member : kind_.key) item->key.push_back(record.*member);
    item->meta = record.meta;
    if (kind_.owner != nullptr) item->owner = record.*kind_.owner;
    item->proto = std::move(proto);
    Stamp(item);
  }
  // The message of a record as clients see it.
  Proto ToProto(const Record& record) const {
    Item item;
    ToItem(record, &item);
    return std::move(static_cast<Proto&>(*item.proto));
  }
  const records::Table<Record>& table() const { return *kind_.table; }

 protected:
  absl::Status Load(mysql::Connection& c, const std::vector<std::vector<std::string>>& keys,
                    bool for_update, std::optional<int64_t> as_of,
                    std::vector<Item>* items) override {
    if (keys.size() == 1) {
      ASSIGN_OR_RETURN(std::optional<Record> record,
                       kind_.table->Find(c, keys[0], for_update, as_of));
      if (record) ToItem(*record, &items->emplace_back());
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(std::vector<Record> records,
                     kind_.table->BatchFind(c, keys, for_update, as_of));
    for (const Record& record : records) ToItem(record, &items->emplace_back());
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<api::PageCursor>> LoadPage(mysql::Connection& c,
                                                          const records::ListQuery& query,
                                                          std::vector<Item>* items) override {
    ASSIGN_OR_RETURN(records::Page<Record> page, kind_.table->List(c, query));
    for (const Record& record : page.rows) ToItem(record, &items->emplace_back());
    return page.next;
  }

  bool keeps_history() const override { return kind_.table->raw().keeps_history(); }
  absl::Status LoadRevisions(mysql::Connection& c, const records::RevisionQuery& query,
                             std::vector<Revision>* revisions) override {
    ASSIGN_OR_RETURN(const std::vector<records::Revision<Record>> versions,
                     kind_.table->Revisions(c, query));
    for (const records::Revision<Record>& version : versions) {
      Revision& revision = revisions->emplace_back();
      ToItem(version.record, &revision.item);
      revision.recorded_from_time = version.recorded_from_time;
      revision.recorded_to_time = version.recorded_to_time;
      revision.fact = version.fact;
      revision.actor = version.actor;
    }
    return absl::OkStatus();
  }

  absl::Status Check(rpc::CallContext& ctx, mysql::Transaction& tx,
                     std::vector<Write>& writes) override {
    std::vector<Record> before(writes.size()), after(writes.size());
    std::vector<Changed<Record>> changes;
    for (size_t i = 0; i < writes.size(); ++i) {
      if (writes[i].before) before[i] = FromItem(*writes[i].before);
      after[i] = FromItem(writes[i].after);
      changes.push_back(
          {writes[i].before ? &before[i] : nullptr, &after[i], &writes[i].violations, &writes[i]});
    }
    if (kind_.check) {
      RETURN_IF_ERROR(kind_.check(ctx, tx, changes));
    }
    for (size_t i = 0; i < writes.size(); ++i) ToItem(after[i], &writes[i].after);
    return absl::OkStatus();
  }

  absl::Status Store(rpc::CallContext& ctx, mysql::Transaction& tx,
                     const std::vector<Write*>& writes, size_t new_count,
                     const std::vector<int64_t>& facts) override {
    std::vector<Record> created;
    for (size_t i = 0; i < new_count; ++i) created.push_back(FromItem(writes[i]->after));
    RETURN_IF_ERROR(kind_.table->Insert(
        tx, created, std::vector<int64_t>(facts.begin(), facts.begin() + new_count)));
    for (size_t i = new_count; i < writes.size(); ++i) {
      RETURN_IF_ERROR(kind_.table->Update(tx, FromItem(writes[i]->after), facts[i]));
    }
    if (!kind_.after_store) return absl::OkStatus();
    std::vector<Record> before(writes.size()), after(writes.size());
    std::vector<Changed<Record>> changes;
    for (size_t i = 0; i < writes.size(); ++i) {
      if (writes[i]->before) before[i] = FromItem(*writes[i]->before);
      after[i] = FromItem(writes[i]->after);
      changes.push_back({writes[i]->before ? &before[i] : nullptr, &after[i],
                         &writes[i]->violations, writes[i], facts[i]});
    }
    return kind_.after_store(ctx, tx, changes);
  }

  absl::Status LockFirst(rpc::CallContext& ctx, mysql::Transaction& tx,
                         const std::vector<std::vector<std::string>>& keys) override {
    return kind_.lock_first ? kind_.lock_first(ctx, tx, keys) : absl::OkStatus();
  }
  void Normalize(const Item& before, Item* item) const override {
    Record record = FromItem(*item);
    if (kind_.complete) kind_.complete(FromItem(before), &record);
    ToItem(record, item);
  }

  const api::Columns& fields() const override { return kind_.table->fields(); }
  const std::string& default_order() const override { return kind_.table->default_order(); }
  std::string owner_column() const override { return kind_.owner_column; }

  absl::StatusOr<api::Columns> FilterFields(rpc::CallContext& ctx, const Message& request,
                                            std::optional<int64_t> as_of) const override {
    api::Columns columns = kind_.table->fields();
    if (kind_.filter_fields) kind_.filter_fields(ctx, request, &columns);
    if (kind_.stored_filter_fields && !GetString(request, "filter").empty()) {
      RETURN_IF_ERROR(kind_.stored_filter_fields(ctx, request, as_of, &columns));
    }
    return columns;
  }
  absl::StatusOr<std::vector<api::Predicate>> ExtraPredicates(rpc::CallContext& ctx,
                                                              const Message& request) override {
    if (!kind_.list_predicates) return std::vector<api::Predicate>();
    return kind_.list_predicates(ctx, request);
  }
  std::string import_verb() const override { return kind_.import_verb; }
  bool only_adds() const override { return kind_.corrects != nullptr; }
  std::string CorrectedId(const Item& item) const override {
    return kind_.corrects == nullptr ? "" : FromItem(item).*kind_.corrects;
  }
  void SetCorrected(const std::string& id, Item* item) const override {
    Record record = FromItem(*item);
    record.*kind_.corrects = id;
    ToItem(record, item);
  }
  std::unique_ptr<Message> NewProto() const override { return std::make_unique<Proto>(); }
  void SetOwner(Message* proto, const std::string& seller_id) const override {
    if (kind_.set_owner) kind_.set_owner(static_cast<Proto*>(proto), seller_id);
  }
  std::unique_ptr<Message> Payload(const Write& write) const override {
    std::unique_ptr<Message> payload = StandardMethods::Payload(write);
    if (kind_.payload) kind_.payload(write, payload.get());
    return payload;
  }

 private:
  static std::set<std::string> Names(const std::vector<std::string>& fields) {
    return {fields.begin(), fields.end()};
  }

  const Kind<Proto, Record> kind_;
};

}  // namespace salesops::resource
