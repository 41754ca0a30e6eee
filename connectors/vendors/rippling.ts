import type { Connector } from '../declaration/schema';

/** Rippling v2: `GET /workers/`, terminated ones included; withheld fields are named in `__meta`. */
export const rippling: Connector = {
  id: 'rippling',
  name: 'Rippling',
  version: 1,
  system: 'hris',
  config: {},
  secrets: { token: { about: 'API token with workers.read' } },
  baseUrl: 'https://rest.ripplingapis.com',
  auth: { type: 'bearer', token: '{secret.token}' },
  limits: {},
  reads: {
    full: [
      {
        name: 'workers',
        request: {
          method: 'GET',
          path: '/workers/',
          query: { order_by: 'id', expand: 'department,user' },
        },
        records: { path: '/results', withheld: '/__meta/redacted_fields' },
        page: { type: 'nextUrl', from: '/next_link' },
        complete: { by: 'endSignal', minRatioOfLast: 0.9 },
      },
    ],
    one: {
      request: { method: 'GET', path: '/workers/{id}/', query: { expand: 'department,user' } },
    },
  },
  map: {
    key: '/id',
    fields: {
      code: { from: '/number' },
      email: { from: '/work_email' },
      firstName: { from: ['/user/name/preferred_given_name', '/user/name/given_name'] },
      lastName: { from: ['/user/name/preferred_family_name', '/user/name/family_name'] },
      displayName: { from: '/user/display_name' },
      jobTitle: { from: '/title', whenEmpty: 'clear' },
      department: { from: '/department/name', whenEmpty: 'clear' },
      location: { from: '/location/name', whenEmpty: 'clear' },
      manager: { from: '/manager_id', whenEmpty: 'clear' },
      hireDate: { from: '/start_date', to: 'date' },
      leaveDate: { from: '/end_date', to: 'date', whenEmpty: 'clear' },
    },
    withheld: '/__meta/redacted_fields',
    status: {
      from: '/status',
      active: ['ACTIVE'],
      pending: ['INIT', 'HIRED', 'ACCEPTED'],
      inactive: ['TERMINATED'],
      unknown: 'hold',
    },
    effective: { start: '/start_date', end: '/end_date' },
  },
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};
