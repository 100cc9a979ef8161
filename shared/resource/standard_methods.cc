#include "shared/resource/standard_methods.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "shared/api/convert.h"
#include "shared/api/disclosure.h"
#include "shared/api/field_mask.h"
#include "shared/api/field_rules.h"
#include "shared/base/id.h"
#include "shared/events/event_log.h"
#include "shared/resource/message_fields.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::resource {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldMask;
using google::protobuf::MessageFactory;

// "SalesProcess" -> "sales_process".
std::string SnakeCase(const std::string& camel) {
  std::string snake;
  for (char c : camel) {
    if (absl::ascii_isupper(c) && !snake.empty()) snake += '_';
    snake += absl::ascii_tolower(c);
  }
  return snake;
}

std::string LowerFirst(std::string text) {
  if (!text.empty()) text[0] = absl::ascii_tolower(text[0]);
  return text;
}

std::string UpperFirst(std::string text) {
  if (!text.empty()) text[0] = absl::ascii_toupper(text[0]);
  return text;
}

const google::api::ResourceDescriptor& ResourceOf(const Descriptor* type) {
  return type->options().GetExtension(google::api::resource);
}

std::string JoinKey(const std::vector<std::string>& key) { return absl::StrJoin(key, "/"); }

void SetTime(Message* m, const char* field, const std::optional<absl::Time>& t) {
  const FieldDescriptor* f = m->GetDescriptor()->FindFieldByName(field);
  if (f == nullptr) return;
  if (!t) return m->GetReflection()->ClearField(m, f);
  m->GetReflection()->MutableMessage(m, f)->CopyFrom(api::ToTimestamp(*t));
}

// The external keys of a resource message, as (source, key).
std::vector<base::ExternalKey> ExternalKeysOf(const Message& proto) {
  std::vector<base::ExternalKey> keys;
  const FieldDescriptor* f = proto.GetDescriptor()->FindFieldByName("external_keys");
  if (f == nullptr) return keys;
  for (int i = 0; i < proto.GetReflection()->FieldSize(proto, f); ++i) {
    const Message& key = proto.GetReflection()->GetRepeatedMessage(proto, f, i);
    keys.push_back({GetString(key, "source"), GetString(key, "key")});
  }
  return keys;
}

bool HasExternalKeys(const Descriptor* type) {
  return type->FindFieldByName("external_keys") != nullptr;
}

// New rows first, each half in key order, so that concurrent batches lock in one order.
std::vector<Write*> InWritingOrder(std::vector<Write>& writes) {
  std::vector<Write*> ordered;
  for (Write& write : writes) ordered.push_back(&write);
  std::sort(ordered.begin(), ordered.end(), [](const Write* a, const Write* b) {
    return std::make_pair(a->before.has_value(), a->after.key) <
           std::make_pair(b->before.has_value(), b->after.key);
  });
  return ordered;
}

std::string EtagOf(const records::Meta& meta) { return absl::StrCat(meta.version); }

// A unique key of the table other than its primary key was taken: say which field it was.
absl::Status ExplainDuplicate(const absl::Status& status, const std::string& type_name) {
  if (status.code() != absl::StatusCode::kAlreadyExists) return status;
  return status::WithLogDetail(
      status::AlreadyExists(type_name, absl::StrCat("another ", type_name,
                                                    " has this id or one of its unique values "
                                                    "(external keys included); choose another, or "
                                                    "update the existing one")),
      status.message());
}

}  // namespace

StandardMethods::StandardMethods(const Environment& environment, const Descriptor* type)
    : environment_(environment),
      type_(type),
      singular_(SnakeCase(type->name())),
      type_name_(type->name()),
      plural_type_(UpperFirst(ResourceOf(type).plural())),
      aggregate_type_(LowerFirst(type->name())),
      pattern_(ResourceOf(type).pattern(0)) {}

