import { at } from '../../declaration/path';
import type { Dialect } from '../dialect';
import {
  bearerAuth,
  cursorAfter,
  cursorId,
  fieldsOf,
  json,
  linkAfter,
  number,
  ok,
  recordsOf,
} from '../dialect';
import type { FakePerson } from '../people';
import type { World } from '../world';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export const scim: Dialect = {
  config: (origin) => ({ url: `${origin}/scim/v2` }),
  secrets: { token: 'scim-token' },
  basePath: '/scim/v2',
  authorized: bearerAuth('scim-token'),
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    const type = { 'content-type': 'application/scim+json' };
    const one = /^\/scim\/v2\/Users\/([^/]+)$/.exec(pathname)?.[1];
    if (one !== undefined) {
      const person = world.find(one);
      return person === undefined ? null : ok(scimUser(person), type);
    }
    if (pathname !== '/scim/v2/Users') return null;
    world.listCalls++;
    const start = Math.max(number(searchParams.get('startIndex'), 1), 1);
    const slice = world.slice(start - 1, number(searchParams.get('count'), 100));
    return ok(
      {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults: slice.total,
        startIndex: start,
        itemsPerPage: slice.people.length,
        ...(slice.people.length === 0 ? {} : { Resources: slice.people.map(scimUser) }),
      },
      type,
    );
  },
};

function scimUser(p: FakePerson): Record<string, unknown> {
  return {
    id: p.id,
    userName: p.email,
    active: p.status === 'active',
    name: { givenName: p.firstName, familyName: p.lastName },
    emails: [
      { value: `private.${p.id}@home.example`, type: 'home' },
      { value: p.email, type: 'work', primary: true },
    ],
    title: p.jobTitle,
    [enterprise]: {
      employeeNumber: p.code,
      department: p.department,
      ...(p.managerId === '' ? {} : { manager: { value: p.managerId } }),
    },
  };
}

export const hubspot: Dialect = {
  config: () => ({}),
  secrets: { token: 'hubspot-token' },
  basePath: '',
  authorized: bearerAuth('hubspot-token'),
  throttled: { status: 429, body: { status: 'error', category: 'RATE_LIMITS' } },
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    const base = '/crm/v3/objects/contacts';
    if (pathname === `${base}/search`) return hubspotSearch(json(request), world);
    if (pathname === base) {
      world.listCalls++;
      const archived = searchParams.get('archived') === 'true';
      const slice = world.after(
        cursorId(searchParams.get('after')),
        number(searchParams.get('limit'), 10),
        (p) => p.deleted === archived && p.mergedInto === '',
      );
      const after = cursorAfter(slice, world);
      return ok({
        results: slice.people.map(hubspotContact),
        ...(after === null
          ? {}
          : { paging: { next: { after, link: 'https://api.hubapi.com/x' } } }),
      });
    }
    const person = world.find(pathname.slice(base.length + 1));
    return person === undefined ? null : ok(hubspotContact(person));
  },
};

/** The search returns 10,000 rows; beyond them it answers 400. */
function hubspotSearch(body: Record<string, unknown>, world: World): ReturnType<Dialect['answer']> {
  world.listCalls++;
  const filters = at(body, '/filterGroups/0/filters');
  let people = world.people().filter((p) => !p.deleted && p.mergedInto === '');
  let byId = false;
  for (const filter of Array.isArray(filters) ? filters : []) {
    const { propertyName, operator, value } = fieldsOf(filter);
    const wanted = Number(value);
    people = people.filter((p) => {
      const have = propertyName === 'hs_object_id' ? Number(p.id) : p.modifiedAt;
      return operator === 'GTE'
        ? have >= wanted
        : operator === 'GT'
          ? have > wanted
          : have === wanted;
    });
    byId ||= propertyName === 'hs_object_id';
  }
  // Within one time, in no reliable order.
  const sorted = [...people].sort((a, b) =>
    byId ? Number(a.id) - Number(b.id) : a.modifiedAt - b.modifiedAt || (a.id < b.id ? 1 : -1),
  );
  const offset = number(body['after'], 0);
  const limit = number(body['limit'], 10);
  if (offset + limit > HUBSPOT_CEILING.rows) {
    return { status: 400, body: { status: 'error', category: 'VALIDATION_ERROR' } };
  }
  const slice = world.cut(sorted, offset, limit);
  return ok({
    total: slice.total,
    results: slice.people.map(hubspotContact),
    ...(slice.next === null ? {} : { paging: { next: { after: String(slice.next) } } }),
  });
}

/** Where the search ends; a test may lower it. */
export const HUBSPOT_CEILING = { rows: 10_000 };

function hubspotContact(p: FakePerson): Record<string, unknown> {
  return {
    id: p.id,
    archived: p.deleted,
    properties: {
      email: p.email,
      firstname: p.firstName,
      lastname: p.lastName,
      jobtitle: p.jobTitle,
      lastmodifieddate: new Date(p.modifiedAt).toISOString(),
      hs_merged_object_ids: p.mergedIds.length === 0 ? null : p.mergedIds.join(';'),
    },
  };
}

