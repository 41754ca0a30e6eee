import type { Connector } from '../declaration/schema';

/** The declaration that a new one starts from: a list with a cursor, and its key. */
export const EXAMPLE: Connector = {
  id: 'ourHr',
  name: 'Our HR system',
  version: 1,
  system: 'hris',
  config: {
    host: {
      kind: 'string',
      about: 'Host of the API, such as hr.example.com',
      required: true,
      pattern: '^[a-z0-9.-]+$',
    },
  },
  secrets: { token: { about: 'API token that may read people' } },
  baseUrl: 'https://{config.host}/api/v1',
  auth: { type: 'bearer', token: '{secret.token}' },
  limits: { budget: [{ calls: 100, perMs: 60_000 }] },
  reads: {
    full: [
      {
        name: 'people',
        request: { method: 'GET', path: '/people' },
        records: { path: '/data' },
        page: {
          type: 'cursor',
          from: '/meta/nextCursor',
          send: { in: 'query', name: 'cursor' },
          size: { in: 'query', name: 'limit', value: 100 },
        },
        complete: { by: 'both', total: '/meta/total', stableTotal: true },
      },
    ],
    one: { request: { method: 'GET', path: '/people/{id}' } },
  },
  map: {
    key: '/id',
    fields: {
      code: { from: '/employeeNumber' },
      email: { from: '/workEmail', floor: 0.5 },
      firstName: { from: '/firstName' },
      lastName: { from: '/lastName' },
      jobTitle: { from: '/title', whenEmpty: 'clear' },
      department: { from: '/department/name', whenEmpty: 'clear' },
      manager: { from: '/managerId', whenEmpty: 'clear' },
      hireDate: { from: '/startDate', to: 'date' },
      leaveDate: { from: '/endDate', to: 'date', whenEmpty: 'clear' },
    },
    status: {
      from: '/status',
      active: ['active', 'on leave'],
      inactive: ['terminated'],
      pending: ['hired'],
      unknown: 'hold',
    },
    effective: { start: '/startDate', end: '/endDate' },
  },
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};
