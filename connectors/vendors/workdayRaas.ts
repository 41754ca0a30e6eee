import type { Connector } from '../declaration/schema';

const column = (
  about: string,
  preset: string,
): { kind: 'string'; about: string; default: string; pattern: string } => ({
  kind: 'string',
  about: `Column of the report: ${about}; empty = not read`,
  default: preset,
  pattern: '^[^/~{}]*$',
});

/**
 * Workday, Reports as a Service: the customer's own report, whose columns have the names that the
 * customer chose. No paging, no total.
 */
export const workdayRaas: Connector = {
  id: 'workdayRaas',
  name: 'Workday (RaaS)',
  version: 1,
  system: 'hris',
  config: {
    host: {
      kind: 'string',
      about: 'Host of the tenant, such as wd3-services1.myworkday.com',
      required: true,
      pattern: '^[A-Za-z0-9][A-Za-z0-9.-]*\\.(myworkday|workday|myworkdaygov)\\.com$',
    },
    tenant: { kind: 'string', about: 'Tenant', required: true, pattern: '^[A-Za-z0-9_-]+$' },
    owner: { kind: 'string', about: 'Owner of the report', required: true, pattern: '^[^/?#]+$' },
    report: { kind: 'string', about: 'Name of the report', required: true, pattern: '^[^/?#]+$' },
    user: {
      kind: 'string',
      about: 'Integration system user, without @tenant',
      required: true,
      pattern: '^[^:@]+$',
    },
    idColumn: { ...column('lasting id of the worker', 'Employee_ID'), required: true },
    emailColumn: column('work e-mail', 'Work_Email'),
    firstNameColumn: column('first name', 'First_Name'),
    lastNameColumn: column('last name', 'Last_Name'),
    titleColumn: column('business title', 'Business_Title'),
    departmentColumn: column('department', 'Department'),
    locationColumn: column('location', 'Location'),
    managerColumn: column('id of the manager', 'Manager_ID'),
    hireColumn: column('hire date', 'Hire_Date'),
    endColumn: column('termination date', 'Termination_Date'),
    statusColumn: { ...column('active status', 'Active_Status'), required: true },
  },
  secrets: { password: { about: 'Password of the integration system user' } },
  baseUrl: 'https://{config.host}/ccx/service/customreport2/{config.tenant}',
  auth: { type: 'basic', user: '{config.user}@{config.tenant}', pass: '{secret.password}' },
  limits: { timeoutMs: 1_800_000, maxBytes: 1_073_741_824, maxTries: 3 },
  reads: {
    full: [
      {
        name: 'report',
        request: {
          method: 'GET',
          path: '/{config.owner}/{config.report}',
          query: { format: 'json' },
        },
        records: { path: '/Report_Entry' },
        page: { type: 'none' },
        complete: { by: 'endSignal', minRatioOfLast: 0.9 },
      },
    ],
  },
  map: {
    key: '/{config.idColumn}',
    fields: {
      code: { from: '/{config.idColumn}' },
      email: { from: '/{config.emailColumn}', floor: 0.5 },
      firstName: { from: '/{config.firstNameColumn}', floor: 0.9 },
      lastName: { from: '/{config.lastNameColumn}', floor: 0.9 },
      jobTitle: { from: '/{config.titleColumn}', whenEmpty: 'clear' },
      department: { from: '/{config.departmentColumn}', whenEmpty: 'clear' },
      location: { from: '/{config.locationColumn}', whenEmpty: 'clear' },
      manager: { from: '/{config.managerColumn}', whenEmpty: 'clear' },
      hireDate: { from: '/{config.hireColumn}', to: 'date' },
      leaveDate: { from: '/{config.endColumn}', to: 'date', whenEmpty: 'clear' },
    },
    status: {
      from: '/{config.statusColumn}',
      active: ['1', 'true', 'Active', 'Yes', 'On Leave'],
      inactive: ['0', 'false', 'Terminated', 'Inactive', 'No', 'Retired'],
      unknown: 'hold',
    },
    effective: { start: '/{config.hireColumn}', end: '/{config.endColumn}' },
  },
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};
