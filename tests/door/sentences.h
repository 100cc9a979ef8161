#pragma once

// The sentences of a .proto file's comments, in order, so that a test can say which of them it
// shows without repeating them.
//
//   for (const Sentence& s : SentencesOf(text)) …   // s.number == 16, s.mark == "5f0c21aa"
//
// A heading, an item of a list and an indented example are sentences too. The licence, which is the
// first comment, is not.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

namespace salesops::door {

struct Sentence {
  int number = 0;    // from 1
  std::string text;  // white space squeezed
  std::string mark;  // eight hexadecimal digits of the text: another text has another mark
};

std::vector<Sentence> SentencesOf(const std::string& proto);

}  // namespace salesops::door
