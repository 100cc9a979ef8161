#include "tools/company/company.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/company/names.h"
#include "tools/company/random.h"

namespace salesops::company {
namespace {

constexpr int kKeyAccounts = 4;  // index of the department that has no region of its own
constexpr int kWesternTeam = 3;  // index of the department one of whose teams moves to the south
constexpr int kSouth = 1;

struct DepartmentName {
  const char* id;
  const char* display_name;
  const char* region;
};
constexpr std::array<DepartmentName, 5> kDepartments = {{{"east", "华东事业部", "华东"},
                                                         {"south", "华南事业部", "华南"},
                                                         {"north", "华北事业部", "华北"},
                                                         {"west", "西部事业部", "西部"},
                                                         {"key", "大客户事业部", "全国"}}};
struct ProductName {
  const char* id;
  const char* display_name;
  int list_price;
};
constexpr std::array<ProductName, 4> kProducts = {{{"basic", "基础版", 5000},
                                                   {"professional", "专业版", 12000},
                                                   {"enterprise", "企业版", 30000},
                                                   {"data", "数据服务", 20000}}};
constexpr std::array<const char*, 4> kCompetitors = {"", "北辰软件", "云帆科技", "自研"};

// One part of the company is made at a time; each entity draws from its own stream.
class Builder {
 public:
  explicit Builder(const Model& model) {
    company_.model = model;
    company_.end = absl::CivilDay(absl::CivilMonth(model.start) + model.months);
  }

  Company Build() {
    MakeDepartmentsAndTeams();
    HirePeople();
    ChangeTheRoster();
    MakeAccounts();
    MakeProducts();
    MakeDeals();
    return std::move(company_);
  }

 private:
  const Model& model() const { return company_.model; }
  Random Stream(absl::string_view name, int index) const {
    return Random(model().seed, name, static_cast<uint64_t>(index));
  }
  absl::CivilDay DayBetween(Random& random, int after_start, int before_end) const {
    const absl::CivilDay first = model().start + after_start;
    const int days = static_cast<int>(company_.end - first) - before_end;
    return first + random.Below(std::max(1, days));
  }

  void MakeDepartmentsAndTeams();
  void HirePeople();
  int Hire(Rank rank, int team, int manager);
  void ChangeTheRoster();
  void Join(Seller& seller, Random& random);
  void Leave(Seller& seller, Random& random);
  void Move(Seller& seller, Random& random);
  void Split(Seller& seller);
  void MakeAccounts();
  void MakeProducts();
  void MakeDeals();
  Deal MakeDeal(int index);
  void MakeParts(Deal& deal, int index) const;
  absl::Time DrawOpening(Random& random) const;
  int ChooseOwner(Random& random, int department, absl::CivilDay day) const;
  void WorkOn(Deal& deal, Random& random) const;
  // The owner, or, once that one has left, the leader of the team left.
  int Successor(int owner, absl::CivilDay day) const;