void StandardMethods::BindTo(rpc::Binding& binding) {
  auto unary = [&](const std::string& name, Handler handler) {
    const std::vector<std::string> missing = binding.Missing();
    if (std::find(missing.begin(), missing.end(),
                  absl::StrCat(binding.service()->full_name(), ".", name)) != missing.end()) {
      binding.UnaryMessages(name.c_str(), std::move(handler));
    }
  };
  using Method = absl::Status (StandardMethods::*)(rpc::CallContext&, const Message&, Message*);
  auto bound = [this](Method method) -> Handler {
    return [this, method](rpc::CallContext& ctx, const Message& in, Message* out) {
      return (this->*method)(ctx, in, out);
    };
  };
  auto archiving = [this](bool archive) -> Handler {
    return [this, archive](rpc::CallContext& ctx, const Message& in, Message* out) {
      return Archive(ctx, in, out, archive);
    };
  };
  unary("Get" + type_name_, bound(&StandardMethods::Get));
  unary("List" + plural_type_, bound(&StandardMethods::List));
  unary("Create" + type_name_, bound(&StandardMethods::Create));
  unary("BatchCreate" + plural_type_, bound(&StandardMethods::BatchCreate));
  unary("Update" + type_name_, bound(&StandardMethods::Update));
  unary("Archive" + type_name_, archiving(true));
  unary("Unarchive" + type_name_, archiving(false));
  unary("BatchGet" + plural_type_, bound(&StandardMethods::BatchGet));
  if (keeps_history()) {
    unary("List" + type_name_ + "Revisions", bound(&StandardMethods::ListRevisions));
  }
  BindStreams(binding);
}

// --- What every message carries -------------------------------------------------------------

void StandardMethods::Stamp(Item* item) const {
  SetString(item->proto.get(), "name", pattern_.Format(item->key));
  SetString(item->proto.get(), "etag", EtagOf(item->meta));
  SetTime(item->proto.get(), "create_time", item->meta.create_time);
  SetTime(item->proto.get(), "update_time", item->meta.update_time);
  SetTime(item->proto.get(), "archive_time", item->meta.archive_time);
}

void StandardMethods::StampNext(rpc::CallContext& ctx, const Item& before, Item* after) const {
  after->meta = before.meta;
  after->meta.version += 1;
  after->meta.update_time = std::max(ctx.start_time(), before.meta.update_time);
}

bool StandardMethods::InScope(rpc::CallContext& ctx, const Item& item, bool for_write) const {
  if (ctx.scope().all) return true;
  if (for_write && item.owner.empty()) return false;
  return ctx.scope().Includes(item.owner);
}

absl::Status StandardMethods::Missing(rpc::CallContext& ctx, const std::string& name) const {
  if (ctx.scope().all) return status::NotFound(name);
  return status::PermissionDenied(ctx.policy().permission, name);
}

absl::StatusOr<std::optional<int64_t>> StandardMethods::AsOf(rpc::CallContext& ctx,
                                                             const Message& request,
                                                             Message* response) {
  const Message* asked = GetMessage(request, "as_of_time");
  if (asked == nullptr) return std::optional<int64_t>();
  google::protobuf::Timestamp timestamp;
  timestamp.CopyFrom(*asked);
  ASSIGN_OR_RETURN(events::AsOf as_of,
                   events::ResolveAsOf(*environment_.db, ctx, api::FromTimestamp(timestamp)));
  SetTime(response, "as_of_time", as_of.time);
  return std::optional<int64_t>(as_of.position);
}

// --- Reading --------------------------------------------------------------------------------

absl::Status StandardMethods::Get(rpc::CallContext& ctx, const Message& request,
                                  Message* response) {
  const std::string name = GetString(request, "name");
  // A resource has no as_of_time of its own; the instant is only resolved.
  ASSIGN_OR_RETURN(std::optional<int64_t> as_of, AsOf(ctx, request, response));
  ASSIGN_OR_RETURN(Item item, environment_.db->Read(ctx, [&](mysql::Connection& c) {
    return Find(ctx, c, name, as_of);
  }));
  response->GetReflection()->Swap(response, item.proto.get());
  return absl::OkStatus();
}

