/** A connection file as a person would write it, for a list of people under `/people`. */
export function connectionFile(o: {
  readonly page?: object;
  readonly records?: object;
  readonly complete?: object;
  readonly fields?: object;
  readonly effective?: object;
  readonly status?: object;
  readonly one?: object;
}): object {
  const request = { method: 'GET', path: '/people' };
  const { page = { type: 'none' }, complete = { by: 'endSignal' } } = o;
  return {
    id: 'cases',
    name: 'Cases',
    version: 1,
    system: 'hris',
    config: { host: { kind: 'string', about: 'Host', required: true, pattern: '^[a-z0-9.:-]+$' } },
    secrets: { token: { about: 'API token' } },
    baseUrl: 'https://{config.host}/api',
    auth: { type: 'bearer', token: '{secret.token}' },
    limits: {},
    reads: {
      full: [{ name: 'people', request, records: o.records ?? { path: '/data' }, page, complete }],
      ...(o.one === undefined ? {} : { one: o.one }),
    },
    map: {
      key: '/id',
      fields: {
        code: { from: '/id' },
        email: { from: '/email' },
        firstName: { from: '/first' },
        lastName: { from: '/last' },
        ...o.fields,
      },
      status: o.status ?? {
        from: '/status',
        active: ['active'],
        inactive: ['inactive'],
        unknown: 'hold',
      },
      ...(o.effective === undefined ? {} : { effective: o.effective }),
    },
    deletion: { absence: { needs: 'completeFull', times: 2 } },
  };
}

/** A person as such a system sends them. */
export interface Listed {
  readonly id: string | number;
  readonly first?: string;
  readonly last?: string;
  readonly email?: string | null;
  readonly status?: string;
  readonly [more: string]: unknown;
}

/** A page of people. */
export function pageOf(people: readonly Listed[], more: object = {}): string {
  return JSON.stringify({ data: people.map((p) => ({ status: 'active', ...p })), ...more });
}
