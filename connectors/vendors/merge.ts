import type { Connector } from '../declaration/schema';

/** Merge (unified HRIS API): cursor paging; deletions are reported only under some plans. */
export const merge: Connector = {
  id: 'merge',
  name: 'Merge HRIS',
  version: 1,
  system: 'hris',
  config: {
    region: {
      kind: 'enum',
      about: 'Host of the account’s region',
      oneOf: ['api.merge.dev', 'api-eu.merge.dev', 'api-ap.merge.dev'],
      default: 'api.merge.dev',
    },
  },
  secrets: {
    apiKey: { about: 'Production access key' },
    accountToken: { about: 'Token of the linked account' },
  },
  baseUrl: 'https://{config.region}/api/hris/v1',
  auth: { type: 'bearer', token: '{secret.apiKey}' },
  headers: { 'x-account-token': '{secret.accountToken}' },
  limits: { budget: [{ calls: 90, perMs: 60_000 }] },
  reads: {
    full: [
      {
        name: 'employees',
        request: {
          method: 'GET',
          path: '/employees',
          query: { include_deleted_data: 'true', expand: 'work_location,team,manager' },
        },
        records: { path: '/results' },
        page: {
          type: 'cursor',
          from: '/next',
          send: { in: 'query', name: 'cursor' },
          size: { in: 'query', name: 'page_size', value: 100 },
        },
        complete: { by: 'endSignal', minRatioOfLast: 0.9 },
      },
    ],
    changes: {
      name: 'modified',
      request: {
        method: 'GET',
        path: '/employees',
        query: { include_deleted_data: 'true', expand: 'work_location,team,manager' },
      },
      records: { path: '/results' },
      page: {
        type: 'cursor',
        from: '/next',
        send: { in: 'query', name: 'cursor' },
        size: { in: 'query', name: 'page_size', value: 100 },
      },
      complete: { by: 'endSignal' },
      since: {
        type: 'time',
        send: { in: 'query', name: 'modified_after' },
        format: 'iso',
        overlapMs: 900_000,
        field: '/modified_at',
      },
    },
    one: {
      request: {
        method: 'GET',
        path: '/employees/{id}',
        query: { expand: 'work_location,team,manager' },
      },
    },
  },
  map: {
    key: '/id',
    fields: {
      code: { from: '/employee_number' },
      email: { from: '/work_email' },
      firstName: { from: ['/preferred_name', '/first_name'] },
      lastName: { from: '/last_name' },
      displayName: { from: '/display_full_name' },
      jobTitle: { from: '/job_title', whenEmpty: 'clear' },
      department: { from: '/team/name', whenEmpty: 'clear' },
      location: { from: '/work_location/name', whenEmpty: 'clear' },
      manager: { from: ['/manager/id', '/manager'], whenEmpty: 'clear' },
      hireDate: { from: ['/start_date', '/hire_date'], to: 'date' },
      leaveDate: { from: '/termination_date', to: 'date', whenEmpty: 'clear' },
    },
    status: {
      from: '/employment_status',
      active: ['ACTIVE'],
      pending: ['PENDING'],
      inactive: ['INACTIVE'],
      unknown: 'hold',
    },
    effective: { start: '/start_date', end: '/termination_date' },
  },
  deletion: {
    tombstone: { path: '/remote_was_deleted', equals: true },
    absence: { needs: 'completeFull', times: 2 },
  },
};