absl::StatusOr<Item> StandardMethods::Find(rpc::CallContext& ctx, mysql::Connection& c,
                                           const std::string& name, std::optional<int64_t> as_of) {
  const auto key = pattern_.Parse(name);
  if (!key) return Missing(ctx, name);
  std::vector<Item> items;
  RETURN_IF_ERROR(Load(c, {*key}, /*for_update=*/false, as_of, &items));
  if (items.empty() || !InScope(ctx, items[0], false)) return Missing(ctx, name);
  return std::move(items[0]);
}

absl::Status StandardMethods::BatchGet(rpc::CallContext& ctx, const Message& request,
                                       Message* response) {
  std::vector<std::vector<std::string>> keys;
  const std::vector<std::string> names = GetStrings(request, "names");
  const std::string parent = GetString(request, "parent");
  const bool one_parent = !parent.empty() && !absl::EndsWith(parent, "/-");
  for (size_t i = 0; i < names.size(); ++i) {
    if (one_parent && !absl::StartsWith(names[i], parent + "/")) {
      return status::InvalidField(absl::StrCat("names[", i, "]"), "BAD_REFERENCE",
                                  absl::StrCat("must lie under ", parent));
    }
    auto key = pattern_.Parse(names[i]);
    if (!key) return Missing(ctx, names[i]);
    keys.push_back(*std::move(key));
  }
  ASSIGN_OR_RETURN(std::optional<int64_t> as_of, AsOf(ctx, request, response));
  std::vector<Item> items;
  RETURN_IF_ERROR(environment_.db->Read(ctx, [&](mysql::Connection& c) {
    return Load(c, keys, /*for_update=*/false, as_of, &items);
  }));
  std::map<std::vector<std::string>, Item*> found;
  for (Item& item : items) found[item.key] = &item;
  const FieldDescriptor* list = RepeatedOf(*response, type_);
  for (size_t i = 0; i < keys.size(); ++i) {
    auto it = found.find(keys[i]);
    if (it == found.end() || !InScope(ctx, *it->second, false)) return Missing(ctx, names[i]);
    response->GetReflection()->AddMessage(response, list)->CopyFrom(*it->second->proto);
  }
  return absl::OkStatus();
}

// What List and Export have in common: filter, order, parent and scope.
absl::StatusOr<records::ListQuery> StandardMethods::Query(rpc::CallContext& ctx,
                                                          const Message& request,
                                                          std::optional<int64_t> as_of) {
  records::ListQuery query;
  query.as_of_position = as_of;
  query.show_archived = GetBool(request, "show_archived");
  if (const std::string parent = GetString(request, "parent"); !parent.empty()) {
    // A child's name is parsed, because the last id of a name may not be "-".
    const std::string parent_text = pattern_.ParentText();
    const std::string child = pattern_.text().substr(parent_text.size());
    auto ids = pattern_.Parse(absl::StrCat(parent, child.substr(0, child.find('{')), "x"),
                              /*allow_wildcard=*/true);
    if (!ids) {
      return status::InvalidField("parent", "BAD_REFERENCE",
                                  absl::StrCat("must be of the form ", parent_text));
    }
    ids->pop_back();
    query.parent = *std::move(ids);
  }
  ASSIGN_OR_RETURN(const api::Columns columns, FilterFields(ctx, request, as_of));
  ASSIGN_OR_RETURN(api::Predicate filter, api::ParseFilter(GetString(request, "filter"), columns));
  query.where.push_back(std::move(filter));
  ASSIGN_OR_RETURN(query.order,
                   api::ParseOrderBy(GetString(request, "order_by"), fields(), default_order()));
  if (!owner_column().empty() && !ctx.scope().all) {
    api::Predicate scope{absl::StrCat("(", owner_column(), " IS NULL OR ", owner_column(),
                                      " = '' OR ", owner_column(), " IN ('-'"),
                         {}};
    for (const std::string& seller : ctx.scope().sellers) {
      absl::StrAppend(&scope.sql, ",?");
      scope.params.push_back(seller);
    }
    absl::StrAppend(&scope.sql, "))");
    query.where.push_back(std::move(scope));
  }
  ASSIGN_OR_RETURN(std::vector<api::Predicate> extra, ExtraPredicates(ctx, request));
  for (api::Predicate& predicate : extra) query.where.push_back(std::move(predicate));
  return query;
}

