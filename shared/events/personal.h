#pragma once

// Fields marked personal in the contracts: they never travel in an event, and no service gets them
// unless a user asks.
//
// Thread-safety: functions are safe from any thread.

#include "google/protobuf/message.h"

namespace salesops::events {

// True if a message of this type can hold a personal field at any depth. Answered once per type.
bool MayHoldPersonal(const google::protobuf::Descriptor* type);

// Clears every personal field at any depth.
void ClearPersonal(google::protobuf::Message* message);

}  // namespace salesops::events
