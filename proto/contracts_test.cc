// The rules that every contract follows (README.md in this folder), read from the descriptor sets
// that the gateway loads. A new resource or method is checked by being there.

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/api/annotations.pb.h"
#include "google/api/field_behavior.pb.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "salesops/options/v1/options.pb.h"

namespace salesops {
namespace {

using google::api::FieldBehavior;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using testing::Contains;
using testing::IsEmpty;
using testing::Not;

// Resources that are only read, so that the standard methods and fields do not apply.
const std::set<std::string> kReadOnly = {"AuditEntry", "StageTransition", "PayoutStatement"};
// Resources that are created and never changed: a correction is another one.
const std::set<std::string> kAppendOnly = {"Transaction"};
// `filterable` entries that a list answers without having such a field.
const std::set<std::string> kFilterOnly = {"Account.ancestor", "Opportunity.account_ancestor",
                                           "Opportunity.team"};

struct Contract {
  std::string service;  // "pipeline"
  google::protobuf::DescriptorPool pool;
  std::vector<const FileDescriptor*> files;  // the service's own
};

std::unique_ptr<Contract> Load(const std::string& service) {
  auto contract = std::make_unique<Contract>();
  contract->service = service;
  std::ifstream in(std::string(SALESOPS_DESCRIPTORS) + "/" + service + ".binpb", std::ios::binary);
  google::protobuf::FileDescriptorSet set;
  EXPECT_TRUE(set.ParseFromIstream(&in)) << service;
  for (const auto& file : set.file()) {
    const FileDescriptor* built = contract->pool.BuildFile(file);
    EXPECT_NE(built, nullptr) << file.name();
    if (built != nullptr && file.package() == "salesops." + service + ".v1") {
      contract->files.push_back(built);
    }
  }
  return contract;
}

const std::vector<std::unique_ptr<Contract>>& Contracts() {
  static const auto* contracts = [] {
    auto* list = new std::vector<std::unique_ptr<Contract>>;
    for (const auto& entry : std::filesystem::directory_iterator(SALESOPS_DESCRIPTORS)) {
      list->push_back(Load(entry.path().stem()));
    }
    return list;
  }();
  return *contracts;
}

void ForEachMethod(const std::function<void(const Contract&, const MethodDescriptor*)>& check) {
  for (const auto& contract : Contracts()) {
    for (const FileDescriptor* file : contract->files) {
      for (int s = 0; s < file->service_count(); ++s) {
        for (int m = 0; m < file->service(s)->method_count(); ++m) {
          SCOPED_TRACE(file->service(s)->method(m)->full_name());
          check(*contract, file->service(s)->method(m));
        }
      }
    }
  }
}

void ForEachMessage(const std::function<void(const Contract&, const Descriptor*)>& check) {
  for (const auto& contract : Contracts()) {
    for (const FileDescriptor* file : contract->files) {
      std::vector<const Descriptor*> open;
      for (int m = 0; m < file->message_type_count(); ++m) open.push_back(file->message_type(m));
      while (!open.empty()) {
        const Descriptor* message = open.back();
        open.pop_back();
        for (int n = 0; n < message->nested_type_count(); ++n) {
          open.push_back(message->nested_type(n));
        }
        if (message->options().map_entry()) continue;
        SCOPED_TRACE(message->full_name());
        check(*contract, message);
      }
    }
  }
}

bool IsResource(const Descriptor* message) {
  return message->options().HasExtension(google::api::resource);
}

void ForEachResource(const std::function<void(const Contract&, const Descriptor*)>& check) {
  ForEachMessage([&](const Contract& contract, const Descriptor* message) {
    if (IsResource(message)) check(contract, message);
  });
}

std::set<FieldBehavior> Behaviors(const FieldDescriptor* field) {
  std::set<FieldBehavior> set;
  for (int b : field->options().GetRepeatedExtension(google::api::field_behavior)) {
    set.insert(static_cast<FieldBehavior>(b));
  }
  return set;
}

const options::v1::FieldRules& Rules(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::field);
}

// "SalesProcess", "salesProcess" -> "sales_process"
std::string Snake(const std::string& name) {
  std::string snake;
  for (char c : name) {
    if (isupper(c)) {
      if (!snake.empty()) snake += '_';
      snake += static_cast<char>(tolower(c));
    } else {
      snake += c;
    }
  }
  return snake;
}

std::string Capitalised(std::string name) {
  name[0] = static_cast<char>(toupper(name[0]));
  return name;
}

struct Route {
  std::string verb, path, body;
};

Route RouteOf(const MethodDescriptor* method) {
  const google::api::HttpRule& rule = method->options().GetExtension(google::api::http);
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      return {"GET", rule.get(), rule.body()};
    case google::api::HttpRule::kPost:
      return {"POST", rule.post(), rule.body()};
    case google::api::HttpRule::kPatch:
      return {"PATCH", rule.patch(), rule.body()};
    default:
      return {};
  }
}

