#pragma once

// The methods that every resource has (api.md): Get, List, Create, BatchCreate, Update, Archive,
// Unarchive, BatchGet, Export and Import, and List<Type>Revisions, written once. They find the
// fields of requests and responses by the names that the contracts share (`name`, `parent`,
// `<singular>`, `<singular>_id`, `update_mask`, `as_of_time` …), so a resource brings only what is
// its own; see resource.h.
//
// What they promise, for every resource alike:
//   * one visible order: the kind's own locks first (LockFirst), then rows in key order; request
//   row,
//     facts, record and history rows and external keys in one transaction;
//   * a caller whose scope is limited gets PERMISSION_DENIED for an absent row as for a foreign
//   one,
//     writes only rows it owns, and chooses neither ids nor external keys;
//   * an archived record is read-only until it is unarchived, an erased one for good;
//   * as-of reads resolve their instant first, and lists carry the position in the page token;
//   * an export is a snapshot at one position, which it states;
//   * of a kind whose records never change, an imported row that says otherwise than the record of
//     its key adds a record that corrects it and takes its external keys over.
//
// Thread-safety: safe from any thread once bound.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "shared/api/filter.h"
#include "shared/api/page_token.h"
#include "shared/api/request_replay.h"
#include "shared/api/resource_name.h"
#include "shared/base/civil.h"
#include "shared/base/violation.h"
#include "shared/events/outbox.h"
#include "shared/mysql/database.h"
#include "shared/records/table.h"
#include "shared/resource/message_fields.h"
#include "shared/rpc/binding.h"

namespace salesops::resource {

using google::protobuf::Message;

// What every resource of a service works with.
struct Environment {
  mysql::Database* db = nullptr;
  api::Mutations* mutations = nullptr;
  const api::PageSealer* sealer = nullptr;
  absl::TimeZone zone = absl::UTCTimeZone();  // the company's; decides "today"

  base::CivilDay Today(const rpc::CallContext& ctx) const {
    return base::DayOf(ctx.start_time(), zone);
  }
};

// One record on its way in or out: the message as a client sees it, and what the store knows.
struct Item {
  std::vector<std::string> key;
  records::Meta meta;
  std::unique_ptr<Message> proto;
  std::string owner;  // seller id; empty = nobody, or a kind without owners
};

// One version of a record.
struct Revision {
  Item item;
  absl::Time recorded_from_time;
  std::optional<absl::Time> recorded_to_time;  // nullopt: it is still what is known
  std::string fact;   // full name of the type of the fact that made it; empty: purged
  std::string actor;  // empty: not known, or purged
};

// One record about to be written.
struct Write {
  std::optional<Item> before;  // absent: it is new
  Item after;
  base::Violations violations;  // fields relative to the resource
  // A precondition of this change that is not met (FAILED_PRECONDITION, NOT_FOUND of a parent …);
  // told if no write has violations. An import reports it as this row's failure.
  absl::Status refused;
  const Message* import_row = nullptr;  // the Imported… message, if an import writes it
  bool correction = false;  // of an import: it is new and corrects the record of its key
  std::string verb;         // of the fact: "Created", "Updated", "Archived", …
  // What else this change records, for the kind's side tables and the fact's payload: the stage
  // transitions of an opportunity.
  std::vector<std::unique_ptr<Message>> parts;
};

class StandardMethods {
 public:
  StandardMethods(const Environment& environment, const google::protobuf::Descriptor* type);
  virtual ~StandardMethods() = default;

  // Serves every standard method of this type that the binding's service declares and that has no
  // handler yet.
  void BindTo(rpc::Binding& binding);

  const api::NamePattern& pattern() const { return pattern_; }