absl::Status StandardMethods::List(rpc::CallContext& ctx, const Message& request,
                                   Message* response) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> as_of, AsOf(ctx, request, response));
  ASSIGN_OR_RETURN(records::ListQuery query, Query(ctx, request, as_of));
  query.limit = api::CoercePageSize(static_cast<int32_t>(GetInt(request, "page_size")));
  const std::string fingerprint = api::QueryFingerprint(request, ctx.principal().ToString());
  if (const std::string token = GetString(request, "page_token"); !token.empty()) {
    ASSIGN_OR_RETURN(query.after, environment_.sealer->Open(token, fingerprint, ctx.start_time()));
  }

  std::vector<Item> items;
  ASSIGN_OR_RETURN(
      std::optional<api::PageCursor> next,
      environment_.db->Read(ctx, [&](mysql::Connection& c) { return LoadPage(c, query, &items); }));
  const FieldDescriptor* list = RepeatedOf(*response, type_);
  for (Item& item : items) {
    response->GetReflection()->AddAllocatedMessage(response, list, item.proto.release());
  }
  if (next) {
    SetString(response, "next_page_token",
              environment_.sealer->Seal(*next, fingerprint, ctx.start_time()));
  }
  return absl::OkStatus();
}

// Without as_of_time the list is that of its first page's moment: every version there has its
// position, and a change while a caller pages neither shifts the pages nor contradicts them.
absl::Status StandardMethods::ListRevisions(rpc::CallContext& ctx, const Message& request,
                                            Message* response) {
  const std::string name = GetString(request, "name");
  const std::string fingerprint = api::QueryFingerprint(request, ctx.principal().ToString());
  records::RevisionQuery query;
  query.limit = api::CoercePageSize(static_cast<int32_t>(GetInt(request, "page_size")));
  ASSIGN_OR_RETURN(const std::optional<int64_t> as_of, AsOf(ctx, request, response));
  if (const std::string token = GetString(request, "page_token"); !token.empty()) {
    ASSIGN_OR_RETURN(const api::PageCursor after,
                     environment_.sealer->Open(token, fingerprint, ctx.start_time()));
    query.as_of_position = after.position;
    query.before = std::get<int64_t>(after.keys.at(0).variant());
  } else if (as_of) {
    query.as_of_position = *as_of;
  } else {
    ASSIGN_OR_RETURN(const events::AsOf now, events::ResolveNow(*environment_.db, ctx));
    query.as_of_position = now.position;
  }

  std::vector<Revision> revisions;
  RETURN_IF_ERROR(environment_.db->Read(ctx, [&](mysql::Connection& c) -> absl::Status {
    revisions.clear();
    ASSIGN_OR_RETURN(const Item item, Find(ctx, c, name, as_of));
    query.key.assign(item.key.begin(), item.key.end());
    return LoadRevisions(c, query, &revisions);
  }));
  const FieldDescriptor* list = response->GetDescriptor()->FindFieldByName("revisions");
  const std::unique_ptr<Message> nothing = NewProto();
  const size_t shown = std::min(revisions.size(), static_cast<size_t>(query.limit));
  for (size_t i = 0; i < shown; ++i) {
    const bool first = i + 1 == revisions.size();
    WriteRevision(revisions[i], first ? *nothing : *revisions[i + 1].item.proto,
                  response->GetReflection()->AddMessage(response, list));
  }
  if (shown < revisions.size()) {
    SetString(response, "next_page_token",
              environment_.sealer->Seal(
                  {{revisions[shown - 1].item.meta.recorded_from}, query.as_of_position},
                  fingerprint, ctx.start_time()));
  }
  return absl::OkStatus();
}

