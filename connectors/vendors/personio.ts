import type { Connector } from '../declaration/schema';

/**
 * Personio v1: a token in exchange for the credentials; every attribute is wrapped in `value`. Its
 * documentation contradicts itself on paging with `updated_since`, so pages are always requested.
 */
export const personio: Connector = {
  id: 'personio',
  name: 'Personio',
  version: 1,
  system: 'hris',
  config: {},
  secrets: {
    clientId: { about: 'Client id of an API credential with read access to employees' },
    clientSecret: { about: 'Its client secret' },
  },
  baseUrl: 'https://api.personio.de/v1',
  auth: {
    type: 'exchange',
    request: {
      method: 'POST',
      path: '/auth',
      json: { client_id: '{secret.clientId}', client_secret: '{secret.clientSecret}' },
    },
    tokenPath: '/data/token',
    expiresPath: '/data/expires_in',
    ttlMs: 86_400_000,
    send: { header: 'authorization', prefix: 'Bearer ' },
  },
  limits: {
    budget: [{ calls: 280, perMs: 60_000 }],
    defaultWait: { firstMs: 1_000, maxMs: 60_000 },
  },
  reads: {
    full: [
      {
        name: 'employees',
        request: { method: 'GET', path: '/company/employees' },
        records: { path: '/data', unwrap: '/attributes' },
        page: {
          type: 'offset',
          send: { in: 'query', name: 'offset' },
          step: 'rows',
          end: 'empty',
          anchor: true,
          size: { in: 'query', name: 'limit', value: 100 },
        },
        complete: {
          by: 'both',
          total: '/metadata/total_elements',
          stableTotal: true,
          minRatioOfLast: 0.9,
        },
      },
    ],
    changes: {
      name: 'updated',
      request: { method: 'GET', path: '/company/employees' },
      records: { path: '/data', unwrap: '/attributes' },
      page: {
        type: 'offset',
        send: { in: 'query', name: 'offset' },
        step: 'rows',
        // Where limit and offset have no effect, the first page holds everybody.
        end: 'total',
        anchor: true,
        size: { in: 'query', name: 'limit', value: 100 },
      },
      complete: { by: 'both', total: '/metadata/total_elements' },
      since: {
        type: 'time',
        send: { in: 'query', name: 'updated_since' },
        format: 'isoSeconds',
        overlapMs: 600_000,
        field: '/last_modified_at/value',
      },
    },
    one: {
      request: { method: 'GET', path: '/company/employees/{id}' },
      record: '/data/attributes',
    },
  },
  map: {
    key: '/id/value',
    fields: {
      email: { from: '/email/value', floor: 0.5 },
      firstName: { from: ['/preferred_name/value', '/first_name/value'], floor: 0.9 },
      lastName: { from: '/last_name/value', floor: 0.9 },
      jobTitle: { from: '/position/value', whenEmpty: 'clear' },
      department: { from: '/department/value/attributes/name', whenEmpty: 'clear' },
      location: { from: '/office/value/attributes/name', whenEmpty: 'clear' },
      manager: { from: '/supervisor/value/attributes/id/value', whenEmpty: 'clear' },
      hireDate: { from: '/hire_date/value', to: 'date' },
      leaveDate: { from: '/termination_date/value', to: 'date', whenEmpty: 'clear' },
    },
    status: {
      from: '/status/value',
      active: ['active', 'leave'],
      pending: ['onboarding'],
      inactive: ['inactive'],
      unknown: 'hold',
    },
    effective: { start: '/hire_date/value', end: '/termination_date/value' },
  },
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};
