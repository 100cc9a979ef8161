#include "gateway/reference/comments.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

namespace salesops::gateway::reference {
namespace {

Comments CommentsIn(const std::string& proto) {
  google::protobuf::FileDescriptorSet set;
  google::protobuf::io::ArrayInputStream input(proto.data(), static_cast<int>(proto.size()));
  google::protobuf::io::Tokenizer tokenizer(&input, nullptr);
  google::protobuf::compiler::Parser parser;
  auto* file = set.add_file();
  EXPECT_TRUE(parser.Parse(&tokenizer, file));
  file->set_name("toy.proto");
  Comments comments;
  comments.Add(set);
  return comments;
}

TEST(CommentsTest, AreFoundByTheNamesOfElements) {
  const Comments comments = CommentsIn(R"(
// About the file.
syntax = "proto3";
package toy;
// A shelf.
message Shelf {
  // How it is built.
  enum Kind {
    // Not said.
    KIND_UNSPECIFIED = 0;
  }
  // What stands on it.
  message Book {
    // Its title.
    string title = 1;
  }
  // Where it is.
  oneof place {
    // A room.
    string room = 2;
  }
}
// Colours.
enum Colour { 
  // None.
  COLOUR_UNSPECIFIED = 0;
}
// Lends books.
service Lending {
  // Lends one.
  rpc Lend(Shelf) returns (Shelf);
}
)");
  const std::pair<const char*, const char*> cases[] = {
      {"toy.proto", "About the file."},
      {"toy.Shelf", "A shelf."},
      {"toy.Shelf.Kind", "How it is built."},
      {"toy.Shelf.Kind.KIND_UNSPECIFIED", "Not said."},
      {"toy.Shelf.Book", "What stands on it."},
      {"toy.Shelf.Book.title", "Its title."},
      {"toy.Shelf.place", "Where it is."},
      {"toy.Shelf.room", "A room."},
      {"toy.Colour", "Colours."},
      {"toy.Colour.COLOUR_UNSPECIFIED", "None."},
      {"toy.Lending", "Lends books."},
      {"toy.Lending.Lend", "Lends one."},
      {"toy.Nothing", ""},
  };
  for (const auto& [element, text] : cases) EXPECT_EQ(comments.Of(element), text) << element;
}

TEST(CommentsTest, LinesAreJoinedAndParagraphsAndListsKept) {
  const Comments comments = CommentsIn(
      "syntax = \"proto3\";\n"
      "// First line\n"
      "// goes on.\n"
      "//\n"
      "//\n"
      "// Second:\n"
      "// - one\n"
      "// - two,\n"
      "//   still two\n"
      "message M {}\n");
  EXPECT_EQ(comments.Of("M"), "First line goes on.\n\nSecond:\n- one\n- two, still two");
}

}  // namespace
}  // namespace salesops::gateway::reference
