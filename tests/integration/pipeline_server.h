#pragma once

// The pipeline service on a schema of its own, called through a real socket; see service_server.h.
//
//   class Leads : public PipelineServerTest { … };
//   ASSERT_OK_AND_ASSIGN(v1::Lead lead, pipeline_.Call<v1::Lead>("LeadService/CreateLead", R"pb(
//     lead { … })pb"));
//
// There are the sellers boss, s1, s2 (boss reaches all three) and s3; "boss", "s1" and "s3" call as
// them with every permission on their own rows.
//
// Thread-safety: safe from any thread once built.

#include <string>

#include "tests/service_server/service_server.h"

namespace salesops::pipeline {

class PipelineServer : public testing::ServiceServer {
 public:
  PipelineServer();

  // A published process salesProcesses/direct/versions/v1: lead, offer, won, lost.
  void MakeProcess();
};

// A test on the one server that all tests of the program share, emptied before each.
class PipelineServerTest : public ::testing::Test {
 protected:
  PipelineServerTest() : pipeline_(Shared()) { pipeline_.Clear(); }

  PipelineServer& pipeline_;

 private:
  static PipelineServer& Shared();
};

}  // namespace salesops::pipeline