export const salesforce: Dialect = {
  config: (origin) => ({ instance: origin, username: 'sync@acme.example', loginUrl: origin }),
  secrets: { consumerKey: 'sf-consumer', privateKey: '' },
  basePath: '',
  authorized: bearerAuth(),
  token: (request, fresh) => {
    if (request.url.pathname !== '/services/oauth2/token') return null;
    const form = new URLSearchParams(request.body);
    const claims = Buffer.from(form.get('assertion')?.split('.')[1] ?? '', 'base64url').toString();
    const good =
      form.get('grant_type')?.endsWith(':jwt-bearer') && claims.includes('"iss":"sf-consumer"');
    return good ? ok({ access_token: fresh }) : { status: 400, body: { error: 'invalid_grant' } };
  },
  throttled: { status: 403, body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'x' }] },
  expired: { status: 400, body: [{ errorCode: 'INVALID_QUERY_LOCATOR', message: 'x' }] },
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    const base = '/services/data/v61.0';
    const one = /\/sobjects\/Contact\/([^/]+)$/.exec(pathname)?.[1];
    if (one !== undefined) {
      const person = world.find(one);
      return person === undefined ? null : ok(sfContact(person));
    }
    if (!/^\/services\/data\/v61\.0\/query(All)?/.test(pathname)) return null;
    world.listCalls++;
    const locator = /\/query\/(.*)$/.exec(pathname)?.[1];
    const [, query = '', offset = '0'] =
      locator === undefined
        ? ['', searchParams.get('q') ?? '', '0']
        : (/^(.*)-(\d+)$/.exec(Buffer.from(locator, 'base64url').toString()) ?? ['', '', '0']);
    const since = Date.parse(/SystemModstamp >= (\S+)/.exec(query)?.[1] ?? '1970-01-01');
    const rows = world.people().filter(({ modifiedAt }) => modifiedAt >= since);
    const slice = world.cut(
      [...rows].sort((a, b) => a.modifiedAt - b.modifiedAt || (a.id < b.id ? -1 : 1)),
      Number(offset),
      2_000,
    );
    const next = world.due('repeated_cursor', 1e9) ? Number(offset) : slice.next;
    const token = Buffer.from(`${query}-${String(next)}`).toString('base64url');
    const host = world.due('foreign_link') ? 'https://elsewhere.example' : '';
    return ok({
      totalSize: slice.total,
      done: slice.next === null,
      ...(slice.next === null ? {} : { nextRecordsUrl: `${host}${base}/query/${token}` }),
      records: slice.people.map(sfContact),
    });
  },
};

function sfContact(p: FakePerson): Record<string, unknown> {
  return {
    attributes: { type: 'Contact' },
    Id: p.id,
    Email: p.email,
    FirstName: p.firstName,
    LastName: p.lastName,
    Title: p.jobTitle,
    Department: p.department,
    MailingCity: p.location,
    IsDeleted: p.deleted,
    MasterRecordId: p.mergedInto === '' ? null : p.mergedInto,
    SystemModstamp: new Date(p.modifiedAt).toISOString().replace('Z', '+0000'),
  };
}

export const entra: Dialect = {
  config: (origin) => ({ tenant: 'acme.example', clientId: 'entra-app', loginUrl: origin }),
  secrets: { clientSecret: 'entra-secret' },
  basePath: '/v1.0',
  authorized: bearerAuth(),
  token: (request, fresh) => {
    if (request.url.pathname !== '/acme.example/oauth2/v2.0/token') return null;
    const good = new URLSearchParams(request.body).get('client_secret') === 'entra-secret';
    return good
      ? ok({ access_token: fresh, expires_in: 3_599 })
      : { status: 401, body: { error: 'invalid_client' } };
  },
  expired: { status: 410, body: { error: { code: 'resyncRequired', message: 'x' } } },
  answer: (request, world) => {
    const { pathname, searchParams } = request.url;
    const one = /^\/v1\.0\/users\/([^/]+)$/.exec(pathname)?.[1];
    if (one !== undefined && one !== 'delta') {
      const person = world.find(one);
      return person === undefined || person.deleted ? null : ok(entraUser(person));
    }
    if (pathname !== '/v1.0/users/delta') return null;
    world.listCalls++;
    const delta = searchParams.get('delta');
    const since = Number(delta ?? 0);
    const slice = world.after(
      cursorId(searchParams.get('cursor')),
      world.maxPage,
      (p) => p.modifiedAt >= since && (delta !== null || !p.deleted),
    );
    const next = linkAfter(slice, world, request.url);
    const deltaLink = new URL(request.url);
    deltaLink.searchParams.delete('cursor');
    deltaLink.searchParams.set('delta', String(world.clock()));
    return ok({
      value: recordsOf(slice, world, { record: entraRecord, cut: entraParts }),
      ...(next === null ? { '@odata.deltaLink': deltaLink.href } : { '@odata.nextLink': next }),
    });
  },
};

function entraRecord(p: FakePerson): Record<string, unknown> {
  return p.deleted ? { id: p.id, '@removed': { reason: 'changed' } } : entraUser(p);
}

/** A user who changes while the list is read comes again, with what changed. */
function entraParts(record: unknown): readonly [unknown, unknown, unknown] {
  const user = fieldsOf(record);
  const { id, accountEnabled, mail, department } = user;
  if ('@removed' in user) return [record, record, record];
  const old = { ...user, accountEnabled: accountEnabled !== true, mail: null, department: 'Old' };
  return [old, { id, mail, department }, { id, accountEnabled }];
}

function entraUser(p: FakePerson): Record<string, unknown> {
  return {
    id: p.id,
    userPrincipalName: p.email,
    mail: p.email,
    givenName: p.firstName,
    surname: p.lastName,
    jobTitle: p.jobTitle,
    department: p.department,
    officeLocation: p.location,
    employeeId: p.code,
    accountEnabled: p.status === 'active',
  };
}
