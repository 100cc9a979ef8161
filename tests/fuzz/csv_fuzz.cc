// Any bytes as a CSV file. Nothing may crash; what is accepted has as many cells in every row as
// the header has columns, and rows stand in the order of their lines.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "tools/salesopsctl/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto csv = salesops::ctl::ParseCsv({reinterpret_cast<const char*>(data), size});
  if (!csv.ok()) return 0;
  int64_t line = 1;
  for (const auto& row : csv->rows) {
    if (row.cells.size() != csv->header.size() || row.line <= line) std::abort();
    line = row.line;
  }
  return 0;
}
