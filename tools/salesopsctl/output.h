#pragma once

// Results in the form that was asked for with --output.
//
//   auto writer = MakeRowWriter(Format::kCsv, {"name", "amount"}, std::cout);
//   writer->Add(opportunity);
//   writer->Finish();
//
// table   columns for people; texts shortened to what a line can hold
// json    one JSON document; a list is an array
// jsonl   one JSON object a line
// csv     RFC 4180 with a header row; exact values, lists as JSON
// name    resource names alone, one a line
//
// Thread-safety: one thread.

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"

namespace salesops::ctl {

enum class Format { kTable, kJson, kJsonLines, kCsv, kName };

const std::vector<std::string>& FormatNames();
absl::StatusOr<Format> ParseFormat(const std::string& name);

// Rows of one type, one after another.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void Add(const google::protobuf::Message& row) = 0;
  // Shows what has been added so far; called at the end of each page.
  virtual void EndPage() {}
  virtual void Finish() {}
  // Not OK once a row could not be written; those after it are left out.
  virtual absl::Status status() const { return absl::OkStatus(); }
};

// `fields` are paths; empty = those that suit the format. Without `header`, rows go on below those
// that are there already.
std::unique_ptr<RowWriter> MakeRowWriter(Format format, std::vector<std::string> fields,
                                         std::ostream& out, bool header = true);

// One resource: in a table, a line per populated field.
void WriteOne(Format format, const std::vector<std::string>& fields,
              const google::protobuf::Message& message, std::ostream& out);

// Rows that are no messages, such as contexts.
void WriteCells(Format format, const std::vector<std::string>& header,
                const std::vector<std::vector<std::string>>& rows, std::ostream& out);

// The message as JSON with only these paths; all if there are none.
nlohmann::ordered_json Project(const google::protobuf::Message& message,
                               const std::vector<std::string>& fields);

}  // namespace salesops::ctl
