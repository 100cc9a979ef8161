// What an attacker writes so that two parsers see two different requests, or so that one header
// becomes two. Each attempt carries a second request, and is either refused, or read as what it is
// by every parser; the service never gets the hidden one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/door/door.h"

namespace salesops::door {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

#define NUL std::string(1, '\0')

// The text of a Note whose only field is `text`; what else there is shows as it is.
std::string TextOf(const Received& call) {
  if (call.messages.size() != 1) return absl::StrCat(call.messages.size(), " messages");
  const std::string& bytes = call.messages[0];
  if (bytes.empty()) return "";
  const bool only_text =
      bytes.size() >= 2 && bytes[0] == '\x1a' &&
      static_cast<size_t>(static_cast<unsigned char>(bytes[1])) + 2 == bytes.size();
  return only_text ? bytes.substr(2) : "more than a text: " + bytes;
}

class Smuggling : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    door_ = new Door(
        {.contracts = {{"messaging", WithRpcs(ReadDescriptorSet(NOTE_DESCRIPTORS),
                                              {{.rule = R"(get: "/messaging/v1/{text}")"},
                                               {.rule = R"(post: "/messaging/v1/notes" body: "*")"},
                                               {.response = "google.api.HttpBody",
                                                .rule = R"(get: "/messaging/v1/raw/{text}")"},
                                               {.response = "google.api.HttpBody",
                                                .response_stream = true,
                                                .rule = R"(get: "/messaging/v1/raws/{text}")"}})}},
         .http = {},
         .target = ""});
  }
  static void TearDownTestSuite() {
    delete door_;
    door_ = nullptr;
  }
  void SetUp() override {
    door_->service().SetReply({.echo = true});
    door_->service().Take();
  }

  static std::string Get(const std::string& text, const std::string& headers = "") {
    return absl::StrCat("GET /messaging/v1/", text,
                        " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n", headers, "\r\n");
  }
  // The head of a POST, without the header lines that frame its body.
  static std::string Post(const std::string& framing) {
    return absl::StrCat(
        "POST /messaging/v1/notes HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n", framing,
        "\r\n");
  }

  // What the service was asked, in order, when these bytes are followed by an honest last request.
  struct Outcome {
    std::vector<std::string> texts;
    std::string answers;
  };
  Outcome Attack(const std::string& bytes) {
    gateway::RawClient client(door_->http_port());
    client.Send(absl::StrCat(bytes, Get("last", "Connection: close\r\n")));
    Outcome outcome;
    outcome.answers = client.ReadToEnd();
    for (const Received& call : door_->service().Take()) outcome.texts.push_back(TextOf(call));
    return outcome;
  }

  static size_t Answers(const std::string& bytes) {
    size_t count = 0;
    for (size_t at = 0; (at = bytes.find("HTTP/1.1 ", at)) != std::string::npos; ++at) ++count;
    return count;
  }

  static Door* door_;
};

Door* Smuggling::door_ = nullptr;