bool Has(const Descriptor* message, const std::string& field, const std::string& type) {
  const FieldDescriptor* f = message->FindFieldByName(field);
  if (f == nullptr) return false;
  return type ==
         (f->type() == FieldDescriptor::TYPE_MESSAGE ? f->message_type()->name() : f->type_name());
}

TEST(Contracts, EveryMethodNamesThePermissionItNeeds) {
  ForEachMethod([](const Contract& contract, const MethodDescriptor* method) {
    const auto& policy = method->options().GetExtension(options::v1::policy);
    EXPECT_FALSE(policy.unauthenticated());
    EXPECT_TRUE(std::regex_match(policy.permission(),
                                 std::regex(contract.service + R"(\.[a-z][A-Za-z]*\.[a-z]+)")))
        << policy.permission();
    const bool all_rows = method->server_streaming();
    if (all_rows) {
      EXPECT_TRUE(policy.full_scope()) << "a stream cannot filter rows";
    }
  });
}

TEST(Contracts, EveryMethodHasItsOwnRoute) {
  std::set<std::string> routes;
  ForEachMethod([&](const Contract& contract, const MethodDescriptor* method) {
    const Route route = RouteOf(method);
    EXPECT_EQ(route.path.rfind("/" + contract.service + "/v1/", 0), 0u) << route.path;
    // Two paths that differ only in the names of their variables are one route.
    const std::string shape =
        std::regex_replace(route.path, std::regex(R"(\{[^=}]*=([^}]*)\})"), "$1");
    EXPECT_TRUE(routes.insert(route.verb + " " + shape).second) << route.verb << " " << shape;
    EXPECT_EQ(route.verb == "GET", route.body.empty()) << route.body;
    if (route.verb != "GET" && route.body != "*") {
      EXPECT_NE(method->input_type()->FindFieldByName(route.body), nullptr) << route.body;
    }
  });
}

TEST(Contracts, EveryServiceIsKnownByName) {
  ForEachMethod([](const Contract&, const MethodDescriptor* method) {
    EXPECT_NE(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
                  method->service()->full_name()),
              nullptr);
  });
}

TEST(Contracts, EveryChangeCanBeRetriedAndTried) {
  ForEachMethod([](const Contract&, const MethodDescriptor* method) {
    // A stream is begun anew: an import goes on, a calculation adds only what is not there yet.
    if (RouteOf(method).verb == "GET" || method->client_streaming()) return;
    if (method->server_streaming()) return;
    EXPECT_TRUE(Has(method->input_type(), "request_id", "string"));
    EXPECT_TRUE(Has(method->input_type(), "validate_only", "bool"));
  });
}

TEST(Contracts, EveryFieldSaysHowItBehaves) {
  ForEachMessage([](const Contract&, const Descriptor* message) {
    for (int f = 0; f < message->field_count(); ++f) {
      EXPECT_THAT(Behaviors(message->field(f)), Not(IsEmpty())) << message->field(f)->name();
    }
  });
}

TEST(Contracts, WhatAClientMaySendIsBounded) {
  ForEachMessage([](const Contract&, const Descriptor* message) {
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor* field = message->field(i);
      if (Behaviors(field).count(google::api::OUTPUT_ONLY) > 0) continue;
      if (IsResource(message) && kReadOnly.count(message->name()) > 0 && field->name() == "name") {
        continue;
      }
      const options::v1::FieldRules& rules = Rules(field);
      if (field->type() == FieldDescriptor::TYPE_STRING) {
        EXPECT_TRUE(rules.max_length() > 0 || !rules.pattern().empty() ||
                    !rules.references().empty())
            << field->name() << " has no limit of length";
      }
      if (field->is_repeated()) {
        EXPECT_GT(rules.max_items(), 0) << field->name() << " has no limit of elements";
      }
      if (field->is_map()) {
        EXPECT_FALSE(rules.key_pattern().empty()) << field->name();
      }
    }
  });
}

