#pragma once

// The reference of one service in Markdown: its methods with routes, permissions, requests, answers
// and errors, then its messages and enums with every field, rule and comment.
//
//   std::string text = WriteMarkdown("pipeline", contracts.catalog, contracts.routes, comments);
//
// The same contracts always give the same bytes.
//
// Thread-safety: a pure function.

#include <string>

#include "gateway/descriptor_catalog.h"
#include "gateway/reference/comments.h"
#include "gateway/route_table.h"

namespace salesops::gateway::reference {

std::string WriteMarkdown(const std::string& upstream, const DescriptorCatalog& catalog,
                          const RouteTable& routes, const Comments& comments);

}  // namespace salesops::gateway::reference
