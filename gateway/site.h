#pragma once

// What the gateway itself shows people and tools: /openapi.json, and /docs, a page that reads it
// and tries calls.
//
// Neither asks for a token: contracts say what could be asked and hold no data, and tools that read
// an OpenAPI document rarely can send one. `--docs=false` takes both away.
//
//   if (std::optional<HttpResponse> page = SitePage(request, *contracts)) return Respond(*page);
//
// Thread-safety: safe from any thread.

#include <optional>

#include "gateway/contracts.h"
#include "gateway/http_server.h"

namespace salesops::gateway {

// nullopt if the path is none of these. With If-None-Match of what is known already: 304.
std::optional<HttpResponse> SitePage(const HttpRequest& request, const Contracts& contracts);

}  // namespace salesops::gateway