void StandardMethods::WriteRevision(const Revision& revision, const Message& before,
                                    Message* out) const {
  MutableMessage(out, singular_)->CopyFrom(*revision.item.proto);
  SetTime(out, "recorded_from_time", revision.recorded_from_time);
  SetTime(out, "recorded_to_time", revision.recorded_to_time);
  FieldMask changed;
  for (std::string& path : DifferingFields(before, *revision.item.proto)) {
    changed.add_paths(std::move(path));
  }
  MutableMessage(out, "changed")->CopyFrom(changed);
  SetString(out, "actor", revision.actor);
  // "salesops.pipeline.v1.AccountUpdated" of an account: "Updated". A change that the fact of
  // another resource tells keeps that one's whole name.
  absl::string_view verb = revision.fact;
  verb.remove_prefix(verb.rfind('.') + 1);
  absl::ConsumePrefix(&verb, type_name_);
  SetString(out, "verb", std::string(verb));
}

// --- Writing --------------------------------------------------------------------------------

absl::StatusOr<Write> StandardMethods::NewWrite(rpc::CallContext& ctx,
                                                const Message& create_request) const {
  Write write;
  write.verb = "Created";
  write.after.proto = NewProto();
  if (const Message* given = GetMessage(create_request, singular_)) {
    write.after.proto->CopyFrom(*given);
    api::ClearOutputOnly(write.after.proto.get());
  }
  std::string id = GetString(create_request, (singular_ + "_id").c_str());
  const bool chooses_keys = !id.empty() || !ExternalKeysOf(*write.after.proto).empty();
  if (chooses_keys && !ctx.scope().all) {
    const std::string& permission = ctx.policy().permission;
    return status::Make(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED",
                        absl::StrCat("permission ", permission,
                                     " with scope ALL is needed to choose ids and external keys; "
                                     "leave them out"),
                        {{"permission", permission}});
  }
  if (id.empty()) id = base::GenerateId();
  if (const std::string parent_text = pattern_.ParentText(); !parent_text.empty()) {
    const std::string parent = GetString(create_request, "parent");
    auto ids = api::NamePattern(parent_text).Parse(parent);
    if (!ids) {
      return status::InvalidField("parent", "BAD_REFERENCE",
                                  absl::StrCat("must be of the form ", parent_text));
    }
    write.after.key = *std::move(ids);
  }
  write.after.key.push_back(std::move(id));
  write.after.meta.version = 1;
  write.after.meta.create_time = write.after.meta.update_time = ctx.start_time();
  if (!ctx.scope().all && !owner_column().empty() &&
      GetString(*write.after.proto, "owner").empty() && !ctx.access().seller().empty()) {
    SetOwner(write.after.proto.get(), ctx.access().seller());
  }
  return write;
}

absl::Status StandardMethods::Create(rpc::CallContext& ctx, const Message& request,
                                     Message* response) {
  return environment_.mutations->RunMessage(
      ctx, request, response, [&](mysql::Transaction& tx, Message* out) -> absl::Status {
        ASSIGN_OR_RETURN(const Item created, CreateItem(ctx, tx, request, singular_ + "."));
        out->CopyFrom(*created.proto);
        return absl::OkStatus();
      });
}

absl::StatusOr<Item> StandardMethods::CreateItem(rpc::CallContext& ctx, mysql::Transaction& tx,
                                                 const Message& create_request,
                                                 const std::string& prefix) {
  std::vector<Write> writes;
  ASSIGN_OR_RETURN(Write write, NewWrite(ctx, create_request));
  RETURN_IF_ERROR(LockFirst(ctx, tx, {write.after.key}));
  writes.push_back(std::move(write));
  RETURN_IF_ERROR(WriteAll(ctx, tx, writes, {prefix}));
  return std::move(writes[0].after);
}

