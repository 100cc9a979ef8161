#pragma once

// The model that the generated company follows, with all its numbers in one place. README.md
// explains them; a test of statistics compares what it finds with what stands here (or in the
// truth.json that the generator writes).
//
// Thread-safety: a value.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"

namespace salesops::company {

// What happens to a deal in one open stage. The visit lasts LogNormal(ln(median_days), sigma) days;
// one that ends in a loss lasts Model::lost_duration_factor times as long. At its end the deal goes
// back one stage with probability `regress`; otherwise it moves on with probability
//   Logistic(Logit(advance) + source effect (early stages) or seller effect (late stages))
// and is lost if it does not.
struct OpenStage {
  std::string id;
  std::string display_name;
  double advance;
  double regress;
  double median_days;
  double sigma;
  bool source_matters;  // early stage: where the lead came from shifts the odds
  bool skill_matters;   // late stage: who sells shifts the odds
};

struct Source {
  std::string name;
  double share;   // of all deals
  double effect;  // added to the logit of `advance`
};

struct Grade {
  std::string name;
  double share;           // of all accounts
  double deals;           // relative number of deals per account
  double median_amount;   // CNY
  double median_revenue;  // CNY a year
  double median_employees;
};

struct LossReason {
  std::string name;
  double share;
};

struct Model {
  uint64_t seed = 20250101;
  int scale = 1;
  absl::CivilDay start = absl::CivilDay(2024, 7, 1);
  int months = 18;

  int accounts = 600;            // times scale
  int opportunities = 4000;      // times scale
  int teams_per_department = 2;  // times scale

  std::vector<OpenStage> stages = {
      {"lead", "线索确认", 0.62, 0.00, 9, 0.8, true, false},
      {"qualified", "需求确认", 0.68, 0.04, 14, 0.7, true, false},
      {"proposal", "方案报价", 0.72, 0.08, 20, 0.6, false, true},
      {"negotiation", "商务谈判", 0.65, 0.06, 16, 0.7, false, true},
  };
  // A deal that moves on from the first stage skips the second with this probability.
  double skip_second_stage = 0.10;
  double lost_duration_factor = 1.25;

  std::vector<Source> sources = {
      {"官网", 0.30, -0.1}, {"电销", 0.25, -0.5}, {"转介绍", 0.20, 0.8},
      {"展会", 0.15, 0.0},  {"伙伴", 0.10, 0.4},
  };
  // Seller effect on the logit: a skill drawn once from N(0, skill_sigma), and ramp_effect more
  // during the first ramp_days of employment.
  double skill_sigma = 0.5;
  double ramp_effect = -0.5;
  int ramp_days = 90;

  std::vector<Grade> grades = {
      {"A", 0.15, 3.0, 480000, 2.0e9, 3000},
      {"B", 0.35, 1.5, 180000, 4.0e8, 700},
      {"C", 0.50, 1.0, 60000, 6.0e7, 120},
  };
  double amount_sigma = 0.9;
  double revenue_sigma = 1.0;
  double employees_sigma = 0.7;
  double without_account = 0.05;  // share of deals

  // Relative number of deals opened in each calendar month, January first: quiet around Spring
  // Festival and the October holidays, busy at the ends of quarters. It grows by monthly_growth.
  std::vector<double> season = {0.90, 0.60, 1.20, 1.00, 0.95, 1.15,
                                0.90, 0.90, 1.10, 0.80, 1.15, 1.20};
  double monthly_growth = 0.01;

  std::vector<LossReason> loss_reasons = {{"价格过高", 0.30},
                                          {"选择竞争对手", 0.25},
                                          {"预算取消", 0.20},
                                          {"客户无决策", 0.15},
                                          {"功能不匹配", 0.10}};

  // Of the sellers who are neither director nor team leader.
  double joins_during = 0.24;  // share that joins inside the window
  double leaves_during = 0.20;
  double moves_during = 0.16;  // share that changes team inside the window
};

}  // namespace salesops::company
