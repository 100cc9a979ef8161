#pragma once

// The one record that a read method is about: `request.name`, as of `request.as_of_time`.
//
// Thread-safety: reads through the database it is given.

#include "services/organization/api/request_time.h"
#include "shared/resource/resource.h"

namespace salesops::organization::api {

// The instant that as_of_time resolves to is told in the response. What the caller may not see, or
// is not there, is the error that Get would answer.
template <class Proto, class Record, class Request, class Response>
absl::StatusOr<Record> ReadNamed(rpc::CallContext& ctx, const resource::Environment& environment,
                                 resource::Resource<Proto, Record>& records, const Request& request,
                                 Response* response) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> as_of,
                   ResolveAsOf(*environment.db, ctx, request, response));
  ASSIGN_OR_RETURN(const resource::Item item, environment.db->Read(ctx, [&](mysql::Connection& c) {
    return records.Find(ctx, c, request.name(), as_of);
  }));
  return records.FromItem(item);
}

}  // namespace salesops::organization::api