absl::Status StandardMethods::BatchCreate(rpc::CallContext& ctx, const Message& request,
                                          Message* response) {
  return environment_.mutations->RunMessage(
      ctx, request, response, [&](mysql::Transaction& tx, Message* out) -> absl::Status {
        const FieldDescriptor* requests = request.GetDescriptor()->FindFieldByName("requests");
        const int count = request.GetReflection()->FieldSize(request, requests);
        const std::string parent = GetString(request, "parent");
        std::vector<Write> writes;
        std::vector<std::string> prefixes;
        for (int i = 0; i < count; ++i) {
          std::unique_ptr<Message> one(
              request.GetReflection()->GetRepeatedMessage(request, requests, i).New());
          one->CopyFrom(request.GetReflection()->GetRepeatedMessage(request, requests, i));
          if (!parent.empty()) {
            const std::string own = GetString(*one, "parent");
            if (!own.empty() && own != parent && parent.find("/-") == std::string::npos) {
              return status::InvalidField(absl::StrCat("requests[", i, "].parent"), "BAD_REFERENCE",
                                          "must be the batch's parent or empty");
            }
            if (own.empty()) SetString(one.get(), "parent", parent);
          }
          ASSIGN_OR_RETURN(Write write, NewWrite(ctx, *one));
          writes.push_back(std::move(write));
          prefixes.push_back(absl::StrCat("requests[", i, "].", singular_, "."));
        }
        std::vector<std::vector<std::string>> keys;
        for (const Write& write : writes) keys.push_back(write.after.key);
        std::sort(keys.begin(), keys.end());
        RETURN_IF_ERROR(LockFirst(ctx, tx, keys));
        RETURN_IF_ERROR(WriteAll(ctx, tx, writes, prefixes));
        const FieldDescriptor* list = RepeatedOf(*out, type_);
        for (const Write& write : writes) {
          out->GetReflection()->AddMessage(out, list)->CopyFrom(*write.after.proto);
        }
        return absl::OkStatus();
      });
}

absl::StatusOr<Item> StandardMethods::LoadForChange(rpc::CallContext& ctx, mysql::Transaction& tx,
                                                    const std::string& name,
                                                    const std::string& etag, bool may_be_archived,
                                                    bool may_be_erased) {
  const auto key = pattern_.Parse(name);
  if (!key) return Missing(ctx, name);
  RETURN_IF_ERROR(LockFirst(ctx, tx, {*key}));
  std::vector<Item> items;
  RETURN_IF_ERROR(Load(tx, {*key}, /*for_update=*/true, std::nullopt, &items));
  if (items.empty() || !InScope(ctx, items[0], true)) return Missing(ctx, name);
  if (!etag.empty() && etag != EtagOf(items[0].meta)) return status::EtagMismatch(name);
  if (IsErased(items[0]) && !may_be_erased) {
    return status::FailedPrecondition("ERASED", name,
                                      "who it is was erased, for good; create another instead");
  }
  if (items[0].meta.archive_time && !may_be_archived) {
    return status::FailedPrecondition("ARCHIVED", name, "it is archived; unarchive it first");
  }
  return std::move(items[0]);
}

absl::Status StandardMethods::Update(rpc::CallContext& ctx, const Message& request,
                                     Message* response) {
  return environment_.mutations->RunMessage(
      ctx, request, response, [&](mysql::Transaction& tx, Message* out) -> absl::Status {
        const Message* update = GetMessage(request, singular_);
        if (update == nullptr) return status::InvalidField(singular_, "REQUIRED", "must be set");
        std::vector<Write> writes(1);
        Write& write = writes[0];
        write.verb = "Updated";
        ASSIGN_OR_RETURN(write.before, LoadForChange(ctx, tx, GetString(*update, "name"),
                                                     GetString(*update, "etag")));
        write.after.key = write.before->key;
        write.after.owner = write.before->owner;
        write.after.proto = NewProto();
        write.after.proto->CopyFrom(*write.before->proto);
        FieldMask mask;
        if (const Message* given = GetMessage(request, "update_mask")) mask.CopyFrom(*given);
        const base::Violations broken = api::ApplyUpdate(*update, mask, write.after.proto.get());
        if (!broken.empty()) return status::InvalidArgument(broken);
        write.after.meta = write.before->meta;
        Normalize(*write.before, &write.after);
        if (api::ChangedFields(*write.before->proto, *write.after.proto).paths().empty()) {
          out->CopyFrom(*write.before->proto);
          return absl::OkStatus();
        }
        RETURN_IF_ERROR(api::MayWrite(ctx.access(), api::PersonalPermission(ctx.policy()),
                                      *write.before->proto, *write.after.proto));
        StampNext(ctx, *write.before, &write.after);
        RETURN_IF_ERROR(WriteAll(ctx, tx, writes, {singular_ + "."}));
        out->CopyFrom(*writes[0].after.proto);
        return absl::OkStatus();
      });
}

