#pragma once

// Choices made of a list of numbers, for properties: a shorter list and smaller numbers make a
// simpler thing, so that shrinking the list shrinks whatever was made of it. A list that has ended
// chooses the first, which must be the simplest.
//
//   Tape tape(numbers);
//   if (tape.Choose(3) == 2) …
//
// Thread-safety: belongs to one thread.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace salesops::door {

class Tape {
 public:
  explicit Tape(std::vector<uint32_t> numbers) : numbers_(std::move(numbers)) {}

  // From 0 to options - 1.
  uint32_t Choose(uint32_t options) {
    return at_ < numbers_.size() ? numbers_[at_++] % options : 0;
  }
  bool Chance(uint32_t one_in) { return Choose(one_in) == one_in - 1; }
  template <class T>
  const T& Pick(const std::vector<T>& options) {
    return options[Choose(static_cast<uint32_t>(options.size()))];
  }
  uint64_t Bits() {
    uint64_t bits = 0;
    for (int i = 0; i < 4; ++i) bits = bits << 16 | Choose(1 << 16);
    return bits;
  }

 private:
  std::vector<uint32_t> numbers_;
  size_t at_ = 0;
};

}  // namespace salesops::door
