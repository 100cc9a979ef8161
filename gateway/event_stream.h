#pragma once

// Server-Sent Events (the HTML standard, "text/event-stream") for streams of positions.
//
// A stream can be resumed if its messages have an int64 `position` and its request an int64
// `after_position`: each event carries its position as its id, and a client that connects again
// sends the last one it saw as Last-Event-ID.
//
//   id: 42
//   data: {"events":[…],"position":"42"}
//
// Thread-safety: pure functions.

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace salesops::gateway {

// Whether an Accept header names text/event-stream.
bool WantsEventStream(absl::string_view accept);

// The position of a message; empty if its type has none.
std::string PositionOf(const google::protobuf::Message& message);

// Lets the stream begin after the event of that id. INVALID_ARGUMENT if the id is not a position or
// the stream has none.
absl::Status ResumeAfter(absl::string_view last_event_id, google::protobuf::Message& request);

// One event; `json` has no line breaks. An empty id is left out.
std::string FormatEvent(absl::string_view id, absl::string_view json);
// The last event of a stream that failed: its type is "error", its data the body of an error.
std::string FormatErrorEvent(absl::string_view json);

}  // namespace salesops::gateway
