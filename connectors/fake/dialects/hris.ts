import { at } from '../../declaration/path';
import type { Dialect } from '../dialect';
import { basicAuth, bearerAuth, fieldsOf, json, number, ok } from '../dialect';
import type { FakePerson } from '../people';

function bambooFields(p: FakePerson): Record<string, string> {
  return {
    eeid: p.id,
    employeeNumber: p.code,
    status: p.status === 'active' ? 'Active' : 'Inactive',
    email: p.email,
    firstName: p.firstName,
    lastName: p.lastName,
    jobInformationJobTitle: p.jobTitle,
    jobInformationDepartment: p.department,
    jobInformationLocation: p.location,
    supervisorEid: p.managerId,
    hireDate: p.hireDate,
    terminationDate: p.leaveDate === '' ? '0000-00-00' : p.leaveDate,
  };
}

function bambooPerson(p: FakePerson): Record<string, string> {
  const { eeid: id, email: workEmail, supervisorEid: reportsToId, ...rest } = bambooFields(p);
  return {
    ...rest,
    id: id ?? '',
    workEmail: workEmail ?? '',
    reportsToId: reportsToId ?? '',
    jobTitleName: p.jobTitle,
    departmentName: p.department,
    locationName: p.location,
  };
}

export const bamboohr: Dialect = {
  config: () => ({ company: 'acme' }),
  secrets: { apiKey: 'bamboo-key' },
  basePath: '/api',
  authorized: basicAuth('bamboo-key', 'x'),
  throttled: { status: 429, headers: { 'retry-after': '7' }, body: null },
  withhold: {
    field: 'email',
    by: (record) => ({ fields: { ...fieldsOf(fieldsOf(record)['fields']), email: undefined } }),
  },
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    if (pathname === '/api/v2/datasets/employee/data') {
      world.listCalls++;
      const body = json(request);
      const size = Math.min(number(body['pageSize'], 100), world.maxPage);
      const page = number(body['page'], 1);
      // A removed person appears among the changes, and is no longer listed.
      const slice = world.slice((page - 1) * size, size, ({ deleted }) => !deleted);
      const data = slice.people.map((p) => ({ fields: bambooFields(p) }));
      const totalPages = Math.ceil(slice.total / size);
      return ok({
        data,
        links: {},
        meta: { page, pageSize: size, totalPages, totalItems: slice.total },
      });
    }
    if (pathname === '/api/v1/employees/changed') {
      world.listCalls++;
      const since = Date.parse(searchParams.get('since') ?? '');
      const changed = world.people().filter(({ modifiedAt }) => modifiedAt >= since);
      const entries = changed.map((p) => [
        p.id,
        {
          id: p.id,
          action: p.deleted ? 'Deleted' : 'Updated',
          lastChanged: new Date(p.modifiedAt).toISOString(),
        },
      ]);
      // PHP writes an empty map as a list.
      const employees: unknown = entries.length === 0 ? [] : Object.fromEntries(entries);
      return ok({ latest: new Date(world.clock()).toISOString(), employees });
    }
    const id = /^\/api\/v1\/employees\/([^/]+)$/.exec(pathname)?.[1];
    const person = id === undefined ? undefined : world.find(decodeURIComponent(id));
    return person === undefined || person.deleted ? null : ok(bambooPerson(person));
  },
};

export const hibob: Dialect = {
  config: () => ({}),
  secrets: { serviceUserId: 'bob-user', token: 'bob-token' },
  basePath: '/v1',
  authorized: basicAuth('bob-user', 'bob-token'),
  throttled: { status: 429, headers: { 'x-ratelimit-reset': '@epochS+20' }, body: null },
  answer: (request, world) => {
    if (request.url.pathname !== '/v1/people/search') return null;
    const body = json(request);
    const wanted = at(body, '/filters/0/values/0');
    world.listCalls++;
    const shown = world.slice(0, Infinity, (p) => wanted === undefined || p.id === wanted).people;
    const people =
      body['showInactive'] === true ? shown : shown.filter((p) => p.status === 'active');
    const employees = people.map((p) => ({
      id: p.id,
      email: p.email,
      firstName: p.firstName,
      surname: p.lastName,
      displayName: `${p.firstName} ${p.lastName}`,
      work: {
        title: p.jobTitle,
        department: p.department,
        site: p.location,
        employeeIdInCompany: p.code,
        startDate: p.hireDate,
        reportsTo: p.managerId === '' ? null : { id: p.managerId },
      },
      internal: {
        status: p.status === 'active' ? 'Active' : 'Inactive',
        terminationDate: p.leaveDate === '' ? null : p.leaveDate,
      },
    }));
    return ok({ employees });
  },
};

