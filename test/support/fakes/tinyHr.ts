import { createServer, type IncomingMessage } from 'node:http';

/** A person in the small HR system; fields that are left out are empty. */
export interface HrPerson {
  readonly id: string;
  readonly number?: string;
  readonly status?: string;
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly department?: string;
}

/** A small HR system that speaks as BambooHR does, on the loopback interface. */
export interface TinyHr {
  /** As `--base-url` takes it. */
  readonly baseUrl: string;
  /** For the hosts that are allowed though private. */
  readonly host: string;
  readonly key: string;
  people: readonly HrPerson[];
  /** Requests so far. */
  calls: number;
  /** Answers once that the client must wait this many seconds. */
  busySeconds: number | undefined;
  stop(): Promise<void>;
}

/** A small HR system that lives as long as the tests of the file. */
export function tinyHr(people: readonly HrPerson[] = []): TinyHr {
  const key = 'canary-key-7f3a';
  const vendor: TinyHr = {
    baseUrl: '',
    host: '',
    key,
    people,
    calls: 0,
    busySeconds: undefined,
    stop: () => Promise.resolve(),
  };
  const server = createServer((request, response) => {
    void answer(vendor, request).then(({ status, body, headers = {} }) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const host = `127.0.0.1:${String(typeof address === 'object' && address !== null ? address.port : 0)}`;
    Object.assign(vendor, { host, baseUrl: `http://${host}/api` });
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return vendor;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

async function answer(vendor: TinyHr, request: IncomingMessage): Promise<Reply> {
  vendor.calls += 1;
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const given = Buffer.from((request.headers.authorization ?? '').slice(6), 'base64').toString();
  if (given !== `${vendor.key}:x`) {
    // Careless systems repeat what they were given.
    return { status: 401, body: { error: `key ${given} is refused` } };
  }
  if (vendor.busySeconds !== undefined) {
    const seconds = String(vendor.busySeconds);
    vendor.busySeconds = undefined;
    return { status: 429, headers: { 'retry-after': seconds }, body: null };
  }
  const { pathname } = new URL(request.url ?? '/', vendor.baseUrl);
  const id = /^\/api\/v1\/employees\/([^/]+)$/.exec(pathname)?.[1];
  if (id !== undefined) {
    const person = vendor.people.find((one) => one.id === decodeURIComponent(id));
    return person === undefined
      ? { status: 404, body: {} }
      : {
          status: 200,
          body: { ...fieldsOf(person), id: person.id, workEmail: person.email ?? '' },
        };
  }
  const asked = JSON.parse(text) as { page: number; pageSize: number };
  const from = (asked.page - 1) * asked.pageSize;
  const total = vendor.people.length;
  return {
    status: 200,
    body: {
      data: vendor.people.slice(from, from + asked.pageSize).map((p) => ({ fields: fieldsOf(p) })),
      meta: { totalItems: total, totalPages: Math.ceil(total / asked.pageSize) },
    },
  };
}

function fieldsOf(person: HrPerson): Record<string, string> {
  return {
    eeid: person.id,
    employeeNumber: person.number ?? '',
    status: person.status ?? 'Active',
    email: person.email ?? '',
    firstName: person.firstName ?? '',
    lastName: person.lastName ?? '',
    jobInformationDepartment: person.department ?? '',
    hireDate: '2020-01-01',
  };
}
