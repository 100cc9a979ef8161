#include "shared/roster/sql/team_sql.h"

#include "absl/strings/str_cat.h"

namespace salesops::roster {
namespace {

std::string InForce(const char* alias, const std::string& day) {
  return absl::StrCat(alias, ".start_date <= ", day, " AND (", alias, ".end_date IS NULL OR ",
                      alias, ".end_date > ", day, ")");
}

}  // namespace

std::string TeamOnDaySql(const std::string& seller, const std::string& day) {
  const std::string lent = absl::StrCat(
      "SELECT SUM(roster_s.share) FROM roster_secondment roster_l JOIN roster_assignment roster_s "
      "ON roster_s.seller = roster_l.seller AND roster_s.id = roster_l.id WHERE roster_l.seller = "
      "roster_a.seller AND roster_l.home = roster_a.id AND ",
      InForce("roster_s", day));
  return absl::StrCat(
      "COALESCE((SELECT roster_a.team FROM roster_assignment roster_a WHERE roster_a.seller = ",
      seller, " AND ", InForce("roster_a", day), " ORDER BY GREATEST(roster_a.share - COALESCE((",
      lent, "), 0), 0) DESC, roster_a.team LIMIT 1), '')");
}

}  // namespace salesops::roster
