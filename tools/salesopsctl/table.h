#pragma once

// Messages as a table for people. Columns line up in a terminal, Chinese text included.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace salesops::ctl {

// A field as short text: 2017-12-31, "4,514.50 USD", OPEN, "3 items"; empty if it is not set.
// `path` may go into sub-messages and maps (`attributes.product`).
std::string CellOf(const google::protobuf::Message& message, const std::string& path);

// The columns worth showing of a type when nobody named any: name, texts, amounts, states, days.
std::vector<std::string> DefaultColumns(const google::protobuf::Descriptor* type);

std::string FormatTable(const std::vector<std::string>& header,
                        const std::vector<std::vector<std::string>>& rows);

// Terminal cells that UTF-8 text takes: two for East Asian wide characters.
int DisplayWidth(const std::string& text);

}  // namespace salesops::ctl
