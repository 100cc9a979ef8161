#pragma once

// Small lists and maps that live inside a row, as JSON text with sorted keys, so that equal values
// are equal text.
//
//   {"k":"d","v":"12.50"}   typed values name their kind: s text, d decimal, m money, t day, b bool
//
// A service adds ToJson/FromJson overloads for its own value lists next to its store. Text that is
// not what ToJson writes leaves the value empty.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "shared/base/attribute.h"
#include "shared/base/civil.h"

namespace salesops::records {

std::string ToJson(const std::vector<base::ExternalKey>& keys);
void FromJson(const std::string& text, std::vector<base::ExternalKey>* keys);

std::string ToJson(const base::Attributes& attributes);
void FromJson(const std::string& text, base::Attributes* attributes);

std::string ToJson(const std::vector<std::string>& list);
void FromJson(const std::string& text, std::vector<std::string>* list);

std::string ToJson(const std::vector<base::DayRange>& ranges);
void FromJson(const std::string& text, std::vector<base::DayRange>* ranges);

}  // namespace salesops::records
