#pragma once

// CSV as in RFC 4180, with a header row: fields may be quoted, quotes are doubled inside quotes,
// lines end with LF or CRLF, a UTF-8 byte order mark is skipped.
//
// Thread-safety: pure functions.

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace salesops::ctl {

struct Csv {
  std::vector<std::string> header;
  struct Row {
    int64_t line = 0;  // where the row begins, 1 = the header's line
    std::map<std::string, std::string> cells;
  };
  std::vector<Row> rows;
};

// INVALID_ARGUMENT, with the line: an open quote, text after a closing quote, another number of
// cells than the header has, a header name that is empty or stands twice.
absl::StatusOr<Csv> ParseCsv(absl::string_view text);

}  // namespace salesops::ctl
