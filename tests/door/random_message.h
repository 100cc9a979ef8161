#pragma once

// A message of any type, filled by a tape. It holds only what JSON can say: text that is UTF-8,
// times within their range, values that are set.
//
// Thread-safety: pure functions.

#include <google/protobuf/message.h>

#include "tests/door/tape.h"

namespace salesops::door {

void Fill(Tape& tape, google::protobuf::Message& message, int depth = 0);

// Text of a few characters, also of those that URLs and JSON escape.
std::string RandomText(Tape& tape);

}  // namespace salesops::door
