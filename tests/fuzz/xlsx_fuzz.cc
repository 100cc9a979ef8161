// Any bytes as a workbook, and as the sheet of a whole one. Nothing may crash or take long; what is
// accepted has as many cells in every row as there are columns, and rows stand in order.
#include <zip.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "tools/salesopsctl/test_workbook.h"
#include "tools/salesopsctl/xlsx.h"

namespace {

void ReadAll(absl::string_view bytes) {
  const auto source = salesops::ctl::OpenXlsxBytes(bytes, "");
  if (!source.ok()) return;
  for (int64_t last = 0;;) {
    const auto record = (*source)->Next();
    if (!record.ok() || !*record) return;
    if ((*record)->cells.size() != (*source)->columns().size()) std::abort();
    if ((*record)->row <= last) std::abort();
    last = (*record)->row;
  }
}

// The input in place of one part of a workbook.
std::string BookWith(const std::string& part, const std::string& content) {
  salesops::ctl::Parts parts = salesops::ctl::WorkbookOf("", {"a", "b"});
  parts[part] = content;
  return salesops::ctl::ArchiveOf(parts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  ReadAll(input);
  if (input.empty()) return 0;
  static constexpr const char* kParts[] = {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml",
                                           "xl/styles.xml", "xl/workbook.xml",
                                           "xl/_rels/workbook.xml.rels"};
  // An archive's checksums keep a fuzzer from its parts, so they are tried by themselves.
  const std::string part = input[0] == '<' ? kParts[0] : kParts[data[0] % 5];
  ReadAll(BookWith(part, std::string(input[0] == '<' ? input : input.substr(1))));
  return 0;
}