absl::Status StandardMethods::Archive(rpc::CallContext& ctx, const Message& request,
                                      Message* response, bool archive) {
  return environment_.mutations->RunMessage(
      ctx, request, response, [&](mysql::Transaction& tx, Message* out) -> absl::Status {
        std::vector<Write> writes(1);
        Write& write = writes[0];
        write.verb = archive ? "Archived" : "Unarchived";
        ASSIGN_OR_RETURN(write.before,
                         LoadForChange(ctx, tx, GetString(request, "name"),
                                       GetString(request, "etag"), /*may_be_archived=*/true));
        if (write.before->meta.archive_time.has_value() == archive) {
          out->CopyFrom(*write.before->proto);
          return absl::OkStatus();
        }
        write.after.key = write.before->key;
        write.after.owner = write.before->owner;
        write.after.proto = NewProto();
        write.after.proto->CopyFrom(*write.before->proto);
        StampNext(ctx, *write.before, &write.after);
        write.after.meta.archive_time.reset();
        if (archive) write.after.meta.archive_time = write.after.meta.update_time;
        RETURN_IF_ERROR(WriteAll(ctx, tx, writes, {singular_ + "."}));
        out->CopyFrom(*writes[0].after.proto);
        return absl::OkStatus();
      });
}

void StandardMethods::StampErased(Item* item) {
  if (!item->meta.archive_time) item->meta.archive_time = item->meta.update_time;
  SetTime(item->proto.get(), "erase_time", item->meta.update_time);
}

absl::Status StandardMethods::EraseFromFacts(mysql::Transaction& tx,
                                             const std::vector<int64_t>& facts,
                                             const std::vector<std::string>& key,
                                             const std::function<void(Message*)>& erase) const {
  const std::string name = pattern_.Format(key);
  return events::RewritePayloads(
      tx, facts, [&](Message* payload) { ForEachNamed(payload, type_, name, erase); });
}

absl::Status StandardMethods::CheckAll(rpc::CallContext& ctx, mysql::Transaction& tx,
                                       std::vector<Write>& writes,
                                       const std::vector<std::string>& prefixes) {
  RETURN_IF_ERROR(Check(ctx, tx, writes));
  base::Violations all;
  for (size_t i = 0; i < writes.size(); ++i) all.AddAll(prefixes[i], writes[i].violations);
  if (!all.empty()) return status::InvalidArgument(all);
  for (const Write& write : writes) {
    RETURN_IF_ERROR(write.refused);
    if (!InScope(ctx, write.after, true)) {
      return status::PermissionDenied(ctx.policy().permission, pattern_.Format(write.after.key));
    }
  }
  return absl::OkStatus();
}

absl::Status StandardMethods::WriteAll(rpc::CallContext& ctx, mysql::Transaction& tx,
                                       std::vector<Write>& writes,
                                       const std::vector<std::string>& prefixes) {
  RETURN_IF_ERROR(CheckAll(ctx, tx, writes, prefixes));
  return StoreAll(ctx, tx, writes);
}

absl::Status StandardMethods::WriteAsOneFact(rpc::CallContext& ctx, mysql::Transaction& tx,
                                             std::vector<Write>& writes,
                                             const std::vector<std::string>& prefixes,
                                             const std::function<events::Fact()>& fact) {
  RETURN_IF_ERROR(CheckAll(ctx, tx, writes, prefixes));
  if (writes.empty()) return absl::OkStatus();
  const std::vector<Write*> ordered = InWritingOrder(writes);
  for (Write* write : ordered) Stamp(&write->after);
  events::Fact told = fact();
  told.actor = ctx.principal().ToString();
  RETURN_IF_ERROR(events::Append(tx, ctx.start_time(), ctx.traceparent(), {told}));
  return StoreRows(ctx, tx, ordered, std::vector<int64_t>(ordered.size(), 0));
}

