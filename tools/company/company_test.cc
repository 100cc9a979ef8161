// The generated company is the same everywhere, is of the promised size, is accepted by the
// contracts, and follows its model: what a statistician would estimate from its rows is what
// model.h says.

#include "tools/company/company.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <cmath>
#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/seller.pb.h"
#include "salesops/organization/v1/team.pb.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/contact.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "salesops/pipeline/v1/product.pb.h"
#include "salesops/pipeline/v1/sales_process.pb.h"
#include "tools/company/random.h"
#include "tools/company/requests.h"

namespace salesops::company {
namespace {

std::string Sha256(const std::string& text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return absl::BytesToHexString(
      std::string(reinterpret_cast<const char*>(digest), SHA256_DIGEST_LENGTH));
}

std::string HashOf(const Model& model) {
  std::string all;
  for (const File& file : Requests(Generate(model))) all += file.name + "\n" + file.text;
  return Sha256(all);
}

// ---- the numbers everything rests on

TEST(Exact, AgreesWithTheMachine) {
  for (double x : {1e-9, 0.3, 0.7071, 1.0, 2.0, 3.14159, 480000.0, 2e9}) {
    EXPECT_NEAR(ExactLog(x), std::log(x), 1e-14 * std::max(1.0, std::fabs(std::log(x)))) << x;
  }
  for (double x : {-20.0, -1.0, -1e-6, 0.0, 0.5, 1.0, 13.0, 21.0}) {
    EXPECT_NEAR(ExactExp(x) / std::exp(x), 1, 1e-14) << x;
  }
}

TEST(Random, GivesTheSameNumbersOnEveryMachine) {
  Random random(20250101, "golden", 1);
  EXPECT_EQ(random.Next(), 15428961314207993439u);
  EXPECT_EQ(Random(1, "a", 1).Next(), Random(1, "a", 1).Next());
  EXPECT_NE(Random(1, "a", 1).Next(), Random(1, "a", 2).Next());
  EXPECT_NE(Random(1, "a", 1).Next(), Random(1, "b", 1).Next());
}

// ---- the same company for the same seed

TEST(Company, IsTheSameOnEveryMachine) {
  // Changes only when the model or the shape of the rows is changed on purpose.
  EXPECT_EQ(HashOf(Model()), "0ea422ac2ed65f93b1f95f232b394e7481f5fade05f91b54d38403ab2e9add7f");
}

TEST(Company, DiffersByTheSeed) { EXPECT_NE(HashOf({.seed = 1}), HashOf({.seed = 2})); }

// ---- its size

TEST(Company, HasThePromisedSize) {
  const Company company = Generate(Model());
  EXPECT_EQ(company.departments.size(), 5u);
  EXPECT_EQ(company.sellers.size(), 40u);
  EXPECT_EQ(company.accounts.size(), 600u);
  EXPECT_EQ(company.deals.size(), 4000u);
  EXPECT_EQ(company.end, absl::CivilDay(2026, 1, 1));
}

TEST(Company, GrowsWithTheScale) {
  const Company company = Generate({.scale = 3});
  EXPECT_EQ(company.departments.size(), 5u);
  EXPECT_EQ(company.sellers.size(), 120u);
  EXPECT_EQ(company.accounts.size(), 1800u);
  EXPECT_EQ(company.deals.size(), 12000u);
}

// ---- its roster

TEST(Roster, PeopleJoinLeaveAndMoveInsideTheWindow) {
  const Company company = Generate(Model());
  int joined = 0, left = 0, moved = 0, shared = 0;
  for (const Seller& seller : company.sellers) {
    joined += seller.employment.start > company.model.start;
    left += seller.employment.end.has_value();
    moved += seller.assignments.size() == 2;
    shared += seller.assignments.back().share != "1";
  }
  EXPECT_EQ(joined, 6);
  EXPECT_EQ(left, 5);
  EXPECT_EQ(moved, 4);
  EXPECT_EQ(shared, 1);
}

TEST(Roster, AssignmentsLieInsideEmploymentAndSharesNeverExceedOne) {
  const Company company = Generate({.scale = 2});
  for (const Seller& seller : company.sellers) {
    for (const Assignment& assignment : seller.assignments) {
      EXPECT_GE(assignment.days.start, seller.employment.start) << seller.id;
      if (seller.employment.end) {
        ASSERT_TRUE(assignment.days.end.has_value()) << seller.id;
        EXPECT_LE(*assignment.days.end, *seller.employment.end) << seller.id;
      }
    }
    for (absl::CivilDay day = company.model.start; day < company.end; ++day) {
      double shares = 0;
      for (const Assignment& assignment : seller.assignments) {
        if (assignment.days.Contains(day)) shares += std::stod(assignment.share);
      }
      ASSERT_LE(shares, 1 + 1e-9) << seller.id;
    }
  }
}

TEST(Roster, OneTeamChangesDepartment) {
  const Company company = Generate(Model());
  int changed = 0;
  for (const Team& team : company.teams) {
    changed += DepartmentOf(team, company.model.start) != DepartmentOf(team, company.end);
  }
  EXPECT_EQ(changed, 1);
}

// ---- its deals

TEST(Deals, AreOwnedByPeopleWhoAreThere) {
  const Company company = Generate(Model());
  for (const Deal& deal : company.deals) {
    for (const Move& move : deal.moves) {
      const Seller& seller = company.sellers[move.owner];
      EXPECT_TRUE(seller.employment.Contains(absl::ToCivilDay(move.time, CompanyZone())));
      EXPECT_NE(seller.rank, Rank::kDirector);
    }
    if (deal.IsOpen()) {
      EXPECT_TRUE(company.sellers[deal.owner].employment.Contains(company.end - 1));
    }
  }
}

TEST(Deals, HaveAHistoryInOrderThatEndsInsideTheWindow) {
  const Company company = Generate(Model());
  for (const Deal& deal : company.deals) {
    EXPECT_EQ(deal.moves.front().stage, 0);
    for (size_t i = 1; i < deal.moves.size(); ++i) {
      EXPECT_LE(deal.moves[i - 1].time, deal.moves[i].time);
      EXPECT_GE(deal.moves[i - 1].stage, 0);
    }
    EXPECT_LT(deal.moves.back().time, absl::FromCivil(company.end, CompanyZone()));
    EXPECT_EQ(deal.outcome_reason.empty(), deal.moves.back().stage != kLost);
  }
}

TEST(Deals, HavePartsThatAddUp) {
  const Company company = Generate(Model());
  int lines = 0, contacts = 0, splits = 0;
  for (const Deal& deal : company.deals) {
    if (deal.units > 0) {
      const long long price = deal.amount / deal.units;
      const long long list = company.products[deal.product].list_price;
      EXPECT_EQ(price * deal.units, deal.amount) << deal.id;
      EXPECT_LE(price, list) << deal.id;
      EXPECT_GE(price * 10, list * 6) << deal.id;
    }
    EXPECT_TRUE(!deal.knows_contact || deal.account >= 0) << deal.id;
    EXPECT_NE(deal.partner, deal.owner) << deal.id;
    lines += deal.units > 0;
    contacts += deal.knows_contact;
    splits += deal.partner >= 0;
  }
  EXPECT_EQ(company.contacts.size(), company.accounts.size());
  EXPECT_GT(lines, 500);
  EXPECT_GT(contacts, 1500);
  EXPECT_GT(splits, 200);
}

// ---- its rows, read by the contracts

template <typename Row>
int CountRows(const std::vector<File>& files, const std::string& name) {
  int count = 0;
  for (const File& file : files) {
    if (file.name != name) continue;
    for (absl::string_view line : absl::StrSplit(file.text, '\n', absl::SkipEmpty())) {
      Row row;
      const auto status = google::protobuf::util::JsonStringToMessage(
          google::protobuf::StringPiece(line.data(), line.size()), &row);
      EXPECT_TRUE(status.ok()) << name << ": " << status.ToString() << "\n" << line;
      if (!status.ok()) return -1;
      ++count;
    }
  }
  return count;
}

TEST(Rows, AreRequestsOfTheContracts) {
  namespace organization = salesops::organization::v1;
  namespace pipeline = salesops::pipeline::v1;
  const std::vector<File> files = Requests(Generate(Model()));
  EXPECT_EQ(CountRows<organization::ImportedDepartment>(files, "departments.jsonl"), 5);
  EXPECT_EQ(CountRows<organization::ImportedTeam>(files, "teams.jsonl"), 15);
  EXPECT_EQ(CountRows<organization::ImportedSeller>(files, "sellers.jsonl"), 40);
  EXPECT_EQ(CountRows<organization::ImportedAssignment>(files, "assignments.jsonl"), 46);
  EXPECT_EQ(CountRows<pipeline::ImportedAccount>(files, "accounts.jsonl"), 600);
  EXPECT_EQ(CountRows<pipeline::ImportedProduct>(files, "products.jsonl"), 4);
  EXPECT_EQ(CountRows<pipeline::ImportedContact>(files, "contacts.jsonl"), 600);
  EXPECT_EQ(CountRows<pipeline::ImportedOpportunity>(files, "opportunities.jsonl"), 4000);
  EXPECT_EQ(CountRows<pipeline::CreateSalesProcessRequest>(files, "sales_processes.jsonl"), 1);
  EXPECT_EQ(
      CountRows<pipeline::CreateSalesProcessVersionRequest>(files, "sales_process_versions.jsonl"),
      1);
}

// ---- its statistics: estimates from a company ten times as large against the model

// One visit of a deal to an open stage, with what came of it.
struct Visit {
  int stage;
  const Deal* deal;
  int owner;
  absl::Time entered;
  double days;
  int next;
};

// Visits that began early enough that all but a vanishing part of them have ended; without this
// the long ones would be missing and every estimate would be off.
std::vector<Visit> EndedVisits(const Company& company) {
  const absl::Time latest = absl::FromCivil(company.end, CompanyZone()) - absl::Hours(24 * 250);
  std::vector<Visit> visits;
  for (const Deal& deal : company.deals) {
    for (size_t i = 0; i + 1 < deal.moves.size(); ++i) {
      const Move& move = deal.moves[i];
      if (move.time >= latest) continue;
      visits.push_back({move.stage, &deal, move.owner, move.time,
                        absl::ToDoubleSeconds(deal.moves[i + 1].time - move.time) / 86400,
                        deal.moves[i + 1].stage});
    }
  }
  return visits;
}

class Statistics : public testing::Test {
 protected:
  static void SetUpTestSuite() { company_ = new Company(Generate({.scale = 10})); }
  static void TearDownTestSuite() { delete company_; }
  static const Model& model() { return company_->model; }

