#pragma once

// Standard output through a pager while this object lives, if a person looks at it.
//
//   Pager pager(wanted);
//   std::cout << long_text;
//
// Thread-safety: one at a time.

#include <cstdio>

namespace salesops::ctl {

class Pager {
 public:
  // Does nothing unless `wanted` and standard output is a terminal. The pager is $SALESOPS_PAGER,
  // else $PAGER, else less, which ends by itself if the text fits the screen; "" or "cat" = none.
  explicit Pager(bool wanted);
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

 private:
  FILE* pipe_ = nullptr;
  int terminal_ = -1;
};

}  // namespace salesops::ctl
