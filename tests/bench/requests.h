#pragma once

// The calls that the bench makes: a method and the bytes of its n-th request.
//
//   std::optional<Call> call = CallNamed("get_opportunity", {.ids = 10000});
//
// Thread-safety: Call::request may be called from any thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace salesops::bench {

struct Call {
  std::string method;
  std::function<std::string(int64_t)> request;
};

struct RequestOptions {
  int64_t ids = 10000;  // opportunities/bench-0 … are read, opportunities/gated-0 … advanced
  // True: the n-th created opportunity is opportunities/bench-n; false: its id is generated.
  bool chosen_ids = false;
};

// get_opportunity, create_opportunity, advance_opportunity or create_seller.
std::optional<Call> CallNamed(const std::string& name, const RequestOptions& options);

}  // namespace salesops::bench