TEST_F(Smuggling, WhatTwoParsersCouldReadDifferentlyIsRefused) {
  const std::string hidden = Get("hidden");
  const std::string chunks = "d\r\n{\"text\": \"a\"}\r\n0\r\n\r\n";
  const std::string empty_chunks = "0\r\n\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const struct {
    const char* what;
    std::string bytes;
  } attacks[] = {
      // Length and chunks.
      {"CL.TE", Post("Content-Length: 5\r\n" + chunked) + empty_chunks + hidden},
      {"TE.CL", Post(chunked + "Content-Length: 5\r\n") + empty_chunks + hidden},
      {"a length of 0 and chunks", Post(chunked + "Content-Length: 0\r\n") + empty_chunks + hidden},
      {"TE in the query of a proxy",
       Post("Content-Length: 5\r\nTransfer-Encoding: identity\r\n") + "{}   " + hidden},
      // Doubled and odd lengths.
      {"two lengths", Post("Content-Length: 2\r\nContent-Length: 40\r\n") + "{}" + hidden},
      {"the same length twice", Post("Content-Length: 2\r\nContent-Length: 2\r\n") + "{}" + hidden},
      {"two lengths in another case",
       Post("Content-Length: 2\r\ncontent-length: 40\r\n") + "{}" + hidden},
      {"a list of lengths", Post("Content-Length: 2, 2\r\n") + "{}" + hidden},
      {"a list of two lengths", Post("Content-Length: 2,40\r\n") + "{}" + hidden},
      {"a plus", Post("Content-Length: +2\r\n") + "{}" + hidden},
      {"a minus", Post("Content-Length: -2\r\n") + "{}" + hidden},
      {"minus zero", Post("Content-Length: -0\r\n") + hidden},
      {"hexadecimal", Post("Content-Length: 0x2\r\n") + "{}" + hidden},
      {"octal of a kind", Post("Content-Length: 0o2\r\n") + "{}" + hidden},
      {"a fraction", Post("Content-Length: 2.0\r\n") + "{}" + hidden},
      {"an exponent", Post("Content-Length: 2e0\r\n") + "{}" + hidden},
      {"an underscore", Post("Content-Length: 1_0\r\n") + "{}        " + hidden},
      {"a blank within", Post("Content-Length: 2 0\r\n") + "{}" + hidden},
      {"no length", Post("Content-Length: \r\n") + "{}" + hidden},
      {"a length in quotes", Post("Content-Length: \"2\"\r\n") + "{}" + hidden},
      {"a length beyond 64 bits", Post("Content-Length: 18446744073709551618\r\n") + "{}" + hidden},
      {"a length beyond everything",
       Post("Content-Length: 99999999999999999999999999999\r\n") + "{}" + hidden},
      {"a vertical tab before the length", Post("Content-Length: \v2\r\n") + "{}" + hidden},
      {"a NUL after the length", Post("Content-Length: 2" + NUL + "\r\n") + "{}" + hidden},
      {"a length in other digits", Post("Content-Length: \xd9\xa2\r\n") + "{}" + hidden},
      // Codings.
      {"an unknown coding", Post("Transfer-Encoding: xchunked\r\n") + empty_chunks + hidden},
      {"chunked and more", Post("Transfer-Encoding: chunked, identity\r\n") + chunks + hidden},
      {"more and chunked", Post("Transfer-Encoding: gzip, chunked\r\n") + chunks + hidden},
      {"chunked twice in a list",
       Post("Transfer-Encoding: chunked, chunked\r\n") + chunks + hidden},
      {"chunked twice", Post(chunked + chunked) + chunks + hidden},
      {"chunked, and hidden again", Post(chunked + "Transfer-encoding: cow\r\n") + chunks + hidden},
      {"chunked with a parameter", Post("Transfer-Encoding: chunked;q=1\r\n") + chunks + hidden},
      {"a quoted coding", Post("Transfer-Encoding: \"chunked\"\r\n") + chunks + hidden},
      {"a vertical tab", Post("Transfer-Encoding: \vchunked\r\n") + chunks + hidden},
      {"a form feed", Post("Transfer-Encoding: chunked\f\r\n") + chunks + hidden},
      {"a NUL", Post("Transfer-Encoding: chunked" + NUL + "\r\n") + chunks + hidden},
      {"no coding", Post("Transfer-Encoding:\r\n") + hidden},
      {"a comma", Post("Transfer-Encoding: ,chunked\r\n") + chunks + hidden},
      {"chunks of HTTP/1.0",
       "POST /messaging/v1/notes HTTP/1.0\r\nHost: h\r\nAuthorization: Bearer good\r\n"
       "Transfer-Encoding: chunked\r\n\r\n" +
           chunks + hidden},
      // Lines.
      {"a folded coding", Post("Transfer-Encoding:\r\n chunked\r\n") + chunks + hidden},
      {"a folded length", Post("Content-Length: 2\r\n 0\r\n") + "{}" + hidden},
      {"a folded header", Post("X: a\r\n b\r\nContent-Length: 2\r\n") + "{}" + hidden},
      {"a header folded by a tab", Post("X: a\r\n\tContent-Length: 9\r\n") + hidden},
      {"a bare LF in a header", Post("X: a\nTransfer-Encoding: chunked\r\n") + chunks + hidden},
      {"a bare CR in a header", Post("X: a\rTransfer-Encoding: chunked\r\n") + chunks + hidden},
      {"a bare LF ends a header",
       "POST /messaging/v1/notes HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
       "good\nContent-Length: 2\r\n\r\n{}" +
           hidden},
      {"bare LFs end the head",
       "POST /messaging/v1/notes HTTP/1.1\nHost: h\nAuthorization: Bearer good\n"
       "Content-Length: 2\n\n{}" +
           hidden},
      {"a bare LF ends the head",
       "GET /messaging/v1/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\n" + hidden},
      {"a bare CR ends the head",
       "GET /messaging/v1/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r" + hidden},
      {"CR CR LF", Post("X: a\r\r\nContent-Length: 2\r\n") + "{}" + hidden},
      {"a NUL in a value", Post("X: a" + NUL + "b\r\nContent-Length: 2\r\n") + "{}" + hidden},
      {"a control character in a value", Post("X: a\x01"
                                              "b\r\nContent-Length: 2\r\n") +
                                             "{}" + hidden},
      {"DEL in a value", Post("X: a\x7f"
                              "b\r\nContent-Length: 2\r\n") +
                             "{}" + hidden},
      // Names.
      {"a blank before the colon", Post("Content-Length : 2\r\n") + "{}" + hidden},
      {"a tab before the colon", Post("Transfer-Encoding\t: chunked\r\n") + chunks + hidden},
      {"a blank within a name", Post("Content Length: 2\r\n") + "{}" + hidden},
      {"a blank before the first name",
       "GET /messaging/v1/a HTTP/1.1\r\n Host: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"no name", Post(": 2\r\nContent-Length: 2\r\n") + "{}" + hidden},
      {"no colon", Post("Content-Length\r\nContent-Length: 2\r\n") + "{}" + hidden},
      {"a NUL in a name", Post("Content-Length" + NUL + ": 2\r\n") + "{}" + hidden},
      {"a letter that is not ASCII in a name", Post("Content-L\xc3\xa9ngth: 2\r\n") + hidden},
      {"brackets in a name", Post("X(a): b\r\nContent-Length: 2\r\n") + "{}" + hidden},
      {"a slash in a name", Post("X/a: b\r\nContent-Length: 2\r\n") + "{}" + hidden},
      {"two hosts", Get("a", "Host: other\r\n") + hidden},
      {"no host", "GET /messaging/v1/a HTTP/1.1\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      // Request lines.
      {"two blanks",
       "GET  /messaging/v1/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"a tab",
       "GET\t/messaging/v1/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"a blank in the target",
       "GET /messaging/v1/a b HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"a blank at the end",
       "GET /messaging/v1/a HTTP/1.1 \r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"a control character in the target",
       "GET /messaging/v1/a\x01 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" +
           hidden},
      {"a NUL in the target", "GET /messaging/v1/a" + NUL +
                                  " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" +
                                  hidden},
      {"a bare CR in the target",
       "GET /messaging/v1/a\rb HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"a request in a request line",
       "GET /messaging/v1/a HTTP/1.1\nHost: h\nAuthorization: Bearer good\n\nGET "
       "/messaging/v1/hidden HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n"},
      {"no version",
       "GET /messaging/v1/a\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"a version of two digits",
       "GET /messaging/v1/a HTTP/1.10\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"a version that is too high",
       "GET /messaging/v1/a HTTP/1.9\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"the version in lower case",
       "GET /messaging/v1/a http/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"a method that is no token",
       "G(T /messaging/v1/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"no method",
       " /messaging/v1/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"the target of CONNECT",
       "CONNECT h:80 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"no slash",
       "GET messaging/v1/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" + hidden},
      {"another scheme",
       "GET ftp://h/messaging/v1/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n" +
           hidden},
      {"a fragment", Get("a#/messaging/v1/b") + hidden},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden},
      {"an expectation", Post("Expect: 200-ok\r\nContent-Length: 2\r\n") + "{}" + hidden},
      // Chunks.
      {"a negative chunk", Post(chunked) + "-2\r\n{}\r\n0\r\n\r\n" + hidden},
      {"a chunk with a plus", Post(chunked) + "+2\r\n{}\r\n0\r\n\r\n" + hidden},
      {"a chunk of 0x2", Post(chunked) + "0x2\r\n{}\r\n0\r\n\r\n" + hidden},
      {"a chunk beyond 64 bits", Post(chunked) + "10000000000000002\r\n{}\r\n0\r\n\r\n" + hidden},
      {"a chunk beyond everything",
       Post(chunked) + "fffffffffffffffffffffffffffffffff2\r\n{}\r\n0\r\n\r\n" + hidden},
      {"the largest chunk", Post(chunked) + "ffffffffffffffff\r\n{}\r\n0\r\n\r\n" + hidden},
      {"the largest signed chunk", Post(chunked) + "7fffffffffffffff\r\n{}\r\n0\r\n\r\n" + hidden},
      {"a chunk with an underscore", Post(chunked) + "0_2\r\n{}\r\n0\r\n\r\n" + hidden},
      {"a blank before the size", Post(chunked) + " 2\r\n{}\r\n0\r\n\r\n" + hidden},
      {"no size", Post(chunked) + "\r\n{}\r\n0\r\n\r\n" + hidden},
      {"a size that is none", Post(chunked) + "g\r\n{}\r\n0\r\n\r\n" + hidden},
      {"only an extension", Post(chunked) + ";a=b\r\n{}\r\n0\r\n\r\n" + hidden},
      {"a size ended by LF", Post(chunked) + "2\n{}\r\n0\r\n\r\n" + hidden},
      {"a size ended by CR", Post(chunked) + "2\r{}\r\n0\r\n\r\n" + hidden},
      {"an extension that holds LF", Post(chunked) + "2;a\nb\r\n{}\r\n0\r\n\r\n" + hidden},
      {"an extension that holds CR", Post(chunked) + "2;a\rb\r\n{}\r\n0\r\n\r\n" + hidden},
      {"a chunk longer than it says", Post(chunked) + "2\r\n{}x\r\n0\r\n\r\n" + hidden},
      {"a chunk ended by LF", Post(chunked) + "2\r\n{}\n0\r\n\r\n" + hidden},
      {"a last chunk ended by LF", Post(chunked) + "2\r\n{}\r\n0\n\n" + hidden},
      {"chunks ended by a bare LF", Post(chunked) + "2\r\n{}\r\n0\r\n\n" + hidden},
      {"an endless extension",
       Post(chunked) + "2;" + std::string(100'000, 'a') + "\r\n{}\r\n0\r\n\r\n" + hidden},
      {"endless zeros of a size",
       Post(chunked) + std::string(100'000, '0') + "2\r\n{}\r\n0\r\n\r\n" + hidden},
      {"endless trailers",
       Post(chunked) + "2\r\n{}\r\n0\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n" + hidden},
      {"a trailer larger than a length of 16 bits",
       Post(chunked) + "2\r\n{}\r\n0\r\nX: " + std::string(66'000, 'a') + "\r\n\r\n" + hidden},
      {"a trailer without a name", Post(chunked) + "2\r\n{}\r\n0\r\n: a\r\n\r\n" + hidden},
      {"a trailer with a bare LF", Post(chunked) + "2\r\n{}\r\n0\r\nX: a\nY: b\r\n\r\n" + hidden},
      {"a length as a trailer",
       Post(chunked) + "2\r\n{}\r\n0\r\nContent-Length: 50\r\n\r\n" + hidden},
      {"a coding as a trailer",
       Post(chunked) + "2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n" + hidden},
      // Bombs.
      {"endless header fields", Get("a", "X: " + std::string(100'000, 'a') + "\r\n") + hidden},
      {"countless header fields", Get("a",
                                      [] {
                                        std::string fields;
                                        for (int i = 0; i < 10'000; ++i) fields += "a:\r\n";
                                        return fields;
                                      }()) +
                                      hidden},
      {"an endless target", Get(std::string(100'000, 'a')) + hidden},
      {"an endless method", std::string(100'000, 'A') + " / HTTP/1.1\r\nHost: h\r\n\r\n" + hidden},
  };
  for (const auto& attack : attacks) {
    SCOPED_TRACE(attack.what);
    const Outcome outcome = Attack(attack.bytes);
    EXPECT_THAT(outcome.texts, IsEmpty());
    EXPECT_EQ(Answers(outcome.answers), 1u) << outcome.answers;
    EXPECT_THAT(outcome.answers, testing::ContainsRegex("^HTTP/1.1 (400|413|417|431|501|505) "));
    EXPECT_THAT(outcome.answers, HasSubstr("\r\nconnection: close\r\n"));
  }
}

TEST_F(Smuggling, WhatHasOneMeaningIsReadAsIt) {
  const std::string hidden = Get("hidden");
  const std::string hidden_length = absl::StrCat("Content-Length: ", hidden.size(), "\r\n");
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string a_in_chunks = "d\r\n{\"text\": \"a\"}\r\n";
  const struct {
    const char* what;
    std::string bytes;
    std::vector<std::string> texts;  // before the honest last one
    int code;                        // of the first answer
  } cases[] = {
      {"two honest requests in one go", Get("a") + Get("b"), {"a", "b"}, 200},
      {"a request as a body", Post(hidden_length) + hidden, {}, 400},
      {"a request as the body of a GET", Get("a", hidden_length) + hidden, {}, 400},
      {"a request as a body where nothing is",
       "POST /nothing HTTP/1.1\r\nHost: h\r\n" + hidden_length + "\r\n" + hidden,
       {},
       404},
      {"a request as a body without a token",
       "POST /messaging/v1/notes HTTP/1.1\r\nHost: h\r\n" + hidden_length + "\r\n" + hidden,
       {},
       401},
      {"a request as a chunk",
       Post(chunked) + absl::StrCat(absl::Hex(hidden.size()), "\r\n") + hidden + "\r\n0\r\n\r\n",
       {},
       400},
      {"a request as an extension",
       Post(chunked) +
           "d;a=\"GET /messaging/v1/hidden HTTP/1.1\"\r\n{\"text\": \"a\"}\r\n0\r\n\r\n",
       {"a"},
       200},
      {"zeros before a size",
       Post(chunked) + "000d\r\n{\"text\": \"a\"}\r\n000\r\n\r\n",
       {"a"},
       200},
      {"sizes in capitals", Post(chunked) + "D\r\n{\"text\": \"a\"}\r\n0\r\n\r\n", {"a"}, 200},
      {"a coding in capitals",
       Post("TRANSFER-ENCODING: CHUNKED\r\n") + a_in_chunks + "0\r\n\r\n",
       {"a"},
       200},
      {"blanks around a coding",
       Post("Transfer-Encoding: \t chunked \t \r\n") + a_in_chunks + "0\r\n\r\n",
       {"a"},
       200},
      {"blanks around a length",
       Post("Content-Length: \t 13 \t\r\n") + "{\"text\": \"a\"}",
       {"a"},
       200},
      {"zeros before a length", Post("Content-Length: 0013\r\n") + "{\"text\": \"a\"}", {"a"}, 200},
      {"trailers that repeat headers",
       Post(chunked) + a_in_chunks +
           "0\r\nHost: other\r\nAuthorization: Bearer bad\r\nX-Request-Id: trailer\r\n\r\n",
       {"a"},
       200},
      {"trailers without the token in the head",
       "POST /messaging/v1/notes HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
           a_in_chunks + "0\r\nAuthorization: Bearer good\r\n\r\n",
       {},
       401},
      {"an absolute target",
       "GET http://other:99/messaging/v1/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
       "good\r\n\r\n",
       {"a"},
       200},
      {"an absolute target without a path",
       "GET http://h HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n",
       {},
       404},
      {"two slashes are no authority", Get("/hidden"), {}, 404},
      {"two slashes at the front",
       "GET //messaging/v1/hidden HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n",
       {},
       404},
      {"dots are not resolved",
       "GET /messaging/v1/x/../hidden HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n",
       {},
       404},
      {"dots of one segment", Get("%2e%2e"), {".."}, 200},
      {"a backslash is a character", Get("..%5Chidden"), {"..\\hidden"}, 200},
      {"a line break in a variable", Get("a%0d%0aHost:%20x%0d%0a"), {"a\r\nHost: x\r\n"}, 200},
      {"a NUL in a variable", Get("a%00b"), {"a" + NUL + "b"}, 200},
      {"no other method by a header",
       Get("a", "X-HTTP-Method-Override: POST\r\nX-Original-URL: /messaging/v1/hidden\r\n"),
       {"a"},
       200},
      {"a name with an underscore is another name",
       Post("Transfer_Encoding: chunked\r\nContent_Length: 9\r\nContent-Length: 13\r\n") +
           "{\"text\": \"a\"}",
       {"a"},
       200},
      {"no upgrade",
       Get("a",
           "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
       {"a"},
       200},
      {"no websocket", Get("a", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), {"a"}, 200},
      {"connection names the token", Get("a", "Connection: Authorization\r\n"), {"a"}, 200},
      {"a body that waits to be asked for, sent at once",
       Post("Expect: 100-continue\r\nContent-Length: 13\r\n") + "{\"text\": \"a\"}",
       {"a"},
       100},
      {"an empty body that waits",
       Post("Expect: 100-continue\r\nContent-Length: 0\r\n"),
       {""},
       200},
      {"no length means no body", Post(""), {""}, 200},
      {"a HEAD has no body",
       "HEAD /messaging/v1/a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer good\r\n\r\n",
       {},
       405},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    const Outcome outcome = Attack(c.bytes);
    std::vector<std::string> texts = c.texts;
    texts.push_back("last");
    EXPECT_THAT(outcome.texts, ElementsAreArray(texts)) << outcome.answers;
    EXPECT_EQ(outcome.answers.substr(9, 3), absl::StrCat(c.code));
  }
}

TEST_F(Smuggling, NothingAfterConnectionCloseIsRead) {
  for (const std::string& first :
       {Get("a", "Connection: close\r\n"),
        std::string("GET /messaging/v1/a HTTP/1.0\r\nAuthorization: Bearer good\r\n\r\n")}) {
    const Outcome outcome = Attack(first + Get("hidden"));
    EXPECT_THAT(outcome.texts, testing::ElementsAre("a"));
    EXPECT_EQ(Answers(outcome.answers), 1u);
  }
}

TEST_F(Smuggling, TheSameWhicheverWayTheBytesArrive) {
  const std::string attack =
      Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n" + Get("hidden");
  const std::string honest =
      Post("Transfer-Encoding: chunked\r\n") + "d;x=y\r\n{\"text\": \"a\"}\r\n0\r\nT: u\r\n\r\n";
  for (size_t cut = 1; cut < attack.size(); cut += 7) {
    gateway::RawClient client(door_->http_port());
    client.Send(absl::string_view(attack).substr(0, cut));
    client.Send(absl::string_view(attack).substr(cut));
    EXPECT_EQ(Answers(client.ReadToEnd()), 1u) << cut;
    EXPECT_THAT(door_->service().Take(), IsEmpty()) << cut;
  }
  for (size_t cut = 1; cut < honest.size(); cut += 3) {
    gateway::RawClient client(door_->http_port());
    client.Send(absl::string_view(honest).substr(0, cut));
    client.Send(absl::string_view(honest).substr(cut));
    EXPECT_EQ(client.ReadResponse().body, R"({"text":"a"})") << cut;
  }
  EXPECT_THAT(door_->service().Take(), Not(IsEmpty()));
}

// ---- one header must not become two

// The names of all header fields of an answer.
std::multiset<std::string> NamesOf(const gateway::RawClient::Response& answer) {
  std::multiset<std::string> names;
  const std::vector<std::string> lines = absl::StrSplit(answer.head, "\r\n", absl::SkipEmpty());
  for (size_t i = 1; i < lines.size(); ++i) {
    names.insert(absl::AsciiStrToLower(lines[i].substr(0, lines[i].find(':'))));
  }
  return names;
}

const std::multiset<std::string> kUsual = {
    "date",         "x-request-id",           "traceparent",    "cache-control",
    "content-type", "x-content-type-options", "content-length", "vary"};

TEST_F(Smuggling, NothingOfARequestBecomesAHeaderOfItsAnswer) {
  const struct {
    const char* target;
    const char* headers;
  } attempts[] = {
      {"/messaging/v1/a%0d%0aSet-Cookie:%20evil=1", ""},
      {"/messaging/v1/a?text=%0d%0aSet-Cookie:%20evil=1", ""},
      {"/messaging/v1/a?%0d%0aSet-Cookie:%20evil=1", ""},
      {"/nothing/%0d%0aSet-Cookie:%20evil=1", ""},
      {"/messaging/v1/a", "X-Request-Id: a%0d%0aSet-Cookie: evil=1\r\n"},
      {"/messaging/v1/a", "X-Request-Id: a\tSet-Cookie: evil=1\r\n"},
      {"/messaging/v1/a", "Traceparent: 00-evil\r\n"},
      {"/messaging/v1/a", "Origin: https://evil.example\r\n"},
      {"/messaging/v1/a", "Accept: text/html, evil\r\n"},
      {"/messaging/v1/a", "If-None-Match: \"evil\"\r\n"},
      {"/messaging/v1/a", "X-Request-Timeout: evil\r\n"},
      {"/messaging/v1/a", "Content-Encoding: evil\r\n"},
      {"/messaging/v1/a", "Last-Event-Id: evil\r\n"},
      {"/messaging/v1/a", "Range: bytes=0-evil\r\n"},
  };
  for (const auto& attempt : attempts) {
    SCOPED_TRACE(absl::StrCat(attempt.target, " ", attempt.headers));
    const auto answer = door_->Send("GET", attempt.target, "", attempt.headers);
    EXPECT_THAT(answer.head, Not(HasSubstr("evil")));
    std::multiset<std::string> names = NamesOf(answer);
    names.erase("accept-encoding");
    for (const std::string& name : names) EXPECT_TRUE(kUsual.count(name)) << name;
  }
}

TEST_F(Smuggling, NothingOfAServiceSplitsAHeader) {
  // HttpBody { content_type = 1; data = 2 }
  const auto body = [](const std::string& type) {
    return absl::StrCat("\x0a", std::string(1, static_cast<char>(type.size())), type, "\x12\x01x");
  };
  for (const std::string& type : {std::string("text/plain\r\nSet-Cookie: evil=1"),
                                  std::string("text/plain\nSet-Cookie: evil=1"),
                                  std::string("text/plain\rSet-Cookie: evil=1"),
                                  std::string("text/plain\r\n\r\n<script>evil"),
                                  "text/plain" + NUL + "evil", std::string("evil\x7f")}) {
    door_->service().SetReply({.messages = {body(type)}});
    const auto answer = door_->Send("GET", "/messaging/v1/raw/a");
    EXPECT_EQ(answer.code, 500) << type;
    EXPECT_THAT(answer.head, Not(HasSubstr("evil")));
    const auto stream = door_->Send("GET", "/messaging/v1/raws/a");
    EXPECT_EQ(stream.code, 500) << type;
    EXPECT_THAT(stream.head, Not(HasSubstr("evil")));
  }
  // An etag that cannot be an entity tag is none. Note { etag = 14 }
  for (const std::string& etag :
       {std::string("e\r\nSet-Cookie: evil=1"), std::string("evil\""), std::string("evil 1"),
        std::string("\xff"
                    "evil"),
        "evil" + NUL}) {
    door_->service().SetReply(
        {.messages = {absl::StrCat("\x72", std::string(1, static_cast<char>(etag.size())), etag)}});
    const auto answer = door_->Send("GET", "/messaging/v1/a");
    EXPECT_EQ(answer.Header("etag"), "") << etag;
    EXPECT_THAT(answer.head, Not(HasSubstr("evil")));
  }
  // Words of an error are in the body only, as JSON.
  door_->service().SetReply(
      {.status = {grpc::StatusCode::NOT_FOUND, "no\r\nSet-Cookie: evil=1\r\n\r\n<script>"}});
  const auto error = door_->Send("GET", "/messaging/v1/a");
  EXPECT_EQ(error.code, 404);
  EXPECT_THAT(error.head, Not(HasSubstr("evil")));
  EXPECT_THAT(error.body, HasSubstr(R"(no\r\nSet-Cookie: evil=1\r\n\r\n)"));
  // The same in the trailers of gRPC-Web, which are lines too.
  gateway::RawClient web(door_->http_port());
  web.Send(HttpText("POST", "/salesops.messaging.v1.Messaging/Rpc1", std::string(5, '\0'),
                    "Content-Type: application/grpc-web+proto\r\n"));
  const auto trailers = web.ReadResponse();
  EXPECT_THAT(trailers.head, Not(HasSubstr("evil=1\r\n")));
  EXPECT_THAT(trailers.body, Not(HasSubstr("\r\nSet-Cookie")));
}

}  // namespace
}  // namespace salesops::door
