import type { Dialect } from '../dialect';
import { bearerAuth, cursorAfter, cursorId, fieldsOf, linkAfter, number, ok } from '../dialect';
import type { FakePerson } from '../people';

export const rippling: Dialect = {
  config: () => ({}),
  secrets: { token: 'rippling-token' },
  basePath: '',
  authorized: bearerAuth('rippling-token'),
  withhold: {
    field: 'jobTitle',
    by: (record) => ({ ...fieldsOf(record), title: null, __meta: { redacted_fields: ['title'] } }),
  },
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    const one = /^\/workers\/([^/]+)\/$/.exec(pathname)?.[1];
    if (one !== undefined) {
      const person = world.find(one);
      return person === undefined ? null : ok(ripplingWorker(person));
    }
    if (pathname !== '/workers/') return null;
    world.listCalls++;
    const slice = world.after(cursorId(searchParams.get('cursor')), world.maxPage);
    return ok({
      results: slice.people.map(ripplingWorker),
      next_link: linkAfter(slice, world, request.url),
    });
  },
};

function ripplingWorker(p: FakePerson): Record<string, unknown> {
  return {
    id: p.id,
    number: p.code,
    work_email: p.email,
    user: { name: { given_name: p.firstName, family_name: p.lastName } },
    title: p.jobTitle,
    department: { name: p.department },
    location: { name: p.location },
    manager_id: p.managerId === '' ? null : p.managerId,
    status: p.status === 'active' ? 'ACTIVE' : 'TERMINATED',
    start_date: p.hireDate,
    end_date: p.leaveDate === '' ? null : p.leaveDate,
  };
}

export const gusto: Dialect = {
  config: () => ({ companyId: '0a1b2c3d-0000-0000-0000-000000000000', clientId: 'gusto-app' }),
  secrets: { clientSecret: 'gusto-secret', refreshToken: 'gusto-refresh-0' },
  basePath: '',
  authorized: bearerAuth(),
  token: (request, fresh) => {
    if (request.url.pathname !== '/oauth/token') return null;
    const form = new URLSearchParams(request.body);
    const good =
      form.get('grant_type') === 'refresh_token' &&
      form.get('client_secret') === 'gusto-secret' &&
      (form.get('refresh_token') ?? '').startsWith('gusto-refresh-');
    return good
      ? ok({ access_token: fresh, expires_in: 7_200, refresh_token: `gusto-refresh-${fresh}` })
      : { status: 400, body: { error: 'invalid_grant' } };
  },
  throttled: { status: 429, headers: { 'x-ratelimit-reset': '@dateTime+15' }, body: null },
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    const one = /^\/v1\/employees\/([^/]+)$/.exec(pathname)?.[1];
    if (one !== undefined) {
      const person = world.find(one);
      return person === undefined ? null : ok(gustoEmployee(person));
    }
    if (!/^\/v1\/companies\/[^/]+\/employees$/.test(pathname)) return null;
    world.listCalls++;
    const per = Math.min(number(searchParams.get('per'), 25), world.maxPage);
    const page = number(searchParams.get('page'), 1);
    const slice = world.slice((page - 1) * per, per);
    return ok(slice.people.map(gustoEmployee), {
      'x-page': String(page),
      'x-per-page': String(per),
      'x-total-pages': String(Math.ceil(slice.total / per)),
      'x-total-count': String(slice.total),
    });
  },
};

function gustoEmployee(p: FakePerson): Record<string, unknown> {
  // `terminated` is true as soon as the end date is entered.
  return {
    uuid: p.id,
    employee_code: p.code,
    email: `private.${p.id}@home.example`,
    work_email: p.email,
    first_name: p.firstName,
    last_name: p.lastName,
    title: p.jobTitle,
    department: p.department,
    manager_uuid: p.managerId === '' ? null : p.managerId,
    hired_at: p.hireDate,
    terminated: p.status === 'inactive' || p.leaveDate !== '',
    terminations: p.leaveDate === '' ? [] : [{ effective_date: p.leaveDate }],
  };
}

export const merge: Dialect = {
  config: () => ({}),
  secrets: { apiKey: 'merge-key', accountToken: 'merge-account' },
  basePath: '/api/hris/v1',
  authorized: (request, tokens) =>
    bearerAuth('merge-key')(request, tokens) &&
    request.headers['x-account-token'] === 'merge-account',
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    const one = /^\/api\/hris\/v1\/employees\/([^/]+)$/.exec(pathname)?.[1];
    if (one !== undefined) {
      const person = world.find(one);
      return person === undefined ? null : ok(mergeEmployee(person));
    }
    if (pathname !== '/api/hris/v1/employees') return null;
    world.listCalls++;
    const since = Date.parse(searchParams.get('modified_after') ?? '1970-01-01');
    const size = number(searchParams.get('page_size'), 30);
    const slice = world.after(
      cursorId(searchParams.get('cursor')),
      size,
      ({ modifiedAt }) => modifiedAt >= since,
    );
    return ok({
      next: cursorAfter(slice, world),
      previous: null,
      results: slice.people.map(mergeEmployee),
    });
  },
};

function mergeEmployee(p: FakePerson): Record<string, unknown> {
  return {
    id: p.id,
    remote_id: `r${p.id}`,
    employee_number: p.code,
    work_email: p.email,
    first_name: p.firstName,
    last_name: p.lastName,
    job_title: p.jobTitle,
    team: { name: p.department },
    work_location: { name: p.location },
    manager: p.managerId === '' ? null : { id: p.managerId },
    employment_status: p.status === 'active' ? 'ACTIVE' : 'INACTIVE',
    start_date: `${p.hireDate}T00:00:00Z`,
    termination_date: p.leaveDate === '' ? null : `${p.leaveDate}T00:00:00Z`,
    remote_was_deleted: p.deleted,
    modified_at: new Date(p.modifiedAt).toISOString(),
  };
}

/** The plain list that `restGeneric` reads. */
export const restGeneric: Dialect = {
  config: (origin) => ({ url: `${origin}/api`, path: '/people' }),
  secrets: { token: 'Bearer plain-token' },
  basePath: '/api',
  authorized: bearerAuth('plain-token'),
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    if (pathname !== '/api/people') return null;
    world.listCalls++;
    const slice = world.slice(
      number(searchParams.get('offset'), 0),
      number(searchParams.get('limit'), 20),
    );
    return ok({ data: slice.people.map(plainPerson), total: slice.total });
  },
};

function plainPerson(p: FakePerson): Record<string, unknown> {
  const { id, email, firstName, lastName, status } = p;
  return { id, email, firstName, lastName, status };
}

export const odata: Dialect = {
  config: (origin) => ({ url: `${origin}/odata`, path: '/People', titlePath: 'jobTitle' }),
  secrets: { token: 'odata-token' },
  basePath: '/odata',
  authorized: bearerAuth('odata-token'),
  expired: { status: 410, body: { error: { code: 'SkipTokenExpired', message: 'expired' } } },
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    if (pathname !== '/odata/People') return null;
    world.listCalls++;
    const slice = world.after(cursorId(searchParams.get('cursor')), world.maxPage);
    const link = linkAfter(slice, world, request.url);
    return ok({
      '@odata.count': slice.total,
      value: slice.people.map((p) => ({ ...plainPerson(p), jobTitle: p.jobTitle })),
      ...(link === null ? {} : { '@odata.nextLink': link }),
    });
  },
};