const value = (label: string, given: unknown): Record<string, unknown> => ({ label, value: given });

export const personio: Dialect = {
  config: () => ({}),
  secrets: { clientId: 'personio-id', clientSecret: 'personio-secret' },
  basePath: '/v1',
  authorized: bearerAuth(),
  token: (request, fresh) => {
    if (request.url.pathname !== '/v1/auth') return null;
    const body = json(request);
    const good = body['client_id'] === 'personio-id' && body['client_secret'] === 'personio-secret';
    return good
      ? ok({ success: true, data: { token: fresh, expires_in: 86_400 } })
      : { status: 403, body: { success: false } };
  },
  throttled: { status: 429, body: { success: false, error: { code: 429, message: 'slow down' } } },
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    if (pathname !== '/v1/company/employees') return null;
    world.listCalls++;
    const since = Date.parse(searchParams.get('updated_since') ?? '1970-01-01');
    const limit = number(searchParams.get('limit'), 50);
    const offset = number(searchParams.get('offset'), 0);
    const slice = world.slice(offset, limit, ({ modifiedAt }) => modifiedAt >= since);
    const data = slice.people.map((p) => ({
      type: 'Employee',
      attributes: {
        id: value('ID', Number(p.id)),
        email: value('Email', p.email),
        first_name: value('First name', p.firstName),
        last_name: value('Last name', p.lastName),
        position: value('Position', p.jobTitle),
        department: value('Department', { type: 'Department', attributes: { name: p.department } }),
        office: value('Office', { type: 'Office', attributes: { name: p.location } }),
        supervisor: value(
          'Supervisor',
          p.managerId === '' ? null : { attributes: { id: value('ID', Number(p.managerId)) } },
        ),
        status: value('Status', p.status),
        hire_date: value('Hire date', `${p.hireDate}T00:00:00+01:00`),
        termination_date: value(
          'Termination',
          p.leaveDate === '' ? null : `${p.leaveDate}T00:00:00Z`,
        ),
        last_modified_at: value('Modified', new Date(p.modifiedAt).toISOString()),
      },
    }));
    const metadata = { total_elements: slice.total, total_pages: Math.ceil(slice.total / limit) };
    return ok({ success: true, data, metadata });
  },
};

export const workdayRaas: Dialect = {
  config: () => ({
    host: 'wd3.myworkday.com',
    tenant: 'acme',
    owner: 'isu owner',
    report: 'People',
    user: 'isu',
  }),
  secrets: { password: 'workday-pass' },
  basePath: '/ccx/service/customreport2/acme',
  authorized: basicAuth('isu@acme', 'workday-pass'),
  answer: (request, world) => {
    const { pathname } = request.url;
    if (decodeURIComponent(pathname) !== '/ccx/service/customreport2/acme/isu owner/People')
      return null;
    world.listCalls++;
    const rows = world.slice(0, Infinity).people.map((p) => ({
      Employee_ID: p.id,
      Work_Email: p.email,
      First_Name: p.firstName,
      Last_Name: p.lastName,
      Business_Title: p.jobTitle,
      Department: p.department,
      Location: p.location,
      Manager_ID: p.managerId,
      Hire_Date: p.hireDate,
      Termination_Date: p.leaveDate,
      Active_Status: p.status === 'active' ? '1' : '0',
    }));
    return ok({ Report_Entry: rows });
  },
};
