#pragma once

// Sales processes and their versions: domain <-> messages. Own fields only.
//
// Thread-safety: pure functions.

#include "salesops/pipeline/v1/sales_process.pb.h"
#include "services/pipeline/domain/sales_process.h"

namespace salesops::pipeline::api {

void ToProto(const domain::SalesProcess& process, v1::SalesProcess* proto);
void FromProto(const v1::SalesProcess& proto, domain::SalesProcess* process);
void ToProto(const domain::SalesProcessVersion& version, v1::SalesProcessVersion* proto);
void FromProto(const v1::SalesProcessVersion& proto, domain::SalesProcessVersion* version);

}  // namespace salesops::pipeline::api