  Company company_;
};

void Builder::MakeDepartmentsAndTeams() {
  const DayRange always{model().start - 365 * 5, std::nullopt};
  const absl::CivilDay reorganised =
      absl::CivilDay(absl::CivilMonth(model().start) + model().months * 2 / 3);
  const int teams = model().teams_per_department * model().scale;
  for (int d = 0; d < static_cast<int>(kDepartments.size()); ++d) {
    const DepartmentName& names = kDepartments[d];
    company_.departments.push_back({names.id, names.display_name});
    const int root = static_cast<int>(company_.teams.size());
    company_.teams.push_back({names.id, absl::StrCat(names.region, "销售部"), {{-1, d, always}}});
    for (int t = 1; t <= teams; ++t) {
      Team team{absl::StrCat(names.id, "-", t),
                absl::StrCat(names.region, "销售", t, "组"),
                {{root, d, always}}};
      company_.teams.push_back(std::move(team));
    }
  }
  // The last team of the west goes under the south two thirds into the window.
  const int per_department = teams + 1;
  Team& moved = company_.teams[(kWesternTeam + 1) * per_department - 1];
  moved.placements[0].days.end = reorganised;
  moved.placements.push_back({kSouth * per_department, kSouth, {reorganised, std::nullopt}});
}

void Builder::HirePeople() {
  const int per_department = model().teams_per_department * model().scale + 1;
  const int teams = per_department - 1;
  // 1 director, a leader per team, and the rest reps: 8 people per department and scale.
  const int reps = 8 * model().scale - 1 - teams;
  for (int d = 0; d < static_cast<int>(kDepartments.size()); ++d) {
    const int root = d * per_department;
    const int director = Hire(Rank::kDirector, root, -1);
    company_.teams[root].leader = director;
    for (int t = 1; t <= teams; ++t) {
      company_.teams[root + t].leader = Hire(Rank::kLeader, root + t, director);
    }
    for (int r = 0; r < reps; ++r) {
      const int team = root + 1 + r % teams;
      Hire(Rank::kRep, team, company_.teams[team].leader);
    }
  }
}

int Builder::Hire(Rank rank, int team, int manager) {
  const int index = static_cast<int>(company_.sellers.size());
  Random random = Stream("seller", index);
  Seller seller;
  seller.id = absl::StrFormat("s%03d", index + 1);
  seller.display_name = PersonName(random);
  seller.employee_number = absl::StrFormat("E%05d", 10001 + index);
  seller.email = absl::StrCat(seller.id, "@example.com");
  seller.phone = absl::StrFormat("+86 21 5550 %04d", index % 10000);
  seller.rank = rank;
  seller.skill = model().skill_sigma * random.Normal();
  seller.employment.start = model().start - 365 - random.Below(365 * 4);
  const int department = DepartmentOf(company_.teams[team], model().start);
  seller.assignments.push_back(
      {team, manager, kDepartments[department].region, "1", seller.employment});
  company_.sellers.push_back(std::move(seller));
  return index;
}

// Which reps join, leave, move or split is drawn without replacement; the numbers of each are
// fixed by the model.
void Builder::ChangeTheRoster() {
  std::vector<int> reps;
  for (int i = 0; i < static_cast<int>(company_.sellers.size()); ++i) {
    if (company_.sellers[i].rank == Rank::kRep) reps.push_back(i);
  }
  Random shuffle = Stream("roster", 0);
  for (size_t i = reps.size() - 1; i > 0; --i) {
    std::swap(reps[i], reps[shuffle.Below(static_cast<int>(i) + 1)]);
  }
  const auto count = [&](double share) {
    return static_cast<size_t>(std::floor(share * static_cast<double>(reps.size()) + 0.5));
  };
  const size_t joined = count(model().joins_during);
  const size_t left = joined + count(model().leaves_during);
  const size_t moved = left + count(model().moves_during);
  for (size_t i = 0; i < reps.size(); ++i) {
    Seller& seller = company_.sellers[reps[i]];
    Random random = Stream("change", reps[i]);
    if (i < joined) {
      Join(seller, random);
    } else if (i < left) {
      Leave(seller, random);
    } else if (i < moved) {
      Move(seller, random);
    } else if (i == moved) {
      Split(seller);
    }
  }
}

void Builder::Join(Seller& seller, Random& random) {
  seller.employment.start = DayBetween(random, 30, 120);
  seller.assignments[0].days = seller.employment;
}

void Builder::Leave(Seller& seller, Random& random) {
  seller.employment.end = DayBetween(random, 120, 60);
  seller.assignments[0].days = seller.employment;
}

// To a team with the same number in the next department.
void Builder::Move(Seller& seller, Random& random) {
  const int per_department = model().teams_per_department * model().scale + 1;
  const absl::CivilDay day = DayBetween(random, 90, 90);
  Assignment next = seller.assignments[0];
  next.team = (next.team + per_department) % static_cast<int>(company_.teams.size());
  next.manager = company_.teams[next.team].leader;
  next.region = kDepartments[DepartmentOf(company_.teams[next.team], day)].region;
  next.days = {day, seller.employment.end};
  seller.assignments[0].days.end = day;
  seller.assignments.push_back(next);
}

// Works for two teams of the department from the start of the window on.
void Builder::Split(Seller& seller) {
  Assignment main = seller.assignments[0];
  main.days.start = model().start;
  main.share = "0.6";
  Assignment other = main;
  other.share = "0.4";
  const int leader_of_department = company_.sellers[main.manager].assignments[0].manager;
  for (int t = 0; t < static_cast<int>(company_.teams.size()); ++t) {
    const int leader = company_.teams[t].leader;
    if (t == main.team || company_.sellers[leader].assignments[0].manager != leader_of_department) {
      continue;
    }
    other.team = t;
    other.manager = leader;
    break;
  }
  seller.assignments[0].days.end = model().start;
  seller.assignments.push_back(main);
  seller.assignments.push_back(other);
}

void Builder::MakeAccounts() {
  std::vector<double> grade_shares;
  for (const Grade& grade : model().grades) grade_shares.push_back(grade.share);
  std::set<std::string> taken;
  for (int i = 0; i < model().accounts * model().scale; ++i) {
    Random random = Stream("account", i);
    Account account;
    account.id = absl::StrFormat("a%05d", i + 1);
    account.grade = random.Choose(grade_shares);
    account.department =
        account.grade == 0 && random.Chance(0.4) ? kKeyAccounts : random.Below(kKeyAccounts);
    account.chinese = !random.Chance(0.15);
    const Place place =
        account.chinese ? PlaceInChina(random, account.department) : PlaceAbroad(random);
    account.country = place.country;
    account.region = place.region;
    const CompanyName name = InventCompany(random);
    account.industry = name.industry;
    account.display_name =
        account.chinese ? absl::StrCat(place.region, name.chinese) : name.english;
    account.other_name = account.chinese ? name.english : name.chinese;
    for (int n = 2; !taken.insert(account.display_name).second; ++n) {
      account.display_name = account.chinese
                                 ? absl::StrCat(place.region, name.chinese, "（", n, "）")
                                 : absl::StrCat(name.english, " (", n, ")");
    }
    account.website = absl::StrCat("https://", name.domain, i + 1, ".example.com");
    const Grade& grade = model().grades[account.grade];
    account.annual_revenue =
        static_cast<long long>(
            random.LogNormal(ExactLog(grade.median_revenue), model().revenue_sigma) / 10000) *
        10000;
    account.employee_count = 1 + static_cast<int>(random.LogNormal(ExactLog(grade.median_employees),
                                                                   model().employees_sigma));
    account.founded_year = 1980 + random.Below(42);
    account.owner = ChooseOwner(random, account.department, company_.end - 1);
    company_.accounts.push_back(std::move(account));
    Random person = Stream("contact", i);
    company_.contacts.push_back({absl::StrFormat("c%05d", i + 1), PersonName(person)});
  }
}

void Builder::MakeProducts() {
  for (const ProductName& product : kProducts) {
    company_.products.push_back({product.id, product.display_name, product.list_price});
  }
}

void Builder::MakeDeals() {
  for (int i = 0; i < model().opportunities * model().scale; ++i) {
    company_.deals.push_back(MakeDeal(i));
  }
  // In the order of time, as a company would have recorded them.
  std::stable_sort(company_.deals.begin(), company_.deals.end(), [](const Deal& a, const Deal& b) {
    return a.moves.front().time < b.moves.front().time;
  });
  for (size_t i = 0; i < company_.deals.size(); ++i) {
    company_.deals[i].id = absl::StrFormat("o%06d", i + 1);
  }
}

Deal Builder::MakeDeal(int index) {
  Random random = Stream("deal", index);
  Deal deal;
  const absl::Time opened = DrawOpening(random);
  const absl::CivilDay day = absl::ToCivilDay(opened, CompanyZone());

  std::vector<double> shares;
  for (const Source& source : model().sources) shares.push_back(source.share);
  deal.source = random.Choose(shares);

  int grade = static_cast<int>(model().grades.size()) - 1;
  int department = random.Below(static_cast<int>(kDepartments.size()));
  int usual_owner = -1;
  if (!random.Chance(model().without_account)) {
    // Accepted with the relative number of deals of its grade.
    double most = 0;
    for (const Grade& g : model().grades) most = std::max(most, g.deals);
    do {
      deal.account = random.Below(static_cast<int>(company_.accounts.size()));
      grade = company_.accounts[deal.account].grade;
    } while (!random.Chance(model().grades[grade].deals / most));
    department = company_.accounts[deal.account].department;
    usual_owner = company_.accounts[deal.account].owner;
  }
  deal.owner = ChooseOwner(random, department, day);
  const bool usual = random.Chance(0.6);
  if (usual && usual_owner >= 0 && company_.sellers[usual_owner].employment.Contains(day)) {
    deal.owner = usual_owner;
  }

  const double amount =
      random.LogNormal(ExactLog(model().grades[grade].median_amount), model().amount_sigma);
  deal.amount = std::max(1000LL, std::llround(amount / 100) * 100);
  deal.product = random.Below(static_cast<int>(kProducts.size()));
  deal.competitor = kCompetitors[random.Below(static_cast<int>(kCompetitors.size()))];
  deal.expected_close = day + static_cast<int>(random.LogNormal(ExactLog(75), 0.3));
  const std::string customer =
      deal.account < 0 ? "新线索" : company_.accounts[deal.account].display_name;
  deal.display_name = absl::StrCat(customer, " ", kProducts[deal.product].display_name);
  deal.moves.push_back({0, opened, deal.owner, ""});
  WorkOn(deal, random);
  MakeParts(deal, index);
  return deal;
}

// A stream of its own, so that the deals are those that they would be without parts.
void Builder::MakeParts(Deal& deal, int index) const {
  Random random = Stream("parts", index);
  deal.knows_contact = random.Chance(0.5) && deal.account >= 0;
  const int leader = company_.teams[company_.sellers[deal.owner].assignments.back().team].leader;
  if (random.Chance(0.1) && leader != deal.owner) deal.partner = leader;
  // Whole units at 60 to 100 % of the list price.
  const long long list = kProducts[deal.product].list_price;
  for (const int units : {1, 2, 4, 5, 10, 20, 25, 50, 100}) {
    const long long price = deal.amount / units;
    if (deal.amount % units != 0 || price > list || price * 10 < list * 6) continue;
    deal.units = units;
    return;
  }
}

// A working day of a month drawn by season and growth, between 9 and 18 o'clock.
absl::Time Builder::DrawOpening(Random& random) const {
  std::vector<double> weights;
  double growth = 1;
  for (int m = 0; m < model().months; ++m) {
    const absl::CivilMonth month = absl::CivilMonth(model().start) + m;
    weights.push_back(model().season[month.month() - 1] * growth);
    growth *= 1 + model().monthly_growth;
  }
  const absl::CivilMonth month = absl::CivilMonth(model().start) + random.Choose(weights);
  const absl::CivilDay first(month);
  const int days = static_cast<int>(absl::CivilDay(month + 1) - first);
  absl::CivilDay day = first;
  do {
    day = first + random.Below(days);
  } while (absl::GetWeekday(day) == absl::Weekday::saturday ||
           absl::GetWeekday(day) == absl::Weekday::sunday);
  return absl::FromCivil(day, CompanyZone()) + absl::Hours(9) +
         absl::Seconds(random.Below(9 * 3600));
}

// Directors do not carry deals, leaders carry fewer.
int Builder::ChooseOwner(Random& random, int department, absl::CivilDay day) const {
  std::vector<double> weights;
  for (const Seller& seller : company_.sellers) {
    const std::optional<int> team = MainTeam(seller, day);
    const bool here = team && DepartmentOf(company_.teams[*team], day) == department;
    const double weight = seller.rank == Rank::kRep ? 1 : seller.rank == Rank::kLeader ? 0.7 : 0;
    weights.push_back(here ? weight : 0);
  }
  return random.Choose(weights);
}

void Builder::WorkOn(Deal& deal, Random& random) const {
  const absl::Time end = absl::FromCivil(company_.end, CompanyZone());
  const int last = static_cast<int>(model().stages.size()) - 1;
  int at = 0;
  absl::Time entered = deal.moves.front().time;
  while (at >= 0) {
    const OpenStage& stage = model().stages[at];
    double logit = Logit(stage.advance);
    if (stage.source_matters) logit += model().sources[deal.source].effect;
    if (stage.skill_matters) {
      logit += SellerEffect(model(), company_.sellers[deal.owner],
                            absl::ToCivilDay(entered, CompanyZone()));
    }
    const bool back = random.Chance(stage.regress);
    const bool on = random.Chance(Logistic(logit));
    const bool skips = random.Chance(model().skip_second_stage);
    const double length = random.LogNormal(ExactLog(stage.median_days), stage.sigma);
    const int loss_reason = [&] {
      std::vector<double> shares;
      for (const LossReason& reason : model().loss_reasons) shares.push_back(reason.share);
      return random.Choose(shares);
    }();

    const bool lost = !back && !on;
    const double days = lost ? length * model().lost_duration_factor : length;
    const absl::Time left = entered + absl::Seconds(static_cast<int64_t>(days * 86400));
    if (left >= end) break;

    struct Move move;
    move.time = left;
    if (back) {
      move.stage = at - 1;
      move.reason = "客户要求重新确认";
    } else if (lost) {
      move.stage = kLost;
      move.reason = model().loss_reasons[loss_reason].name;
      deal.outcome_reason = move.reason;
    } else if (at == last) {
      move.stage = kWon;
    } else {
      move.stage = at + (at == 0 && skips ? 2 : 1);
    }
    deal.owner = Successor(deal.owner, absl::ToCivilDay(left, CompanyZone()));
    move.owner = deal.owner;
    deal.moves.push_back(move);
    at = move.stage;
    entered = left;
  }
  if (at >= 0) deal.owner = Successor(deal.owner, company_.end - 1);
}

int Builder::Successor(int owner, absl::CivilDay day) const {
  const Seller& seller = company_.sellers[owner];
  if (seller.employment.Contains(day)) return owner;
  return company_.teams[seller.assignments.back().team].leader;
}

}  // namespace

Company Generate(const Model& model) { return Builder(model).Build(); }

absl::TimeZone CompanyZone() { return absl::FixedTimeZone(8 * 3600); }

double SellerEffect(const Model& model, const Seller& seller, absl::CivilDay day) {
  const bool is_new = day - seller.employment.start < model.ramp_days;
  return seller.skill + (is_new ? model.ramp_effect : 0);
}

std::optional<int> MainTeam(const Seller& seller, absl::CivilDay day) {
  for (const Assignment& assignment : seller.assignments) {
    if (assignment.days.Contains(day)) return assignment.team;
  }
  return std::nullopt;
}

int DepartmentOf(const Team& team, absl::CivilDay day) {
  for (const Placement& placement : team.placements) {
    if (placement.days.Contains(day)) return placement.department;
  }
  return team.placements.back().department;
}

}  // namespace salesops::company
