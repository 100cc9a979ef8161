// The first line is a path template, the rest a request path. No pair may crash, and a match must
// obey its template.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "gateway/http_template.h"
#include "gateway/path_matcher.h"
#include "gateway/percent_encoding.h"

namespace gateway = salesops::gateway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  const absl::string_view path =
      line == absl::string_view::npos ? "/v1/accounts/7" : input.substr(line + 1);

  gateway::PathMatcher matcher;
  int routes = 0;
  for (absl::string_view text :
       {input.substr(0, line), absl::string_view("/v1/{name=accounts/*}:archive"),
        absl::string_view("/v1/{a.b=x/*}/{rest=**}"), absl::string_view("/v1/accounts/{id}")}) {
    const auto parsed = gateway::HttpTemplate::Parse(text);
    if (!parsed.ok()) continue;
    (void)matcher.Add(*parsed, "GET", routes++);
  }
  const gateway::PathMatch match = matcher.Find("GET", path);
  const bool found = match.outcome == gateway::PathMatch::Outcome::kFound;
  if (found != (match.route >= 0 && match.route < routes)) std::abort();
  for (const std::string& variable : match.variables) {
    if (!gateway::IsUtf8(variable)) std::abort();
  }
  return 0;
}