absl::Status StandardMethods::StoreAll(rpc::CallContext& ctx, mysql::Transaction& tx,
                                       std::vector<Write>& writes) {
  if (writes.empty()) return absl::OkStatus();
  const std::vector<Write*> ordered = InWritingOrder(writes);
  std::vector<events::Fact> facts;
  std::vector<int64_t> fact_of_row;
  for (Write* write : ordered) {
    Stamp(&write->after);
    fact_of_row.push_back(static_cast<int64_t>(facts.size()));
    facts.push_back(
        events::MakeFact(aggregate_type_, pattern_.Format(write->after.key), *Payload(*write)));
    facts.back().actor = ctx.principal().ToString();
  }
  RETURN_IF_ERROR(events::Append(tx, ctx.start_time(), ctx.traceparent(), facts));
  return StoreRows(ctx, tx, ordered, fact_of_row);
}

absl::Status StandardMethods::StoreRows(rpc::CallContext& ctx, mysql::Transaction& tx,
                                        const std::vector<Write*>& ordered,
                                        const std::vector<int64_t>& facts) {
  const size_t new_count =
      std::count_if(ordered.begin(), ordered.end(), [](const Write* w) { return !w->before; });
  if (absl::Status stored = Store(ctx, tx, ordered, new_count, facts); !stored.ok()) {
    return ExplainDuplicate(stored, type_name_);
  }
  if (!HasExternalKeys(type_)) return absl::OkStatus();
  if (absl::Status stored = StoreExternalKeys(tx, ordered); !stored.ok()) {
    return ExplainDuplicate(stored, type_name_);
  }
  return absl::OkStatus();
}

absl::Status StandardMethods::StoreExternalKeys(mysql::Transaction& tx,
                                                const std::vector<Write*>& writes) {
  std::string insert;
  mysql::Params params;
  for (const Write* write : writes) {
    const std::vector<base::ExternalKey> after = ExternalKeysOf(*write->after.proto);
    std::vector<base::ExternalKey> before;
    if (write->before) before = ExternalKeysOf(*write->before->proto);
    const std::set<base::ExternalKey> kept(after.begin(), after.end());
    const std::set<base::ExternalKey> had(before.begin(), before.end());
    const std::string corrected = write->before ? "" : CorrectedId(write->after);
    for (const base::ExternalKey& key : kept) {
      if (corrected.empty()) break;
      RETURN_IF_ERROR(tx.Execute("DELETE FROM external_key WHERE collection = ? AND source = ? AND "
                                 "ext_key = ? AND resource_key = ?",
                                 {aggregate_type_, key.source, key.key, corrected})
                          .status());
    }
    for (const base::ExternalKey& key : had) {
      if (kept.count(key) > 0) continue;
      RETURN_IF_ERROR(
          tx.Execute("DELETE FROM external_key WHERE collection = ? AND source = ? AND ext_key = ?",
                     {aggregate_type_, key.source, key.key})
              .status());
    }
    for (const base::ExternalKey& key : kept) {
      if (had.count(key) > 0) continue;
      insert += insert.empty() ? "(?,?,?,?)" : ",(?,?,?,?)";
      for (const std::string& v :
           {aggregate_type_, key.source, key.key, JoinKey(write->after.key)}) {
        params.push_back(v);
      }
    }
  }
  if (insert.empty()) return absl::OkStatus();
  return tx
      .Execute(
          "INSERT INTO external_key (collection, source, ext_key, resource_key) VALUES " + insert,
          params)
      .status();
}

std::unique_ptr<Message> StandardMethods::Payload(const Write& write) const {
  const std::string full_name = absl::StrCat(type_->file()->package(), ".", type_name_, write.verb);
  const Descriptor* type = DescriptorPool::generated_pool()->FindMessageTypeByName(full_name);
  std::unique_ptr<Message> payload(MessageFactory::generated_factory()->GetPrototype(type)->New());
  MutableMessage(payload.get(), singular_)->CopyFrom(*write.after.proto);
  FieldMask changed;
  const std::unique_ptr<Message> nothing = NewProto();
  for (std::string& path :
       DifferingFields(write.before ? *write.before->proto : *nothing, *write.after.proto)) {
    changed.add_paths(std::move(path));
  }
  MutableMessage(payload.get(), "changed")->CopyFrom(changed);
  return payload;
}

}  // namespace salesops::resource
