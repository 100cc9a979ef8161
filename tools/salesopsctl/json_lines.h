#pragma once

// JSON lines: one object a line, empty lines left out.
//
// As columns, members of objects inside objects are called "outer.inner"; a list of plain values is
// a text with one value a line, any other list its JSON.
//
// Thread-safety: one thread.

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tools/salesopsctl/row_source.h"

namespace salesops::ctl {

// With `columns` the file is read once before, to know them. A line that is no object is an error
// of the whole file, and so are bytes that are no text.
absl::StatusOr<std::unique_ptr<RowSource>> OpenJsonLines(const std::string& path,
                                                         std::optional<Encoding> encoding,
                                                         bool columns);

}  // namespace salesops::ctl
