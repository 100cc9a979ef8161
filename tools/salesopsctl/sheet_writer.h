#pragma once

// Rows as the sheet of a workbook (SpreadsheetML, ECMA-376 part 1), in the columns of CSV. Read
// back by xlsx.h, each cell is the text that CSV has (but for TRUE and FALSE in capitals).
//
//   std::vector<std::string> currencies;
//   auto writer = MakeSheetWriter({"name", "amount"}, /*already=*/0, &currencies, out);
//   writer->Add(opportunity);
//   writer->Finish();
//   RETURN_IF_ERROR(writer->status());
//   WriteWorkbook(path, …);   // workbook.h
//
// The cell types of 18.18.11 (ST_CellType) and 18.3.1.4, by what a field is:
//
//   text, state, list   inlineStr: never a formula, whatever it begins with (= + - @ also when
//                       somebody edits the cell: quotePrefix, 18.8.45)
//   number              n, if reading it gives the very text again; else text. So no digit is lost
//                       of more than the 15 that Excel keeps.
//   money               the same with the currency in the number's format (cell_format.h)
//   day                 n with a format of days, from 1900-03-01 on, before which Excel counts a
//                       day that never was; else text
//   bool                b
//   instant             text in ISO 8601, in UTC: a serial number has neither the zone nor the
//                       microseconds
//
// Memory does not grow with the rows.
//
// Thread-safety: one thread.

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tools/salesopsctl/output.h"

namespace salesops::ctl {

// Bounds of Excel; a header takes the first row.
inline constexpr int64_t kMostSheetRows = 1'048'576;
inline constexpr size_t kMostSheetColumns = 16'384;
inline constexpr size_t kMostCellUnits = 32'767;  // UTF-16 code units

// Styles of cells (places in cellXfs, 18.8.10). The i-th currency has kFirstCurrencyStyle + i.
enum SheetStyle { kPlainStyle, kHeaderStyle, kDayStyle, kQuotedStyle, kFirstCurrencyStyle };

// `fields` are paths, at least one. `already` rows are there; below 0 nothing is, not even the
// header. `currencies` are those of the rows so far, to which it adds; it must outlive the writer.
// status() is OUT_OF_RANGE for what Excel cannot hold, and says what to do.
std::unique_ptr<RowWriter> MakeSheetWriter(std::vector<std::string> fields, int64_t already,
                                           std::vector<std::string>* currencies, std::ostream& out);

// Text of an XML element or attribute. What XML 1.0 cannot hold is written _xHHHH_ (ST_Xstring,
// 22.9.2.19), and so is what would be read as such.
std::string SheetText(absl::string_view text);

}  // namespace salesops::ctl
