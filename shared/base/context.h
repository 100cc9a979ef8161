#pragma once

// What every piece of work carries whatever started it (a call, a background loop, a test): until
// when it makes sense, and whether somebody still wants it.
//
// Thread-safety: implementations are safe to read from any thread.

#include "absl/time/time.h"

namespace salesops::base {

class Context {
 public:
  virtual ~Context() = default;
  virtual absl::Time deadline() const = 0;
  virtual bool cancelled() const = 0;
};

// A context that nobody cancels.
class DeadlineContext final : public Context {
 public:
  explicit DeadlineContext(absl::Time deadline) : deadline_(deadline) {}
  absl::Time deadline() const override { return deadline_; }
  bool cancelled() const override { return false; }

 private:
  absl::Time deadline_;
};

}  // namespace salesops::base