  static bool WentBack(const Visit& v) { return v.next >= 0 && v.next < v.stage; }

  static Company* company_;
};
Company* Statistics::company_ = nullptr;

// Four standard errors: a correct generator fails one such check in 16,000.
void ExpectShare(double hits, double n, double expected, const std::string& what) {
  ASSERT_GT(n, 100) << what;
  EXPECT_NEAR(hits / n, expected, 4 * std::sqrt(expected * (1 - expected) / n)) << what;
}

TEST_F(Statistics, DealsGoBackAsOftenAsTheModelSays) {
  std::map<int, double> back, all;
  for (const Visit& v : EndedVisits(*company_)) {
    all[v.stage] += 1;
    back[v.stage] += WentBack(v);
  }
  for (int s = 0; s < static_cast<int>(model().stages.size()); ++s) {
    ExpectShare(back[s], all[s], model().stages[s].regress, model().stages[s].id);
  }
}

TEST_F(Statistics, ConversionOfEarlyStagesDependsOnTheSource) {
  std::map<std::pair<int, int>, double> on, all;
  for (const Visit& v : EndedVisits(*company_)) {
    if (WentBack(v) || !model().stages[v.stage].source_matters) continue;
    all[{v.stage, v.deal->source}] += 1;
    on[{v.stage, v.deal->source}] += v.next != kLost;
  }
  EXPECT_EQ(all.size(), 2 * model().sources.size());
  for (const auto& [key, n] : all) {
    const OpenStage& stage = model().stages[key.first];
    const Source& source = model().sources[key.second];
    ExpectShare(on[key], n, Logistic(Logit(stage.advance) + source.effect),
                stage.id + " " + source.name);
  }
}

// Logistic regression of moving on upon the seller effect, by Newton's method: the intercept must
// be the logit of the stage's conversion and the slope 1.
TEST_F(Statistics, ConversionOfLateStagesDependsOnTheSeller) {
  for (int s = 0; s < static_cast<int>(model().stages.size()); ++s) {
    if (!model().stages[s].skill_matters) continue;
    std::vector<std::pair<double, bool>> points;
    for (const Visit& v : EndedVisits(*company_)) {
      if (v.stage != s || WentBack(v)) continue;
      points.emplace_back(SellerEffect(model(), company_->sellers[v.owner],
                                       absl::ToCivilDay(v.entered, CompanyZone())),
                          v.next != kLost);
    }
    double a = 0, b = 0, aa = 0, ab = 0, bb = 0;
    for (int round = 0; round < 25; ++round) {
      double ga = 0, gb = 0;
      aa = ab = bb = 0;
      for (const auto& [x, on] : points) {
        const double p = Logistic(a + b * x);
        ga += on - p;
        gb += (on - p) * x;
        aa += p * (1 - p);
        ab += p * (1 - p) * x;
        bb += p * (1 - p) * x * x;
      }
      const double determinant = aa * bb - ab * ab;
      a += (bb * ga - ab * gb) / determinant;
      b += (aa * gb - ab * ga) / determinant;
    }
    const double determinant = aa * bb - ab * ab;
    EXPECT_NEAR(a, Logit(model().stages[s].advance), 4 * std::sqrt(bb / determinant));
    EXPECT_NEAR(b, 1, 4 * std::sqrt(aa / determinant));
    EXPECT_LT(std::sqrt(aa / determinant), 0.1) << "too few points for the check to mean anything";
  }
}

TEST_F(Statistics, StageDurationsAreLogNormal) {
  std::map<std::pair<int, bool>, std::vector<double>> logs;
  for (const Visit& v : EndedVisits(*company_)) {
    logs[{v.stage, v.next == kLost}].push_back(std::log(v.days));
  }
  for (const auto& [key, values] : logs) {
    const OpenStage& stage = model().stages[key.first];
    const double n = static_cast<double>(values.size());
    ASSERT_GT(n, 500);
    double sum = 0, squares = 0;
    for (double value : values) {
      sum += value;
      squares += value * value;
    }
    const double mean = sum / n;
    const double deviation = std::sqrt(squares / n - mean * mean);
    const double expected =
        std::log(stage.median_days * (key.second ? model().lost_duration_factor : 1));
    EXPECT_NEAR(mean, expected, 4 * stage.sigma / std::sqrt(n)) << stage.id;
    EXPECT_NEAR(deviation, stage.sigma, 4 * stage.sigma / std::sqrt(2 * n)) << stage.id;
  }
}

TEST_F(Statistics, FirstStageSkipsTheSecondAsOftenAsTheModelSays) {
  double skipped = 0, on = 0;
  for (const Visit& v : EndedVisits(*company_)) {
    if (v.stage != 0 || v.next == kLost) continue;
    on += 1;
    skipped += v.next == 2;
  }
  ExpectShare(skipped, on, model().skip_second_stage, "skip");
}

TEST_F(Statistics, AmountsAreLogNormalByGrade) {
  std::map<int, std::vector<double>> logs;
  for (const Deal& deal : company_->deals) {
    if (deal.account < 0) continue;
    logs[company_->accounts[deal.account].grade].push_back(
        std::log(static_cast<double>(deal.amount)));
  }
  for (const auto& [grade, values] : logs) {
    double sum = 0;
    for (double value : values) sum += value;
    const double n = static_cast<double>(values.size());
    // Rounding to 100 and the floor of 1,000 move the mean by less than 0.002.
    EXPECT_NEAR(sum / n, std::log(model().grades[grade].median_amount),
                4 * model().amount_sigma / std::sqrt(n) + 0.002);
  }
}

TEST_F(Statistics, SourcesGradesAndReasonsHaveTheirShares) {
  std::map<int, double> sources, grades;
  std::map<std::string, double> reasons;
  double lost = 0;
  for (const Deal& deal : company_->deals) {
    sources[deal.source] += 1;
    if (deal.outcome_reason.empty()) continue;
    reasons[deal.outcome_reason] += 1;
    lost += 1;
  }
  for (const Account& account : company_->accounts) grades[account.grade] += 1;
  const double deals = static_cast<double>(company_->deals.size());
  const double accounts = static_cast<double>(company_->accounts.size());
  for (size_t i = 0; i < model().sources.size(); ++i) {
    ExpectShare(sources[i], deals, model().sources[i].share, model().sources[i].name);
  }
  for (size_t i = 0; i < model().grades.size(); ++i) {
    ExpectShare(grades[i], accounts, model().grades[i].share, model().grades[i].name);
  }
  for (const LossReason& reason : model().loss_reasons) {
    ExpectShare(reasons[reason.name], lost, reason.share, reason.name);
  }
}

TEST_F(Statistics, MonthsFollowTheSeasonAndOpenOnWorkingDays) {
  std::map<absl::CivilMonth, double> months;
  for (const Deal& deal : company_->deals) {
    const absl::CivilDay day = absl::ToCivilDay(deal.moves.front().time, CompanyZone());
    const absl::Weekday weekday = absl::GetWeekday(day);
    EXPECT_TRUE(weekday != absl::Weekday::saturday && weekday != absl::Weekday::sunday);
    months[absl::CivilMonth(day)] += 1;
  }
  double total = 0;
  for (int m = 0; m < model().months; ++m) {
    const absl::CivilMonth month = absl::CivilMonth(model().start) + m;
    total += model().season[month.month() - 1] * std::pow(1 + model().monthly_growth, m);
  }
  for (int m = 0; m < model().months; ++m) {
    const absl::CivilMonth month = absl::CivilMonth(model().start) + m;
    const double expected =
        model().season[month.month() - 1] * std::pow(1 + model().monthly_growth, m) / total;
    ExpectShare(months[month], static_cast<double>(company_->deals.size()), expected, "month");
  }
}

TEST_F(Statistics, GoodSellersWinMore) {
  // A sanity check that needs no formula: the better half of the sellers by skill.
  double won[2] = {0, 0}, closed[2] = {0, 0};
  for (const Deal& deal : company_->deals) {
    if (deal.IsOpen() || deal.moves.size() < 4) continue;
    const int half = company_->sellers[deal.owner].skill > 0;
    closed[half] += 1;
    won[half] += deal.moves.back().stage == kWon;
  }
  EXPECT_GT(won[1] / closed[1], won[0] / closed[0] + 0.05);
}

}  // namespace
}  // namespace salesops::company
