#pragma once

// The parts of facts and quotas as JSON columns of their rows; found by argument-dependent lookup
// from records::JsonCol. A decimal is its canonical text.
//
//   splits  [{"s":"sellers/7","v":"0.6"},{"s":"sellers/8","v":"1","o":true}]
//   lines
//   [{"i":"10","p":"products/gtx","g":"servers","q":"2","a":"1999.9","c":"1200","d":"0.1","r":"0"}]
//   ramp    [{"d":"2026-04-01","v":"0.25"}]
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "services/performance/domain/incentives/facts.h"
#include "services/performance/domain/quota.h"

namespace salesops::performance::domain {

std::string ToJson(const std::vector<DeclaredSplit>& splits);
void FromJson(const std::string& text, std::vector<DeclaredSplit>* splits);

std::string ToJson(const std::vector<FactLine>& lines);
void FromJson(const std::string& text, std::vector<FactLine>* lines);

std::string ToJson(const std::vector<RampStep>& ramp);
void FromJson(const std::string& text, std::vector<RampStep>* ramp);

}  // namespace salesops::performance::domain
