import type { Connector } from '../declaration/schema';

const select =
  'id,userPrincipalName,mail,givenName,surname,displayName,jobTitle,department,officeLocation,mobilePhone,preferredLanguage,employeeId,employeeHireDate,accountEnabled';

/**
 * Microsoft Graph users: `/users/delta` lists everybody and ends with a link to the later changes.
 */
export const entra: Connector = {
  id: 'entra',
  name: 'Microsoft Entra ID',
  version: 1,
  system: 'directory',
  config: {
    tenant: {
      kind: 'string',
      about: 'Directory (tenant) id or domain',
      required: true,
      pattern: '^[A-Za-z0-9.-]+$',
    },
    clientId: { kind: 'string', about: 'Application (client) id', required: true },
    loginUrl: {
      kind: 'url',
      about: 'Where tokens are given; another one in national clouds',
      default: 'https://login.microsoftonline.com',
    },
  },
  secrets: { clientSecret: { about: 'Client secret of an app with User.Read.All (application)' } },
  baseUrl: 'https://graph.microsoft.com/v1.0',
  auth: {
    type: 'oauth2',
    grant: 'client_credentials',
    tokenUrl: '{config.loginUrl}/{config.tenant}/oauth2/v2.0/token',
    clientId: '{config.clientId}',
    clientSecret: '{secret.clientSecret}',
    scope: 'https://graph.microsoft.com/.default',
  },
  limits: {},
  errors: [
    { when: { status: 410 }, then: 'fullRead' },
    {
      when: { status: 400, bodyPath: '/error/code', equals: 'syncStateNotFound' },
      then: 'fullRead',
    },
    { when: { status: 400, bodyPath: '/error/code', equals: 'resyncRequired' }, then: 'fullRead' },
  ],
  reads: {
    full: [
      {
        name: 'users',
        request: { method: 'GET', path: '/users/delta', query: { $select: select } },
        records: { path: '/value' },
        page: { type: 'nextUrl', from: '/@odata.nextLink' },
        complete: { by: 'endSignal', minRatioOfLast: 0.9 },
      },
    ],
    changes: {
      name: 'delta',
      request: { method: 'GET', path: '/users/delta' },
      records: { path: '/value' },
      page: { type: 'nextUrl', from: '/@odata.nextLink' },
      complete: { by: 'endSignal' },
      since: {
        type: 'deltaLink',
        from: '/@odata.deltaLink',
        expired: [{ status: 410 }],
        // Tokens of directory objects live seven days.
        retentionMs: 604_800_000,
      },
    },
    one: { request: { method: 'GET', path: '/users/{id}', query: { $select: select } } },
  },
  map: {
    key: '/id',
    fields: {
      code: { from: '/employeeId' },
      login: { from: '/userPrincipalName' },
      email: { from: '/mail' },
      firstName: { from: '/givenName' },
      lastName: { from: '/surname' },
      displayName: { from: '/displayName' },
      jobTitle: { from: '/jobTitle', whenEmpty: 'clear' },
      department: { from: '/department', whenEmpty: 'clear' },
      location: { from: '/officeLocation', whenEmpty: 'clear' },
      phone: { from: '/mobilePhone', whenEmpty: 'clear' },
      locale: { from: '/preferredLanguage' },
      hireDate: { from: '/employeeHireDate', to: 'date' },
    },
    status: { from: '/accountEnabled', active: ['true'], inactive: ['false'], unknown: 'hold' },
  },
  deletion: {
    tombstone: { path: '/@removed/reason', equals: 'deleted' },
    soft: { path: '/@removed/reason', equals: 'changed' },
    absence: { needs: 'completeFull', times: 2 },
  },
};
