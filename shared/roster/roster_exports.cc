#include "shared/roster/roster_exports.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/timestamp.pb.h"
#include "salesops/organization/v1/access.pb.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/seller.pb.h"
#include "salesops/organization/v1/team.pb.h"
#include "shared/roster/roster_tables.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::roster {
namespace {

namespace v1 = organization::v1;
using google::protobuf::Message;
using google::protobuf::RepeatedPtrField;

constexpr int kPageSize = 1000;
constexpr absl::Duration kExportLimit = absl::Minutes(2);

struct Roster {
  std::vector<v1::Department> departments;
  std::vector<v1::Team> teams;
  std::vector<v1::Seller> sellers;
  std::vector<v1::Assignment> assignments;
  std::vector<v1::AccessRole> roles;
  std::vector<v1::Grant> grants;
};

// What the first export fixes for all others.
struct Moment {
  google::protobuf::Timestamp time;
  int64_t position = 0;
};

template <class Request, class Response, class Resource>
absl::Status Export(rpc::Channel& channel, const std::string& method,
                    const RepeatedPtrField<Resource>& (Response::*list)() const,
                    std::optional<Moment>& moment, std::vector<Resource>& all) {
  Request request;
  request.set_show_archived(true);
  if (moment) *request.mutable_as_of_time() = moment->time;
  bool agrees = true;
  RETURN_IF_ERROR(channel.Stream(
      absl::StrCat("/salesops.organization.v1.", method), request, Response::default_instance(),
      rpc::CallOptions{.timeout = kExportLimit}, [&](const Message& message) {
        const auto& part = static_cast<const Response&>(message);
        if (!moment) moment = Moment{part.as_of_time(), part.position()};
        agrees &= part.position() == moment->position;
        all.insert(all.end(), (part.*list)().begin(), (part.*list)().end());
        return agrees;
      }));
  if (!agrees) return status::Internal("exports as of one moment state different positions");
  if (!moment) return status::Internal("an export ended without saying its position");
  return absl::OkStatus();
}

template <class Request, class Response, class Resource>
absl::Status ListAll(rpc::Channel& channel, const std::string& method,
                     const RepeatedPtrField<Resource>& (Response::*list)() const,
                     const Moment& moment, std::vector<Resource>& all) {
  Request request;
  request.set_page_size(kPageSize);
  request.set_show_archived(true);
  *request.mutable_as_of_time() = moment.time;
  do {
    ASSIGN_OR_RETURN(
        const Response page,
        rpc::CallUnary<Response>(channel, absl::StrCat("/salesops.organization.v1.", method),
                                 request, rpc::CallOptions{}));
    all.insert(all.end(), (page.*list)().begin(), (page.*list)().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

template <class Resource>
absl::Status StoreAll(mysql::Transaction& tx, const std::vector<Resource>& all) {
  for (const Resource& resource : all) RETURN_IF_ERROR(Store(tx, resource));
  return absl::OkStatus();
}

absl::Status StoreRoster(mysql::Transaction& tx, const Roster& roster) {
  RETURN_IF_ERROR(StoreAll(tx, roster.departments));
  RETURN_IF_ERROR(StoreAll(tx, roster.teams));
  RETURN_IF_ERROR(StoreAll(tx, roster.sellers));
  RETURN_IF_ERROR(StoreAll(tx, roster.assignments));
  RETURN_IF_ERROR(StoreAll(tx, roster.roles));
  return StoreAll(tx, roster.grants);
}

}  // namespace

absl::StatusOr<events::Consumer::Snapshot> FetchRoster(rpc::Channel& organization) {
  auto roster = std::make_shared<Roster>();
  std::optional<Moment> moment;
  RETURN_IF_ERROR((Export<v1::ExportSellersRequest, v1::ExportSellersResponse>(
      organization, "SellerService/ExportSellers", &v1::ExportSellersResponse::sellers, moment,
      roster->sellers)));
  RETURN_IF_ERROR((Export<v1::ExportDepartmentsRequest, v1::ExportDepartmentsResponse>(
      organization, "DepartmentService/ExportDepartments",
      &v1::ExportDepartmentsResponse::departments, moment, roster->departments)));
  RETURN_IF_ERROR((Export<v1::ExportTeamsRequest, v1::ExportTeamsResponse>(
      organization, "TeamService/ExportTeams", &v1::ExportTeamsResponse::teams, moment,
      roster->teams)));
  RETURN_IF_ERROR((Export<v1::ExportAssignmentsRequest, v1::ExportAssignmentsResponse>(
      organization, "AssignmentService/ExportAssignments",
      &v1::ExportAssignmentsResponse::assignments, moment, roster->assignments)));
  RETURN_IF_ERROR((ListAll<v1::ListAccessRolesRequest, v1::ListAccessRolesResponse>(
      organization, "AccessService/ListAccessRoles", &v1::ListAccessRolesResponse::access_roles,
      *moment, roster->roles)));
  RETURN_IF_ERROR((ListAll<v1::ListGrantsRequest, v1::ListGrantsResponse>(
      organization, "AccessService/ListGrants", &v1::ListGrantsResponse::grants, *moment,
      roster->grants)));
  return events::Consumer::Snapshot{
      moment->position, [roster](mysql::Transaction& tx) { return StoreRoster(tx, *roster); }};
}

}  // namespace salesops::roster
