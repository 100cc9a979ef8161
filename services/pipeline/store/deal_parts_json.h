#pragma once

// The parts of a deal as JSON columns of its row; found by argument-dependent lookup from
// records::JsonCol. What follows from other values, such as the amount of a line, is not stored.
//
//   [{"i":"l1","p":"gtx","q":"3","n":"4500.00","c":"CNY","t":"","l":"4800.00","lc":"CNY"}]
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "services/pipeline/domain/deal_parts.h"

namespace salesops::pipeline::domain {

std::string ToJson(const std::vector<LineItem>& lines);
void FromJson(const std::string& text, std::vector<LineItem>* lines);

std::string ToJson(const std::vector<ContactRole>& roles);
void FromJson(const std::string& text, std::vector<ContactRole>* roles);

std::string ToJson(const std::vector<OpportunitySplit>& splits);
void FromJson(const std::string& text, std::vector<OpportunitySplit>* splits);

}  // namespace salesops::pipeline::domain
