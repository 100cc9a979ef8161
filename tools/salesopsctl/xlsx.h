#pragma once

// Workbooks of Excel and WPS (SpreadsheetML, ECMA-376 part 1): the rows of one sheet below its
// header, which is the first row that is not empty. Values are as people see them in a cell
// formatted plainly: days as 2026-03-01, percentages as 25%, booleans as TRUE and FALSE; money that
// our exports wrote (sheet_writer.h) as 1234.50 CNY.
//
// The sheet is read in a stream; only the shared strings are kept. Bounds, besides those of
// office_package.h: a sheet inflates to 2 GiB at most, the shared strings to 256 MiB, the small
// parts to 16 MiB each; a row holds 16 MiB of text and has 16,384 columns and 1,048,576 siblings,
// as in Excel.
//
// A cell that holds an error, a formula without a result, a number that is no day or has lost
// digits, or a value outside the columns makes its row a record that says so.
//
// Thread-safety: one thread.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/salesopsctl/row_source.h"

namespace salesops::ctl {

// `sheet` is a name; "" = the first. INVALID_ARGUMENT lists the sheets if there is none such.
absl::StatusOr<std::unique_ptr<RowSource>> OpenXlsx(const std::string& path,
                                                    const std::string& sheet);
// `bytes` must outlive it.
absl::StatusOr<std::unique_ptr<RowSource>> OpenXlsxBytes(absl::string_view bytes,
                                                         const std::string& sheet);

}  // namespace salesops::ctl
