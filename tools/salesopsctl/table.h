#pragma once

// Messages as a table for people. Columns line up in a terminal, Chinese text included.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace salesops::ctl {

// kPeople: 2017-12-31, "4,514.50 USD", OPEN, "3 items".
// kExact, for programs: 2017-12-31, "4514.50 USD", STATE_OPEN, and lists and messages as JSON.
enum class CellStyle { kPeople, kExact };

// A field as text; empty if it is not set. `path` may go into sub-messages and maps
// (`attributes.product`).
std::string CellOf(const google::protobuf::Message& message, const std::string& path,
                   CellStyle style = CellStyle::kPeople);

// What the text of a cell (kExact) is, for forms that know more than texts.
enum class CellKind { kText, kNumber, kBool, kDay, kMoney };
CellKind CellKindOf(const google::protobuf::Message& message, const std::string& path);

// Usage error if `path` does not lead to a field of the type; it names the fields there are.
absl::Status CheckPath(const google::protobuf::Descriptor* type, const std::string& path);

// The columns worth showing of a type when nobody named any: name, texts, amounts, states, days.
std::vector<std::string> DefaultColumns(const google::protobuf::Descriptor* type);
// Every field.
std::vector<std::string> AllColumns(const google::protobuf::Descriptor* type);

// Lines of a table whose columns are as wide as the rows told so far; wider cells that come later
// widen their column from there on.
class TableLayout {
 public:
  explicit TableLayout(const std::vector<std::string>& header);
  void Measure(const std::vector<std::string>& row);
  std::string Line(const std::vector<std::string>& row) const;

 private:
  std::vector<int> widths_;
};

std::string FormatTable(const std::vector<std::string>& header,
                        const std::vector<std::vector<std::string>>& rows);

// Terminal cells that UTF-8 text takes: two for East Asian wide characters.
int DisplayWidth(const std::string& text);

}  // namespace salesops::ctl
