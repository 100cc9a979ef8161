#pragma once

// A workbook (OPC, ECMA-376 part 2) of one sheet, packed from a file of the sheet's XML in a
// stream, so that memory does not grow with it.
//
//   RETURN_IF_ERROR(WriteWorkbook("客户.xlsx", "客户.xlsx.part", "accounts", currencies));
//
// Thread-safety: pure but for the files.

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace salesops::ctl {

// `sheet` is a file that a writer of sheet_writer.h wrote with these currencies. What was at `path`
// is replaced once the workbook is whole, or not at all.
absl::Status WriteWorkbook(const std::string& path, const std::string& sheet,
                           const std::string& sheet_name,
                           const std::vector<std::string>& currencies);

// A name that a sheet can have: at most 31 characters, none of []:*?/\ and no ' at its ends.
std::string SheetName(const std::string& name);

}  // namespace salesops::ctl
