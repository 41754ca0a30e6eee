import type { Connector } from '../declaration/schema';

// First and last day are requested for single people too: without them a leaver of next month left today.
// prettier-ignore
const fields = ['root.id', 'root.email', 'root.firstName', 'root.surname', 'root.displayName', 'work.title', 'work.department', 'work.site', 'work.reportsTo.id', 'work.employeeIdInCompany', 'work.startDate', 'internal.status', 'internal.terminationDate'];

/** HiBob: `POST /people/search` returns everybody at once; inactive people only when asked for. */
export const hibob: Connector = {
  id: 'hibob',
  name: 'HiBob',
  version: 1,
  system: 'hris',
  config: {},
  secrets: {
    serviceUserId: { about: 'Id of the service user' },
    token: { about: 'Token of the service user' },
  },
  baseUrl: 'https://api.hibob.com/v1',
  auth: { type: 'basic', user: '{secret.serviceUserId}', pass: '{secret.token}' },
  limits: {
    budget: [{ calls: 45, perMs: 60_000 }],
    wait: [
      { header: 'retry-after', as: 'seconds' },
      { header: 'x-ratelimit-reset', as: 'epochS' },
    ],
    timeoutMs: 300_000,
  },
  reads: {
    full: [
      {
        name: 'people',
        request: {
          method: 'POST',
          path: '/people/search',
          json: {
            showInactive: true,
            // Without it, departments and sites come as the numbers of list items.
            humanReadable: 'REPLACE',
            fields,
          },
        },
        records: { path: '/employees' },
        page: { type: 'none' },
        complete: { by: 'endSignal', minRatioOfLast: 0.9 },
      },
    ],
    one: {
      request: {
        method: 'POST',
        path: '/people/search',
        json: {
          showInactive: true,
          humanReadable: 'REPLACE',
          fields,
          filters: [{ fieldPath: 'root.id', operator: 'equals', values: ['{id}'] }],
        },
      },
      record: '/employees/0',
    },
  },
  map: {
    key: ['/id', '/root.id'],
    fields: {
      code: { from: ['/work/employeeIdInCompany', '/work.employeeIdInCompany'] },
      email: { from: ['/email', '/root.email'], floor: 0.5 },
      firstName: { from: ['/firstName', '/root.firstName'], floor: 0.9 },
      lastName: { from: ['/surname', '/root.surname'], floor: 0.9 },
      displayName: { from: ['/displayName', '/root.displayName'] },
      jobTitle: { from: ['/work/title', '/work.title'], whenEmpty: 'clear' },
      department: { from: ['/work/department', '/work.department'], whenEmpty: 'clear' },
      location: { from: ['/work/site', '/work.site'], whenEmpty: 'clear' },
      manager: { from: ['/work/reportsTo/id', '/work.reportsTo.id'], whenEmpty: 'clear' },
      hireDate: { from: ['/work/startDate', '/work.startDate'], to: 'date' },
      leaveDate: {
        from: ['/internal/terminationDate', '/internal.terminationDate'],
        to: 'date',
        whenEmpty: 'clear',
      },
    },
    status: {
      from: '/internal/status',
      active: ['Active', 'Employed', 'Hired', 'Leave', 'Garden leave'],
      leaving: ['Terminating', 'Leaving'],
      inactive: ['Inactive', 'Terminated'],
      unknown: 'hold',
    },
    effective: { start: '/work/startDate', end: '/internal/terminationDate' },
  },
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};
