#pragma once

// The tables of this folder: what each sentence of a specification promises, and the HTTP requests
// that show it, as text that anyone can read and extend.
//
//   http.proto 16 5f0c21aa  a path variable is one scalar field
//     good a string
//       rule      get: "/messaging/v1/messages/{message_id}"
//       send      GET /messaging/v1/messages/7
//       received  {"messageId": "7"}
//     bad  a list
//       rule      get: "/messaging/v1/messages/{tags}"
//       refused   is repeated
//
// A line that begins a sentence: where it stands, its number, its mark ("-" if the source is not in
// this tree) and what it says in our words. Below it either cases, at least one good and one bad,
// or one of
//     as 15                          shown by the cases of that sentence
//     remark why                     promises nothing that a request could show
//     test gateway/x_test.cc A.B     shown by a test of its own (any number of these)
//
// A case's lines:
//   rpc      Note -> stream Note     types of the next rule's rpc; Note -> Note if absent
//   rule     text of a google.api.HttpRule; another `rule` is another rpc
//   send     method and target       header  NAME: VALUE       body  text (lines are joined)
//   bytes    body with C escapes     gzip    pack the body     no-token
//   raw      whole request, C escapes; lines are joined
//   answers  JSON of the message the service answers with; absent: what it received
//   answers-bytes  the same on the wire, C escapes
//   fails    CODE message            how the service ends the call instead
//   never    the service does not answer               sends-metadata  NAME: VALUE  (initial)
//   cors     an origin that the gateway allows
//   called   number of the rpc, from 1
//   received JSON of a message the service must have got (one line each); `nothing` = no call
//   status   of the answer; 200 for a good case
//   shows    JSON of the answer's body       shows-text  the body itself, C escapes
//   has      text within the body            has-not     text that must not be in it
//   shows-header NAME: VALUE                 VALUE "-" = the header is absent
//   shows-header-not NAME: VALUE             shows-header-like NAME: REGULAR EXPRESSION
//   metadata NAME: VALUE                     of the call at the service; "-" = absent
//   refused  text within the error of loading the rule
//
// Thread-safety: pure functions.

#include <string>
#include <utility>
#include <vector>

namespace salesops::door {

struct Case {
  bool good = true;
  std::string words;
  int line = 0;
  std::vector<std::pair<std::string, std::string>> steps;  // key, value, in order
};

struct Promise {
  std::string source;
  int number = 0;
  std::string mark;
  std::string words;
  int line = 0;
  int as = 0;
  bool remark = false;
  std::vector<std::pair<std::string, std::string>> tests;  // file, test name
  std::vector<Case> cases;
};

// Throws, naming the line, if the text is not such a table.
std::vector<Promise> ParseCases(const std::string& text);

}  // namespace salesops::door