  // The record of a name if the caller may see it, else what Get would answer.
  absl::StatusOr<Item> Find(rpc::CallContext& ctx, mysql::Connection& c, const std::string& name,
                            std::optional<int64_t> as_of = std::nullopt);
  // Creates what a Create request says, inside a transaction of a consistency group; its request_id
  // and validate_only are the group's. Violations have the prefix instead of "account.".
  absl::StatusOr<Item> CreateItem(rpc::CallContext& ctx, mysql::Transaction& tx,
                                  const Message& create_request, const std::string& prefix);
  // Resolves the request's as_of_time, if it has one, and states it in the response.
  absl::StatusOr<std::optional<int64_t>> AsOf(rpc::CallContext& ctx, const Message& request,
                                              Message* response);
  // The filter, order, parent and scope of a list request, as predicates on the table as of the
  // position; nullopt = on the current rows.
  absl::StatusOr<records::ListQuery> Query(rpc::CallContext& ctx, const Message& request,
                                           std::optional<int64_t> as_of = std::nullopt);

 protected:
  // --- What a kind of resource brings (implemented by Resource<Proto, Record>) ---
  virtual absl::Status Load(mysql::Connection& c, const std::vector<std::vector<std::string>>& keys,
                            bool for_update, std::optional<int64_t> as_of,
                            std::vector<Item>* items) = 0;
  virtual absl::StatusOr<std::optional<api::PageCursor>> LoadPage(mysql::Connection& c,
                                                                  const records::ListQuery& query,
                                                                  std::vector<Item>* items) = 0;
  virtual bool keeps_history() const = 0;
  virtual absl::Status LoadRevisions(mysql::Connection& c, const records::RevisionQuery& query,
                                     std::vector<Revision>* revisions) = 0;
  // Converts, applies the kind's rules to all of them at once (adding violations), and converts
  // back, so that `after.proto` shows what will be stored.
  virtual absl::Status Check(rpc::CallContext& ctx, mysql::Transaction& tx,
                             std::vector<Write>& writes) = 0;
  // Writes rows, the first `new_count` of which are new; the i-th was made by the facts[i]-th fact.
  virtual absl::Status Store(rpc::CallContext& ctx, mysql::Transaction& tx,
                             const std::vector<Write*>& writes, size_t new_count,
                             const std::vector<int64_t>& facts) = 0;
  // Takes the locks of the consistency group that the records with these keys belong to, before any
  // of their rows is locked: parents, guards.
  virtual absl::Status LockFirst(rpc::CallContext& ctx, mysql::Transaction& tx,
                                 const std::vector<std::vector<std::string>>& keys) = 0;
  // Rewrites the message as the store would give it back, so that "0.50" equals "0.5", with what
  // the kind takes from the record before.
  virtual void Normalize(const Item& before, Item* item) const = 0;
  virtual const api::Columns& fields() const = 0;
  virtual const std::string& default_order() const = 0;
  virtual std::string owner_column() const = 0;  // "r.owner_id"; empty: kind without owners
  // fields(), and those that depend on the request and on what is stored.
  virtual absl::StatusOr<api::Columns> FilterFields(rpc::CallContext& ctx, const Message& request,
                                                    std::optional<int64_t> as_of) const = 0;
  virtual absl::StatusOr<std::vector<api::Predicate>> ExtraPredicates(rpc::CallContext& ctx,
                                                                      const Message& request) = 0;
  virtual std::unique_ptr<Message> NewProto() const = 0;
  // Verb of the fact of an imported row; empty = Created or Updated.
  virtual std::string import_verb() const = 0;
  virtual void SetOwner(Message* proto, const std::string& seller_id) const = 0;
  // True of a kind whose records never change: a correction is another record.
  virtual bool only_adds() const = 0;
  virtual std::string CorrectedId(const Item& item) const = 0;  // empty = it corrects none
  virtual void SetCorrected(const std::string& id, Item* item) const = 0;

