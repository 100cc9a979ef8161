#pragma once

// Requests that a service may well accept, made from the contract alone: every field keeps its
// declared rules (most of the time), required ones are set, and names and ids come from so small a
// pool that a later request often means what an earlier one made.
//
// Thread-safety: pure functions.

#include <google/protobuf/message.h>

#include "tests/door/tape.h"

namespace salesops::door {

// `request` is of a generated type and empty.
void FillPlausibly(Tape& tape, google::protobuf::Message& request);

}  // namespace salesops::door