TEST(Contracts, EveryReferenceIsToAResource) {
  std::set<std::string> types;
  ForEachResource([&](const Contract&, const Descriptor* resource) {
    types.insert(resource->options().GetExtension(google::api::resource).type());
  });
  ForEachMessage([&](const Contract&, const Descriptor* message) {
    for (int f = 0; f < message->field_count(); ++f) {
      const std::string& type = Rules(message->field(f)).references();
      if (!type.empty()) {
        EXPECT_THAT(types, Contains(type)) << message->field(f)->name();
      }
    }
  });
}

TEST(Contracts, EveryResourceIsNamedAlike) {
  ForEachResource([](const Contract& contract, const Descriptor* resource) {
    const google::api::ResourceDescriptor& d =
        resource->options().GetExtension(google::api::resource);
    EXPECT_EQ(d.type(), contract.service + ".salesops.example/" + resource->name());
    EXPECT_EQ(Capitalised(d.singular()), resource->name());
    EXPECT_FALSE(d.plural().empty());
    ASSERT_EQ(d.pattern_size(), 1);
    const FieldDescriptor* name = resource->FindFieldByName("name");
    ASSERT_NE(name, nullptr);
    EXPECT_EQ(name->number(), 1);
    EXPECT_EQ(Behaviors(name), std::set<FieldBehavior>{google::api::IDENTIFIER});
  });
}

TEST(Contracts, EveryResourceHasTheSharedFields) {
  ForEachResource([](const Contract&, const Descriptor* resource) {
    if (kReadOnly.count(resource->name()) > 0) return;
    EXPECT_TRUE(Has(resource, "external_keys", "ExternalKey"));
    EXPECT_TRUE(Has(resource, "etag", "string"));
    EXPECT_TRUE(Has(resource, "create_time", "Timestamp"));
    if (kAppendOnly.count(resource->name()) > 0) return;
    for (const char* field : {"update_time", "archive_time"}) {
      EXPECT_TRUE(Has(resource, field, "Timestamp")) << field;
    }
  });
}

TEST(Contracts, WhatAListFiltersByIsAField) {
  ForEachResource([](const Contract&, const Descriptor* resource) {
    const auto& rules = resource->options().GetExtension(options::v1::resource_rules);
    EXPECT_FALSE(rules.default_order().empty());
    for (const std::string& path : rules.filterable()) {
      if (kFilterOnly.count(resource->name() + "." + path) > 0) continue;
      const Descriptor* message = resource;
      size_t begin = 0;
      while (begin <= path.size()) {
        const size_t end = std::min(path.find('.', begin), path.size());
        const FieldDescriptor* field =
            message == nullptr ? nullptr
                               : message->FindFieldByName(path.substr(begin, end - begin));
        ASSERT_NE(field, nullptr) << path;
        message = field->message_type();
        begin = end + 1;
      }
    }
  });
}

// Checks `method` of the service of a resource: its types and the fields that generic code uses.
void CheckMethod(const ServiceDescriptor* service, const std::string& name,
                 const std::string& response, const std::map<std::string, std::string>& in,
                 const std::map<std::string, std::string>& out) {
  SCOPED_TRACE(name);
  const MethodDescriptor* method = service->FindMethodByName(name);
  ASSERT_NE(method, nullptr);
  EXPECT_EQ(method->input_type()->name(), name + "Request");
  EXPECT_EQ(method->output_type()->name(), response);
  for (const auto& [field, type] : in) EXPECT_TRUE(Has(method->input_type(), field, type)) << field;
  for (const auto& [field, type] : out) {
    EXPECT_TRUE(Has(method->output_type(), field, type)) << field;
  }
}

