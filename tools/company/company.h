#pragma once

// A generated company: its people and a year and a half of deals, by the rules of model.h.
//
//   Company company = Generate(Model{.seed = 7});
//   for (const Deal& deal : company.deals) …
//
// The same model gives the same company on every machine.
//
// Thread-safety: Generate is a pure function; the result is a value.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "tools/company/model.h"

namespace salesops::company {

// Start inclusive, end exclusive; no end = open.
struct DayRange {
  absl::CivilDay start;
  std::optional<absl::CivilDay> end;

  bool Contains(absl::CivilDay day) const { return day >= start && (!end || day < *end); }
};

struct Department {
  std::string id;
  std::string display_name;
};

struct Placement {
  int parent_team = -1;  // index; -1 = a root
  int department = 0;
  DayRange days;
};

struct Team {
  std::string id;
  std::string display_name;
  std::vector<Placement> placements;
  int leader = -1;  // index of a seller
};

enum class Rank { kDirector, kLeader, kRep };

struct Assignment {
  int team = 0;
  int manager = -1;  // index of a seller; -1 = nobody
  std::string region;
  std::string share;  // decimal
  DayRange days;
};

struct Seller {
  std::string id;
  std::string display_name;
  std::string employee_number;
  std::string email;
  std::string phone;
  Rank rank = Rank::kRep;
  double skill = 0;
  DayRange employment;
  std::vector<Assignment> assignments;  // the first one of a day is the main one
};

struct Account {
  std::string id;
  std::string display_name;
  std::string other_name;  // in the other language
  bool chinese = true;     // language of display_name
  std::string industry;
  std::string country;
  std::string region;
  int grade = 0;  // index into Model::grades
  int department = 0;
  int owner = 0;
  std::string website;
  long long annual_revenue = 0;  // CNY
  int employee_count = 0;
  int founded_year = 0;
};

// What is sold, at a list price of one unit in CNY.
struct Product {
  std::string id;
  std::string display_name;
  int list_price = 0;
};

// The person at an account who decides; one for each, in the order of the accounts.
struct Contact {
  std::string id;
  std::string display_name;
};

// A move into a stage. `stage` is an index into Model::stages, or kWon or kLost.
inline constexpr int kWon = -1;
inline constexpr int kLost = -2;

struct Move {
  int stage = 0;
  absl::Time time;
  int owner = 0;  // who made it
  std::string reason;
};

struct Deal {
  std::string id;
  std::string display_name;
  int account = -1;  // -1 = none yet
  int owner = 0;     // now
  int source = 0;
  long long amount = 0;  // CNY
  int product = 0;
  int units = 0;  // of the product, if the amount is that of whole units; 0 = no line item
  bool knows_contact = false;
  int partner = -1;        // the seller who is credited with 30 %; -1 = nobody
  std::string competitor;  // empty = none known
  std::string outcome_reason;
  absl::CivilDay expected_close;
  std::vector<Move> moves;  // the first one creates it

  bool IsOpen() const { return moves.back().stage >= 0; }
};

struct Company {
  Model model;
  absl::CivilDay end;  // the first day after the window
  std::vector<Department> departments;
  std::vector<Team> teams;
  std::vector<Seller> sellers;
  std::vector<Account> accounts;
  std::vector<Product> products;
  std::vector<Contact> contacts;
  std::vector<Deal> deals;
};

Company Generate(const Model& model);

// The company's days are those of this zone (UTC+8, without summer time).
absl::TimeZone CompanyZone();

// Added to the logit of moving on: the seller's skill, and less while new.
double SellerEffect(const Model& model, const Seller& seller, absl::CivilDay day);

// The seller's main team on a day, or nothing.
std::optional<int> MainTeam(const Seller& seller, absl::CivilDay day);

// The department of a team on a day.
int DepartmentOf(const Team& team, absl::CivilDay day);

}  // namespace salesops::company
