#include "gateway/rate_limit.h"

#include <algorithm>

#include "absl/hash/hash.h"

namespace salesops::gateway {

RateLimit::RateLimit(const Options& options)
    : limited_(options.per_second > 0),
      interval_(limited_ ? absl::Seconds(1) / options.per_second : absl::ZeroDuration()),
      slack_(interval_ * (std::max(1, options.burst) - 1)) {}

RateLimit::Shard& RateLimit::ShardOf(absl::string_view key) {
  return shards_[absl::HashOf(key) % shards_.size()];
}

std::optional<absl::Duration> RateLimit::Take(absl::string_view key, absl::Time now) {
  if (!limited_) return std::nullopt;
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mu);
  if (shard.full_at.size() >= shard.sweep_at) {
    absl::erase_if(shard.full_at, [now](const auto& entry) { return entry.second <= now; });
    shard.sweep_at = std::max<size_t>(1024, shard.full_at.size() * 2);
  }
  absl::Time& full_at = shard.full_at.try_emplace(key, now).first->second;
  const absl::Time from = std::max(full_at, now);
  if (from - now > slack_) return from - now - slack_;
  full_at = from + interval_;
  return std::nullopt;
}

size_t RateLimit::size() const {
  size_t total = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mu);
    total += shard.full_at.size();
  }
  return total;
}

}  // namespace salesops::gateway
