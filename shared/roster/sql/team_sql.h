#pragma once

// The team of a seller on a day, for the SQL of stores whose schema has the roster.
//
//   "SELECT r.id, " + TeamOnDaySql("r.owner_id", "r.close_date") + " AS team FROM opportunity r"
//
// It is the team of the assignment that counts the largest share on the day, of equal ones that
// with the smallest name; empty if there is none. A home assignment counts its share less those of
// its secondments, never below 0: organization's rule
// (proto/salesops/organization/v1/assignment.proto).
//
// Thread-safety: a pure function.

#include <string>

namespace salesops::roster {

// `seller` is an SQL expression of a seller's id, `day` one of a DATE. They stand in the text more
// than once and never come from a caller. The aliases roster_a, roster_l and roster_s are taken.
std::string TeamOnDaySql(const std::string& seller, const std::string& day);

}  // namespace salesops::roster
