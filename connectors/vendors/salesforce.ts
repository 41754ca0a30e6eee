import type { Connector } from '../declaration/schema';

const columns =
  'Id, Email, FirstName, LastName, Title, Department, Phone, MailingCity, IsDeleted, MasterRecordId, SystemModstamp';

/**
 * Salesforce contacts by SOQL over `queryAll`, which also returns the contents of the recycle bin.
 */
export const salesforce: Connector = {
  id: 'salesforce',
  name: 'Salesforce contacts',
  version: 1,
  system: 'crm',
  config: {
    instance: {
      kind: 'url',
      about: 'Address of the org, such as https://acme.my.salesforce.com',
      required: true,
    },
    username: { kind: 'string', about: 'User in whose name is read', required: true },
    loginUrl: {
      kind: 'url',
      about: 'Where tokens are given; https://test.salesforce.com for a sandbox',
      default: 'https://login.salesforce.com',
    },
  },
  secrets: {
    consumerKey: { about: 'Consumer key of the connected app (JWT bearer flow)' },
    privateKey: { about: 'PEM of the private key whose certificate the app holds' },
  },
  baseUrl: '{config.instance}',
  auth: {
    type: 'jwtBearer',
    tokenUrl: '{config.loginUrl}/services/oauth2/token',
    key: '{secret.privateKey}',
    issuer: '{secret.consumerKey}',
    subject: '{config.username}',
    audience: '{config.loginUrl}',
    ttlS: 180,
  },
  limits: {
    throttledWhen: [
      { status: 429 },
      { status: 403, bodyPath: '/0/errorCode', equals: 'REQUEST_LIMIT_EXCEEDED' },
    ],
    // The limit covers 24 hours, and no answer says when it ends.
    defaultWait: { firstMs: 60_000, maxMs: 1_800_000 },
  },
  errors: [
    {
      when: { status: 400, bodyPath: '/0/errorCode', equals: 'INVALID_QUERY_LOCATOR' },
      then: 'restartListing',
    },
  ],
  reads: {
    full: [
      {
        name: 'contacts',
        request: {
          method: 'GET',
          path: '/services/data/v61.0/queryAll',
          query: { q: `SELECT ${columns} FROM Contact` },
        },
        records: { path: '/records' },
        page: { type: 'nextUrl', from: '/nextRecordsUrl' },
        complete: { by: 'both', total: '/totalSize', stableTotal: true, minRatioOfLast: 0.9 },
      },
    ],
    changes: {
      name: 'modified',
      request: {
        method: 'GET',
        path: '/services/data/v61.0/queryAll',
        query: {
          q: `SELECT ${columns} FROM Contact WHERE SystemModstamp >= {since} ORDER BY SystemModstamp, Id`,
        },
      },
      records: { path: '/records' },
      page: { type: 'nextUrl', from: '/nextRecordsUrl' },
      complete: { by: 'both', total: '/totalSize' },
      // A row's time stamp is set when it is written; the row is visible when its transaction ends.
      since: { type: 'time', format: 'iso', overlapMs: 900_000, field: '/SystemModstamp' },
    },
    one: {
      request: {
        method: 'GET',
        path: '/services/data/v61.0/sobjects/Contact/{id}',
        query: { fields: columns.replaceAll(' ', '') },
      },
    },
  },
  map: {
    key: '/Id',
    fields: {
      email: { from: '/Email' },
      firstName: { from: '/FirstName' },
      lastName: { from: '/LastName' },
      jobTitle: { from: '/Title', whenEmpty: 'clear' },
      department: { from: '/Department', whenEmpty: 'clear' },
      location: { from: '/MailingCity', whenEmpty: 'clear' },
      phone: { from: '/Phone', whenEmpty: 'clear' },
    },
    status: { from: '/IsDeleted', active: ['false'], inactive: ['true'], unknown: 'hold' },
    mergedInto: '/MasterRecordId',
  },
  deletion: {
    soft: { path: '/IsDeleted', equals: true },
    absence: { needs: 'completeFull', times: 2 },
  },
};
