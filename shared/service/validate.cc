#include "shared/service/validate.h"

#include "shared/api/field_rules.h"

namespace salesops::service {

base::Violations Validate(const google::protobuf::Message& request) {
  const auto* type = request.GetDescriptor();
  const bool import_part =
      type->name().rfind("Import", 0) == 0 && type->FindFieldByName("batch") != nullptr;
  return import_part ? base::Violations() : api::CheckFieldRules(request);
}

}  // namespace salesops::service
