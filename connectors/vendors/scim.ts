import type { Connector } from '../declaration/schema';

const enterprise = '/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/**
 * A SCIM 2.0 server as a source (RFC 7644): `GET /Users`. Servers ignore startIndex, cap count or
 * report the page as the total, so the list goes on until a page is empty, and only then is compared.
 */
export const scim: Connector = {
  id: 'scim',
  name: 'SCIM 2.0',
  version: 1,
  system: 'directory',
  config: {
    url: {
      kind: 'url',
      about: 'Base address, such as https://idp.example.com/scim/v2',
      required: true,
    },
  },
  secrets: { token: { about: 'Bearer token that may read users' } },
  baseUrl: '{config.url}',
  auth: { type: 'bearer', token: '{secret.token}' },
  headers: { accept: 'application/scim+json, application/json' },
  limits: {},
  reads: {
    full: [
      {
        name: 'users',
        request: { method: 'GET', path: '/Users' },
        // RFC 7644, 3.4.2: a list without results may leave Resources out.
        records: { path: '/Resources', missing: 'empty' },
        page: {
          type: 'offset',
          send: { in: 'query', name: 'startIndex' },
          start: 1,
          step: 'rows',
          end: 'empty',
          anchor: true,
          size: { in: 'query', name: 'count', value: 100 },
        },
        complete: { by: 'both', total: '/totalResults', stableTotal: true, minRatioOfLast: 0.9 },
      },
    ],
    one: { request: { method: 'GET', path: '/Users/{id}' } },
  },
  map: {
    key: '/id',
    fields: {
      code: { from: `${enterprise}/employeeNumber` },
      login: { from: '/userName' },
      email: {
        from: ['/emails/[primary=true]/value', '/emails/[type=work]/value', '/emails/0/value'],
      },
      firstName: { from: '/name/givenName' },
      lastName: { from: '/name/familyName' },
      displayName: { from: '/displayName' },
      jobTitle: { from: '/title', whenEmpty: 'clear' },
      department: { from: `${enterprise}/department`, whenEmpty: 'clear' },
      manager: { from: `${enterprise}/manager/value`, whenEmpty: 'clear' },
      phone: { from: ['/phoneNumbers/[type=work]/value', '/phoneNumbers/0/value'] },
      locale: { from: ['/locale', '/preferredLanguage'] },
      timeZone: { from: '/timezone' },
    },
    status: {
      from: '/active',
      active: ['true'],
      inactive: ['false'],
      // RFC 7643, 4.1.1: a server may leave it out.
      whenMissing: 'active',
      unknown: 'hold',
    },
    effective: { zone: '/timezone' },
  },
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};
