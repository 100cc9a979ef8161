#include "shared/auth/policy.h"

#include <gmock/gmock.h>
#include <google/longrunning/operations.pb.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "salesops/options/v1/options.pb.h"

namespace salesops::auth {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptorProto;

// The one method of a service that declares `policy`.
const google::protobuf::MethodDescriptor* MethodWith(DescriptorPool* pool,
                                                     const options::v1::MethodPolicy* policy) {
  FileDescriptorProto file;
  file.set_name("x.proto");
  file.set_package("x");
  file.add_message_type()->set_name("M");
  auto* service = file.add_service();
  service->set_name("S");
  auto* method = service->add_method();
  method->set_name("Do");
  method->set_input_type(".x.M");
  method->set_output_type(".x.M");
  if (policy != nullptr)
    *method->mutable_options()->MutableExtension(options::v1::policy) = *policy;
  return pool->BuildFile(file)->service(0)->method(0);
}

TEST(PolicyTest, ReadsWhatTheMethodDeclares) {
  options::v1::MethodPolicy declared;
  declared.set_permission("pipeline.accounts.read");
  declared.add_allowed_services("programme");
  declared.set_full_scope(true);
  DescriptorPool pool;
  absl::StatusOr<MethodPolicy> policy = PolicyOf(MethodWith(&pool, &declared));
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->permission, "pipeline.accounts.read");
  EXPECT_THAT(policy->allowed_services, ::testing::ElementsAre("programme"));
  EXPECT_TRUE(policy->full_scope);
  EXPECT_FALSE(policy->unauthenticated);
  EXPECT_FALSE(policy->owner_decides);
}

TEST(PolicyTest, RefusesAMethodWithoutPermission) {
  DescriptorPool none, empty;
  EXPECT_EQ(PolicyOf(MethodWith(&none, nullptr)).status().code(),
            absl::StatusCode::kFailedPrecondition);
  options::v1::MethodPolicy declared;
  declared.set_full_scope(true);
  EXPECT_FALSE(PolicyOf(MethodWith(&empty, &declared)).ok());
}

TEST(PolicyTest, LetsTheOwnerOfAnOperationDecide) {
  google::longrunning::Operation::descriptor();  // links the file
  const auto* service =
      DescriptorPool::generated_pool()->FindServiceByName("google.longrunning.Operations");
  ASSERT_NE(service, nullptr);
  absl::StatusOr<MethodPolicy> policy = PolicyOf(service->FindMethodByName("GetOperation"));
  ASSERT_TRUE(policy.ok());
  EXPECT_TRUE(policy->owner_decides);
  EXPECT_FALSE(policy->unauthenticated);
}

}  // namespace
}  // namespace salesops::auth