  // --- Shared by the standard methods and the verbs of Resource ---
  // Checks, then writes facts, rows and external keys. The error names every violation, with the
  // prefix `prefixes[i]`.
  absl::Status WriteAll(rpc::CallContext& ctx, mysql::Transaction& tx, std::vector<Write>& writes,
                        const std::vector<std::string>& prefixes);
  // The same after Check: nothing is refused any more.
  absl::Status StoreAll(rpc::CallContext& ctx, mysql::Transaction& tx, std::vector<Write>& writes);
  // WriteAll for changes that one fact tells together; it is asked for after the check.
  absl::Status WriteAsOneFact(rpc::CallContext& ctx, mysql::Transaction& tx,
                              std::vector<Write>& writes, const std::vector<std::string>& prefixes,
                              const std::function<events::Fact()>& fact);
  // Loads one record to change it: scope, existence, archive, erasure and etag are checked.
  absl::StatusOr<Item> LoadForChange(rpc::CallContext& ctx, mysql::Transaction& tx,
                                     const std::string& name, const std::string& etag,
                                     bool may_be_archived = false, bool may_be_erased = false);
  // True of a record whose message says when it was erased.
  static bool IsErased(const Item& item) {
    return GetMessage(*item.proto, "erase_time") != nullptr;
  }
  // Marks the next version of an item as erased, and archived if it was not before.
  static void StampErased(Item* item);
  // Erases from the facts with these seqs what they tell of a record.
  absl::Status EraseFromFacts(mysql::Transaction& tx, const std::vector<int64_t>& facts,
                              const std::vector<std::string>& key,
                              const std::function<void(Message*)>& erase) const;
  // Moves a changed item to its next version and stamps what every resource carries.
  void StampNext(rpc::CallContext& ctx, const Item& before, Item* after) const;
  void Stamp(Item* item) const;  // name, etag and times into the message
  absl::Status Missing(rpc::CallContext& ctx, const std::string& name) const;
  bool InScope(rpc::CallContext& ctx, const Item& item, bool for_write) const;
  // The payload of the fact of one write: <package>.<Type><verb> with resource and changed fields.
  virtual std::unique_ptr<Message> Payload(const Write& write) const;

  const Environment environment_;

 private:
  using Handler = std::function<absl::Status(rpc::CallContext&, const Message&, Message*)>;
  class ExportProducer;
  class ImportExchange;
  friend class ExportProducer;
  friend class ImportExchange;

  absl::Status Get(rpc::CallContext& ctx, const Message& request, Message* response);
  absl::Status List(rpc::CallContext& ctx, const Message& request, Message* response);
  absl::Status Create(rpc::CallContext& ctx, const Message& request, Message* response);
  absl::Status BatchCreate(rpc::CallContext& ctx, const Message& request, Message* response);
  absl::Status Update(rpc::CallContext& ctx, const Message& request, Message* response);
  absl::Status Archive(rpc::CallContext& ctx, const Message& request, Message* response,
                       bool archive);
  absl::Status BatchGet(rpc::CallContext& ctx, const Message& request, Message* response);
  absl::Status ListRevisions(rpc::CallContext& ctx, const Message& request, Message* response);

  void BindStreams(rpc::Binding& binding);
  absl::StatusOr<Write> NewWrite(rpc::CallContext& ctx, const Message& create_request) const;
  void WriteRevision(const Revision& revision, const Message& before, Message* out) const;
  absl::Status CheckAll(rpc::CallContext& ctx, mysql::Transaction& tx, std::vector<Write>& writes,
                        const std::vector<std::string>& prefixes);
  absl::Status StoreRows(rpc::CallContext& ctx, mysql::Transaction& tx,
                         const std::vector<Write*>& ordered, const std::vector<int64_t>& facts);
  absl::Status StoreExternalKeys(mysql::Transaction& tx, const std::vector<Write*>& writes);

  const google::protobuf::Descriptor* type_;
  std::string singular_;        // "sales_process"
  std::string type_name_;       // "SalesProcess"
  std::string plural_type_;     // "SalesProcesses"
  std::string aggregate_type_;  // "salesProcess"
  api::NamePattern pattern_;
};

}  // namespace salesops::resource
