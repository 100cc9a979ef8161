#pragma once

// The organization service on a schema of its own, called through a real socket; see
// service_server.h.
//
//   class Teams : public OrganizationTest { … };
//   ASSERT_OK_AND_ASSIGN(v1::Team team, org_.Call<v1::Team>("TeamService/CreateTeam", R"pb(
//     team_id: "north" team { … })pb"));
//
// Nobody has a grant but whom a test gives one (org_.access()).
//
// Thread-safety: safe from any thread once built.

#include <string>

#include "tests/service_server/service_server.h"

namespace salesops::organization {

class OrganizationServer : public testing::ServiceServer {
 public:
  OrganizationServer();
};

// A test on the one server that all tests of the program share, emptied before each.
class OrganizationTest : public ::testing::Test {
 protected:
  OrganizationTest() : org_(Shared()) { org_.Clear(); }

  OrganizationServer& org_;

 private:
  static OrganizationServer& Shared();
};

}  // namespace salesops::organization
