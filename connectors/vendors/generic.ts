import type { Connector, FieldDeclaration } from '../declaration/schema';

const pathKey = (
  about: string,
  preset: string,
): { kind: 'string'; about: string; default: string; pattern: string } => ({
  kind: 'string',
  about: `Where a record has ${about}, such as work/email; empty = not read`,
  default: preset,
  pattern: '^([^/{}][^{}]*)?$',
});

const paths = {
  idPath: { ...pathKey('its lasting id', 'id'), required: true },
  codePath: pathKey('the user code', ''),
  loginPath: pathKey('the login', ''),
  emailPath: pathKey('the e-mail', 'email'),
  firstNamePath: pathKey('the first name', 'firstName'),
  lastNamePath: pathKey('the last name', 'lastName'),
  titlePath: pathKey('the job title', ''),
  departmentPath: pathKey('the department', ''),
  locationPath: pathKey('the location', ''),
  managerPath: pathKey('the id of the manager', ''),
  hirePath: pathKey('the first day', ''),
  endPath: pathKey('the last day', ''),
  statusPath: { ...pathKey('the status', 'status'), required: true },
} as const;

const fields: Record<string, FieldDeclaration> = {
  code: { from: '/{config.codePath}' },
  login: { from: '/{config.loginPath}' },
  email: { from: '/{config.emailPath}' },
  firstName: { from: '/{config.firstNamePath}' },
  lastName: { from: '/{config.lastNamePath}' },
  jobTitle: { from: '/{config.titlePath}', whenEmpty: 'clear' },
  department: { from: '/{config.departmentPath}', whenEmpty: 'clear' },
  location: { from: '/{config.locationPath}', whenEmpty: 'clear' },
  manager: { from: '/{config.managerPath}', whenEmpty: 'clear' },
  hireDate: { from: '/{config.hirePath}', to: 'date' },
  leaveDate: { from: '/{config.endPath}', to: 'date', whenEmpty: 'clear' },
};

const map: Connector['map'] = {
  key: '/{config.idPath}',
  fields,
  status: {
    from: '/{config.statusPath}',
    active: ['active', 'true', '1', 'enabled', 'employed'],
    pending: ['pending'],
    inactive: ['inactive', 'false', '0', 'disabled', 'terminated', 'deleted'],
    unknown: 'hold',
  },
  effective: { start: '/{config.hirePath}', end: '/{config.endPath}' },
};

const listPath = {
  kind: 'string' as const,
  about: 'Path of the list, such as /people',
  required: true,
  pattern: '^/[^?#]*$',
};

/** Any list by offset and limit with a total; other lists need a declaration of their own. */
export const restGeneric: Connector = {
  id: 'restGeneric',
  name: 'REST list',
  version: 1,
  system: 'directory',
  config: {
    url: { kind: 'url', about: 'Base address', required: true },
    path: listPath,
    header: {
      kind: 'string',
      about: 'Header that the token is sent in, whole: give it with its prefix, such as Bearer …',
      default: 'Authorization',
      pattern: '^[A-Za-z0-9-]+$',
    },
    recordsPath: pathKey('the list (of the answer)', 'data'),
    totalPath: pathKey('the total (of the answer)', 'total'),
    ...paths,
  },
  secrets: { token: { about: 'What is sent in the header, with its prefix: Bearer …' } },
  baseUrl: '{config.url}',
  auth: { type: 'header', name: '{config.header}', value: '{secret.token}' },
  limits: {},
  reads: {
    full: [
      {
        name: 'people',
        request: { method: 'GET', path: '{config.path}' },
        records: { path: '/{config.recordsPath}' },
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
          total: '/{config.totalPath}',
          stableTotal: true,
          minRatioOfLast: 0.9,
        },
      },
    ],
  },
  map,
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};

/** Any OData 4 entity set: `value` and `@odata.nextLink`; the count is requested. */
export const odata: Connector = {
  id: 'odata',
  name: 'OData',
  version: 1,
  system: 'directory',
  config: {
    url: { kind: 'url', about: 'Service root', required: true },
    path: { ...listPath, about: 'Path of the entity set, such as /Employees' },
    select: { kind: 'string', about: '$select: the properties that are asked for; empty = all' },
    ...paths,
  },
  secrets: { token: { about: 'Bearer token' } },
  baseUrl: '{config.url}',
  auth: { type: 'bearer', token: '{secret.token}' },
  limits: {},
  errors: [{ when: { status: 410 }, then: 'restartListing' }],
  reads: {
    full: [
      {
        name: 'entities',
        request: {
          method: 'GET',
          path: '{config.path}',
          query: { $select: '{config.select}', $count: 'true' },
          headers: { prefer: 'odata.maxpagesize=500' },
        },
        records: { path: '/value' },
        page: { type: 'nextUrl', from: '/@odata.nextLink' },
        complete: { by: 'both', total: '/@odata.count', minRatioOfLast: 0.9 },
      },
    ],
  },
  map,
  deletion: { absence: { needs: 'completeFull', times: 2 } },
};
