import type { Connector, MapDeclaration } from '../declaration/schema';

/** Fields that the dataset and the single employee have in common under different names. */
const status: MapDeclaration['status'] = {
  from: '/status',
  active: ['Active'],
  inactive: ['Inactive'],
  unknown: 'hold',
};
const noDate = ['0000-00-00'];

/** Fields with the same name in both. */
const alike: MapDeclaration['fields'] = {
  phone: { from: '/workPhone', whenEmpty: 'clear' },
  hireDate: { from: '/hireDate', to: 'date', emptyWhen: noDate },
  leaveDate: { from: '/terminationDate', to: 'date', emptyWhen: noDate, whenEmpty: 'clear' },
};

/** One employee, by id. */
const personRequest = {
  method: 'GET',
  path: '/v1/employees/{id}',
  query: {
    fields:
      'status,employeeNumber,workEmail,firstName,lastName,jobTitleName,departmentName,locationName,reportsToId,workPhone,hireDate,terminationDate',
  },
} as const;
const person: MapDeclaration = {
  key: '/id',
  fields: {
    code: { from: '/employeeNumber' },
    email: { from: '/workEmail' },
    firstName: { from: '/firstName' },
    lastName: { from: '/lastName' },
    jobTitle: { from: '/jobTitleName', whenEmpty: 'clear' },
    department: { from: '/departmentName', whenEmpty: 'clear' },
    location: { from: '/locationName', whenEmpty: 'clear' },
    manager: { from: '/reportsToId', whenEmpty: 'clear', emptyWhen: ['0'] },
    ...alike,
  },
  withheld: '/_restrictedFields',
  status,
  effective: { start: '/hireDate', end: '/terminationDate' },
};

/**
 * BambooHR: `POST /v2/datasets/employee/data` lists active and inactive people, in the order of their
 * ids; `GET /v1/employees/changed` lists the ids that changed. Source: its public API description.
 */
export const bamboohr: Connector = {
  id: 'bamboohr',
  name: 'BambooHR',
  version: 1,
  system: 'hris',
  config: {
    company: {
      kind: 'string',
      about: 'The company’s name in the address: NAME.bamboohr.com',
      required: true,
      pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,62}$',
    },
  },
  secrets: { apiKey: { about: 'API key of a user who may see the fields that are mapped' } },
  baseUrl: 'https://{config.company}.bamboohr.com/api',
  auth: { type: 'basic', user: '{secret.apiKey}', pass: 'x' },
  limits: {
    // 503 with Retry-After until September 2026, 429 since; 503 alone means that it is down.
    wait: [
      { header: 'retry-after', as: 'seconds' },
      { header: 'retry-after', as: 'httpDate' },
    ],
    concurrency: 2,
  },
  reads: {
    full: [
      {
        name: 'employees',
        request: {
          method: 'POST',
          path: '/v2/datasets/employee/data',
          contentType: 'application/json',
          json: {
            // prettier-ignore
            fields: ['eeid', 'employeeNumber', 'status', 'email', 'firstName', 'lastName', 'jobInformationJobTitle', 'jobInformationDepartment', 'jobInformationLocation', 'supervisorEid', 'workPhone', 'hireDate', 'terminationDate'],
            orderBy: 'eeid asc',
          },
        },
        records: { path: '/data', unwrap: '/fields' },
        page: {
          type: 'page',
          send: { in: 'body', name: 'page' },
          start: 1,
          last: '/meta/totalPages',
          end: 'last',
          anchor: true,
          size: { in: 'body', name: 'pageSize', value: 500 },
        },
        complete: { by: 'both', total: '/meta/totalItems', stableTotal: true, minRatioOfLast: 0.9 },
      },
    ],
    changes: {
      name: 'changed',
      request: { method: 'GET', path: '/v1/employees/changed' },
      records: { path: '/employees', as: 'objectValues' },
      page: { type: 'none' },
      complete: { by: 'endSignal' },
      since: {
        type: 'ids',
        send: { in: 'query', name: 'since' },
        format: 'isoSeconds',
        overlapMs: 600_000,
        id: '/id',
        action: { path: '/action', equals: 'Deleted' },
      },
      enrich: {
        request: personRequest,
        key: '/id',
      },
      map: person,
    },
    one: { request: personRequest, map: person },
  },
  map: {
    key: '/eeid',
    fields: {
      code: { from: '/employeeNumber' },
      email: { from: '/email', floor: 0.5 },
      firstName: { from: '/firstName', floor: 0.9 },
      lastName: { from: '/lastName', floor: 0.9 },
      jobTitle: { from: '/jobInformationJobTitle', whenEmpty: 'clear' },
      department: { from: '/jobInformationDepartment', whenEmpty: 'clear' },
      location: { from: '/jobInformationLocation', whenEmpty: 'clear' },
      manager: { from: '/supervisorEid', whenEmpty: 'clear', emptyWhen: ['0'] },
      ...alike,
    },
    withheld: '/_restrictedFields',
    status,
    effective: { start: '/hireDate', end: '/terminationDate' },
  },
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};
