#pragma once

// A request message as one of the many HTTP requests that mean it: which of a value's spellings is
// used is chosen by a tape. Written without the gateway's code.
//
// Thread-safety: pure functions.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "google/api/http.pb.h"
#include "tests/door/tape.h"

namespace salesops::door {

struct HttpForm {
  std::string method;
  std::string target;
  std::string body;
  std::string content_type;
};

// Takes out of `message` what this rule gives HTTP no place for (lists of messages by query, …) and
// gives path variables texts that their templates allow.
void KeepWhatFits(Tape& tape, const google::api::HttpRule& rule,
                  google::protobuf::Message& message);

HttpForm Spell(Tape& tape, const google::api::HttpRule& rule,
               const google::protobuf::Message& message);

std::string SpellJson(Tape& tape, const google::protobuf::Message& message);

}  // namespace salesops::door
