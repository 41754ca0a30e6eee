import type { Connector } from '../declaration/schema';

/** Gusto: bare lists, their totals in headers; `terminated` is true from the day it is entered. */
export const gusto: Connector = {
  id: 'gusto',
  name: 'Gusto',
  version: 1,
  system: 'hris',
  config: {
    companyId: {
      kind: 'string',
      about: 'UUID of the company',
      required: true,
      pattern: '^[0-9a-fA-F-]{8,64}$',
    },
    clientId: { kind: 'string', about: 'Client id of the application', required: true },
  },
  secrets: {
    clientSecret: { about: 'Client secret of the application' },
    refreshToken: { about: 'Refresh token with employees:read; Gusto replaces it at each use' },
  },
  baseUrl: 'https://api.gusto.com',
  auth: {
    type: 'oauth2',
    grant: 'refresh_token',
    tokenUrl: '/oauth/token',
    clientId: '{config.clientId}',
    clientSecret: '{secret.clientSecret}',
    refreshToken: 'refreshToken',
  },
  headers: { 'x-gusto-api-version': '2025-06-15' },
  limits: {
    budget: [{ calls: 180, perMs: 60_000 }],
    wait: [
      { header: 'retry-after', as: 'seconds' },
      { header: 'x-ratelimit-reset', as: 'dateTime' },
    ],
  },
  reads: {
    full: [
      {
        name: 'employees',
        request: { method: 'GET', path: '/v1/companies/{config.companyId}/employees' },
        records: { path: '' },
        page: {
          type: 'page',
          send: { in: 'query', name: 'page' },
          start: 1,
          last: 'header:x-total-pages',
          end: 'last',
          anchor: true,
          size: { in: 'query', name: 'per', value: 100 },
        },
        complete: {
          by: 'both',
          total: 'header:x-total-count',
          stableTotal: true,
          minRatioOfLast: 0.9,
        },
      },
    ],
    one: { request: { method: 'GET', path: '/v1/employees/{id}' } },
  },
  map: {
    key: '/uuid',
    fields: {
      code: { from: '/employee_code' },
      // `email` is the personal address: it is not read.
      email: { from: '/work_email' },
      firstName: { from: ['/preferred_first_name', '/first_name'], floor: 0.9 },
      lastName: { from: '/last_name', floor: 0.9 },
      jobTitle: { from: ['/title', '/jobs/0/title'], whenEmpty: 'clear' },
      department: { from: '/department', whenEmpty: 'clear' },
      manager: { from: '/manager_uuid', whenEmpty: 'clear' },
      hireDate: { from: ['/hired_at', '/jobs/0/hire_date'], to: 'date' },
      leaveDate: { from: '/terminations/0/effective_date', to: 'date', whenEmpty: 'clear' },
    },
    status: { from: '/terminated', active: ['false'], inactive: ['true'], unknown: 'hold' },
    effective: { start: '/hired_at', end: '/terminations/0/effective_date' },
  },
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};