TEST(Contracts, EveryResourceHasTheStandardMethods) {
  ForEachResource([](const Contract&, const Descriptor* resource) {
    if (kReadOnly.count(resource->name()) > 0) return;
    const google::api::ResourceDescriptor& d =
        resource->options().GetExtension(google::api::resource);
    const std::string& type = resource->name();
    const std::string types = Capitalised(d.plural());
    const std::string one = Snake(type);
    const std::string many = Snake(types);
    const ServiceDescriptor* service = nullptr;
    for (int s = 0; s < resource->file()->service_count(); ++s) {
      if (resource->file()->service(s)->FindMethodByName("Get" + type) != nullptr) {
        service = resource->file()->service(s);
      }
    }
    ASSERT_NE(service, nullptr) << "no service beside the resource serves it";
    const bool changes = kAppendOnly.count(type) == 0;
    std::map<std::string, std::string> which = {{"filter", "string"}, {"as_of_time", "Timestamp"}};
    if (changes) which["show_archived"] = "bool";
    std::map<std::string, std::string> page = which;
    page.insert({{"page_size", "int32"}, {"page_token", "string"}, {"order_by", "string"}});
    CheckMethod(service, "Get" + type, type, {{"name", "string"}, {"as_of_time", "Timestamp"}}, {});
    CheckMethod(service, "List" + types, "List" + types + "Response", page,
                {{many, type}, {"next_page_token", "string"}, {"as_of_time", "Timestamp"}});
    CheckMethod(service, "Create" + type, type, {{one, type}, {one + "_id", "string"}}, {});
    CheckMethod(service, "BatchCreate" + types, "BatchCreate" + types + "Response",
                {{"requests", "Create" + type + "Request"}}, {{many, type}});
    if (changes) {
      CheckMethod(service, "Update" + type, type, {{one, type}, {"update_mask", "FieldMask"}}, {});
      CheckMethod(service, "Archive" + type, type, {{"name", "string"}, {"etag", "string"}}, {});
      CheckMethod(service, "Unarchive" + type, type, {{"name", "string"}, {"etag", "string"}}, {});
    }
    CheckMethod(service, "BatchGet" + types, "BatchGet" + types + "Response",
                {{"names", "string"}, {"as_of_time", "Timestamp"}},
                {{many, type}, {"as_of_time", "Timestamp"}});
    if (service->FindMethodByName("Export" + types) != nullptr) {
      CheckMethod(service, "Export" + types, "Export" + types + "Response", which,
                  {{many, type}, {"as_of_time", "Timestamp"}, {"position", "int64"}});
    }
    if (service->FindMethodByName("Import" + types) != nullptr) {
      CheckMethod(service, "Import" + types, "Import" + types + "Response",
                  {{"options", "ImportOptions"}, {"batch", type + "Batch"}},
                  {{"created_count", "int32"},
                   {"updated_count", "int32"},
                   {"unchanged_count", "int32"},
                   {"failed_count", "int32"},
                   {"failures", "ImportFailure"},
                   {"resume_token", "string"}});
      const Descriptor* row = resource->file()->FindMessageTypeByName("Imported" + type);
      ASSERT_NE(row, nullptr);
      EXPECT_TRUE(Has(row, "row_number", "int64"));
      EXPECT_TRUE(Has(row, one, type));
    }
  });
}

TEST(Contracts, EveryStandardChangeHasItsFact) {
  ForEachResource([](const Contract& contract, const Descriptor* resource) {
    if (kReadOnly.count(resource->name()) > 0) return;
    std::vector<std::string> verbs = {"Created"};
    if (kAppendOnly.count(resource->name()) == 0) {
      verbs.insert(verbs.end(), {"Updated", "Archived", "Unarchived"});
    }
    if (resource->FindFieldByName("erase_time") != nullptr) verbs.push_back("Erased");
    for (const std::string& verb : verbs) {
      const Descriptor* fact = contract.pool.FindMessageTypeByName(
          "salesops." + contract.service + ".v1." + resource->name() + verb);
      ASSERT_NE(fact, nullptr) << verb;
      EXPECT_TRUE(Has(fact, Snake(resource->name()), resource->name())) << verb;
      EXPECT_TRUE(Has(fact, "changed", "FieldMask")) << verb;
    }
  });
}

}  // namespace
}  // namespace salesops
