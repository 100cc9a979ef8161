#pragma once

// Rows that an import did not take, in the shape and encoding of its input, with the columns row,
// field, reason and message behind: correct it and give it to the same import again. (A workbook's
// is a CSV in UTF-8 with a byte order mark, which Excel opens.)
//
//   RejectFile rejects("客户.rejects.csv", *source);
//   RETURN_IF_ERROR(rejects.Add(record, rejections));
//
// Thread-safety: one thread.

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/salesopsctl/row_source.h"

namespace salesops::ctl {

class RejectFile {
 public:
  // `source` must outlive it.
  RejectFile(std::string path, const RowSource& source) : path_(std::move(path)), source_(source) {}

  // Goes on behind the first `bytes` of a file that an earlier run left.
  absl::Status GoOn(int64_t bytes);
  // The first one makes the file, in place of one that is there.
  absl::Status Add(const Record& record, const std::vector<Rejection>& rejections);
  absl::Status Flush();

  const std::string& path() const { return path_; }
  int64_t bytes() const { return bytes_; }

 private:
  absl::Status Write(const std::string& line);
  absl::Status Failed() const;

  const std::string path_;
  const RowSource& source_;
  std::ofstream out_;
  int64_t bytes_ = 0;
};

// A file beside `input` that is not there yet: "客户.rejects.csv", "客户.rejects-2.csv" …
std::string FreeRejectPath(const std::string& input, FileFormat format);

}  // namespace salesops::ctl
