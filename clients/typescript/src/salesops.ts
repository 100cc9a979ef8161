// The services of the suite as typed clients on one transport. A method is called by its name in the
// contract: salesops.pipeline.opportunities.getOpportunity({ name: "opportunities/7" }).

import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { Operations } from "./gen/google/longrunning/operations_pb.js";
import { AbsenceService } from "./gen/salesops/organization/v1/absence_pb.js";
import { AccessService } from "./gen/salesops/organization/v1/access_pb.js";
import { AssignmentService } from "./gen/salesops/organization/v1/assignment_pb.js";
import { AuditService as OrganizationAuditService } from "./gen/salesops/organization/v1/audit_pb.js";
import { CalendarService } from "./gen/salesops/organization/v1/calendar_pb.js";
import { DepartmentService } from "./gen/salesops/organization/v1/department_pb.js";
import { EventService as OrganizationEventService } from "./gen/salesops/organization/v1/events_pb.js";
import { ExchangeRateService } from "./gen/salesops/organization/v1/exchange_rate_pb.js";
import { FiscalCalendarService } from "./gen/salesops/organization/v1/fiscal_calendar_pb.js";
import { JobRoleService } from "./gen/salesops/organization/v1/job_role_pb.js";
import { SellerService } from "./gen/salesops/organization/v1/seller_pb.js";
import { TeamService } from "./gen/salesops/organization/v1/team_pb.js";
import { TerritoryService } from "./gen/salesops/organization/v1/territory_pb.js";
import { AuditService as PerformanceAuditService } from "./gen/salesops/performance/v1/audit_pb.js";
import { CreditingRuleService } from "./gen/salesops/performance/v1/crediting_rule_pb.js";
import { EventService as PerformanceEventService } from "./gen/salesops/performance/v1/events_pb.js";
import { IncentivePeriodService } from "./gen/salesops/performance/v1/incentive_period_pb.js";
import { IncentivePlanService } from "./gen/salesops/performance/v1/incentive_plan_pb.js";
import { MeasureValueService } from "./gen/salesops/performance/v1/measure_value_pb.js";
import { PayoutStatementService } from "./gen/salesops/performance/v1/payout_statement_pb.js";
import { PlanAssignmentService } from "./gen/salesops/performance/v1/plan_assignment_pb.js";
import { QuotaService } from "./gen/salesops/performance/v1/quota_pb.js";
import { TransactionService } from "./gen/salesops/performance/v1/transaction_pb.js";
import { AccountService } from "./gen/salesops/pipeline/v1/account_pb.js";
import { ActivityService } from "./gen/salesops/pipeline/v1/activity_pb.js";
import { AttributeDefinitionService } from "./gen/salesops/pipeline/v1/attribute_definition_pb.js";
import { AuditService as PipelineAuditService } from "./gen/salesops/pipeline/v1/audit_pb.js";
import { CompetitorService } from "./gen/salesops/pipeline/v1/competitor_pb.js";
import { ContactService } from "./gen/salesops/pipeline/v1/contact_pb.js";
import { EventService as PipelineEventService } from "./gen/salesops/pipeline/v1/events_pb.js";
import { LeadService } from "./gen/salesops/pipeline/v1/lead_pb.js";
import { OpportunityService } from "./gen/salesops/pipeline/v1/opportunity_pb.js";
import { ProductService } from "./gen/salesops/pipeline/v1/product_pb.js";
import { RetentionRuleService } from "./gen/salesops/pipeline/v1/retention_rule_pb.js";
import { SalesProcessService } from "./gen/salesops/pipeline/v1/sales_process_pb.js";

export type SalesOps = ReturnType<typeof salesOpsOn>;

export function salesOpsOn(transport: Transport) {
  const on = <Service extends DescService>(service: Service): Client<Service> =>
    createClient(service, transport);
  return {
    organization: {
      absences: on(AbsenceService),
      access: on(AccessService),
      assignments: on(AssignmentService),
      audit: on(OrganizationAuditService),
      calendars: on(CalendarService),
      departments: on(DepartmentService),
      events: on(OrganizationEventService),
      exchangeRates: on(ExchangeRateService),
      fiscalCalendars: on(FiscalCalendarService),
      jobRoles: on(JobRoleService),
      sellers: on(SellerService),
      teams: on(TeamService),
      territories: on(TerritoryService),
    },
    performance: {
      audit: on(PerformanceAuditService),
      creditingRules: on(CreditingRuleService),
      events: on(PerformanceEventService),
      incentivePeriods: on(IncentivePeriodService),
      incentivePlans: on(IncentivePlanService),
      measureValues: on(MeasureValueService),
      payoutStatements: on(PayoutStatementService),
      planAssignments: on(PlanAssignmentService),
      quotas: on(QuotaService),
      transactions: on(TransactionService),
    },
    pipeline: {
      accounts: on(AccountService),
      activities: on(ActivityService),
      attributeDefinitions: on(AttributeDefinitionService),
      audit: on(PipelineAuditService),
      competitors: on(CompetitorService),
      contacts: on(ContactService),
      events: on(PipelineEventService),
      leads: on(LeadService),
      opportunities: on(OpportunityService),
      products: on(ProductService),
      retentionRules: on(RetentionRuleService),
      salesProcesses: on(SalesProcessService),
    },
    /** Long work of any service, by its name. */
    operations: on(Operations),
    /** A service of the contracts that is not named above. */
    client: on,
  };
}
