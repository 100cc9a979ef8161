#pragma once

// The `etag` field of messages (AIP-154) as the entity tags of HTTP (RFC 9110
// sections 8.8.3, 13.1).
//
//   RETURN_IF_ERROR(ExpectEntityTag(request.Header("if-match"), route, message));
//   headers.emplace_back("etag", EntityTagOf(response));
//   if (MatchesAny(request.Header("if-none-match"), tag)) → 304
//
// Thread-safety: pure functions.

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/route_table.h"

namespace salesops::gateway {

// The tag of a response, quoted; empty if its type has no etag field or it is not set.
std::string EntityTagOf(const google::protobuf::Message& response);

// Writes the tag of an If-Match header into the etag field of the request, or of the resource that
// is its body. "*" asks for nothing but that the resource is there, which every method asks anyway.
// INVALID_ARGUMENT if it is not one strong tag, if the method takes none, or if the body says
// another.
absl::Status ExpectEntityTag(absl::string_view if_match, const Route& route,
                             google::protobuf::Message& request);

// Whether a list of tags, as of If-None-Match, holds `tag` by weak comparison. "*" holds every one.
bool MatchesAny(absl::string_view list, absl::string_view tag);

}  // namespace salesops::gateway
