import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts, Line, Scenario } from './case';
import { connectionFile, pageOf, type Listed } from './connector';
import { sharedInput, type Desk } from './desk';
import { command } from './lines';

/** A3, A6 and C4: systems that are read by the worker. */
export function syncedCases(folder: string): Scenario[] {
  return [parts(), twoNumbers(), askedById(), ...managers(folder)];
}

/** Adds a system; from then on it answers as `answers` says. */
function adds(o: {
  readonly connector: object | string;
  readonly answers: (path: string, at: Desk) => string | undefined;
  readonly more?: (at: Desk) => readonly string[];
}): Line {
  const text = typeof o.connector === 'string' ? o.connector : JSON.stringify(o.connector);
  return {
    given: 'added as a source',
    must: { exit: '0' },
    says: [],
    play: async (at) => {
      process.env['CASES_TOKEN'] = 'cases-token';
      at.answers.answer((path) => {
        const body = o.answers(path, at);
        return body === undefined ? undefined : { body };
      });
      const type = o.more?.(at) ?? [
        ...['--connector', at.file({ name: 'connector.json', text })],
        ...['--config', `host=${at.answers.host}`, '--base-url', `${at.answers.origin}/api`],
        ...['--secret', 'token=env:CASES_TOKEN'],
      ];
      const said = await at.run('sources', 'add', ...type, '--name', 'hr', '--yes');
      return { facts: { exit: String(said.exit) }, text: said.out + said.err };
    },
  };
}

const syncs = (given: string, must: Facts, ...options: readonly string[]): Line =>
  command(given, { args: () => ['sources', 'sync', 'hr', ...options], must });

/** Does something between two commands. */
function meanwhile(given: string, act: () => void): Line {
  return {
    given,
    must: {},
    says: [],
    play: async () => {
      act();
      return Promise.resolve({ facts: {}, text: '' });
    },
  };
}

/** A3: Microsoft Graph sends a person in several parts. */
function parts(): Scenario {
  const whole = (id: string, name: string, n: number): object => ({
    id,
    userPrincipalName: `${name}@cases.example`,
    mail: `${name}@cases.example`,
    givenName: name,
    surname: 'Abel',
    employeeId: `P${String(n)}`,
    department: 'Sales',
    jobTitle: 'Clerk',
    accountEnabled: true,
  });
  const state = { changes: 0 };
  const answers = (path: string, at: Desk): string | undefined => {
    if (path.endsWith('/oauth2/v2.0/token')) {
      return '{"token_type":"Bearer","expires_in":3600,"access_token":"cases"}';
    }
    const base = `${at.answers.origin}/v1.0/users/delta`;
    const page = /[?&]page=(\w+)/.exec(path)?.[1];
    const later = { '@odata.deltaLink': `${base}?page=changes` };
    const say = (value: readonly object[], link: object): string =>
      JSON.stringify({ value, ...link });
    if (page === undefined) {
      const people = [whole('g1', 'mara', 1), whole('g2', 'jens', 2), whole('g3', 'olga', 3)];
      return say(people, { '@odata.nextLink': `${base}?page=two` });
    }
    if (page === 'two') return say([{ id: 'g1', accountEnabled: false }], later);
    if (page === 'changes' && state.changes === 1) {
      const changed = { id: 'g2', mail: 'jens.new@cases.example', department: 'Academy' };
      return say([changed], { '@odata.nextLink': `${base}?page=rest` });
    }
    if (page === 'rest') {
      const rest = [
        { id: 'g2', jobTitle: 'Trainer' },
        { id: 'g3', accountEnabled: false },
        { id: 'g3', jobTitle: null },
      ];
      return say(rest, later);
    }
    return say([], later);
  };
  const people = 'people code,email,department,jobTitle,status';
  return {
    kind: 'A3',
    title: 'parts of one person in one read',
    lines: [
      meanwhile('nothing changed yet', () => {
        state.changes = 0;
      }),
      adds({
        connector: {},
        answers,
        more: (at) => [
          ...['entra', '--config', 'tenant=cases', '--config', 'clientId=cases'],
          ...[
            '--config',
            `loginUrl=${at.answers.origin}`,
            '--base-url',
            `${at.answers.origin}/v1.0`,
          ],
          ...['--secret', 'clientSecret=env:CASES_TOKEN'],
        ],
      }),
      syncs('page 2 says only that one is disabled', {
        exit: '0',
        [people]: [
          'P1 mara@cases.example Sales Clerk inactive',
          'P2 jens@cases.example Sales Clerk active',
          'P3 olga@cases.example Sales Clerk active',
        ].join(', '),
      }),
      meanwhile('changes in parts', () => {
        state.changes = 1;
      }),
      syncs('an e-mail, then a job title', {
        exit: '0',
        [people]: [
          'P1 mara@cases.example Sales Clerk inactive',
          'P2 jens.new@cases.example Academy Trainer active',
          'P3 olga@cases.example Sales – inactive',
        ].join(', '),
      }),
    ],
  };
}

/** So many that one more or less is no incomplete read. */
const PEOPLE: readonly Listed[] = [
  ...['mara', 'jens', 'olga', 'piet', 'rosa', 'sven', 'tilda', 'uwe', 'vera', 'wim'],
  ...['xenia', 'yann', 'zora', 'anna', 'bert', 'cora'],
].map((name, n) => ({
  id: String(n === 0 ? 1 : n + 20),
  first: name,
  last: 'Abel',
  email: `${name}@cases.example`,
}));
const [MARA = { id: '1' }, ...OTHERS] = PEOPLE;

/** A6: a person with two numbers is missing only when both are, and as often as the least missing. */
function twoNumbers(): Scenario {
  const state: { people: readonly Listed[] } = { people: PEOPLE };
  const lists = (people: readonly Listed[]) => (): void => {
    state.people = people;
  };
  const expect = (mara: string): Facts => ({ exit: '0', mara });
  const sync = (given: string, mara: string): Line => ({
    ...syncs(given, expect(mara), '--full'),
    play: async (at) => {
      const said = await at.run('sources', 'sync', 'hr', '--full');
      const user = (await at.users()).find(({ email }) => email === 'mara@cases.example');
      return {
        facts: { exit: String(said.exit), mara: String(user?.['status']) },
        text: said.out + said.err,
      };
    },
  });
  const rehired = [{ ...MARA, id: '9' }, ...OTHERS];
  return {
    kind: 'A6',
    title: 'two numbers of one person',
    lines: [
      meanwhile('under number 1', lists(PEOPLE)),
      adds({ connector: connectionFile({}), answers: () => pageOf(state.people) }),
      sync('everybody', 'active'),
      meanwhile('back under number 9', lists(rehired)),
      syncs('a conflict', { exit: '3', counts: 'unchanged 15, conflict 1' }, '--full'),
      command('linked by hand', {
        args: () => ['users', 'link', 'mara@cases.example', '--source', 'hr', '--external-id', '9'],
        must: { exit: '0' },
      }),
      sync('the old number is missing once', 'active'),
      sync('twice', 'active'),
      sync('three times', 'active'),
      meanwhile('the new number is missing, too', lists(OTHERS)),
      sync('missing from one read', 'active'),
      meanwhile('it is there again', lists(rehired)),
      sync('present', 'active'),
      meanwhile('missing again', lists(OTHERS)),
      sync('missing from one read again', 'active'),
      sync('missing from two reads in a row', 'inactive'),
    ],
  };
}

/** A6: a person who is missing is asked for by each of their numbers. */
function askedById(): Scenario {
  const state: { people: readonly Listed[]; known: ReadonlySet<string> } = {
    people: PEOPLE,
    known: new Set(['9']),
  };
  const rehired: Listed = { ...MARA, id: '9' };
  const answers = (path: string): string | undefined => {
    const id = /\/people\/(\w+)/.exec(path)?.[1];
    if (id === undefined) return pageOf(state.people);
    return state.known.has(id) ? JSON.stringify({ status: 'active', ...rehired, id }) : undefined;
  };
  const both: Line = {
    given: 'asked for by both numbers, and still there under one',
    must: { exit: '0', asked: '/api/people/1, /api/people/9', mara: 'active' },
    says: [],
    play: async (at) => {
      const before = at.answers.asked.length;
      await at.run('sources', 'sync', 'hr', '--full');
      const said = await at.run('sources', 'sync', 'hr', '--full');
      const user = (await at.users()).find(({ email }) => email === 'mara@cases.example');
      const asked = at.answers.asked.slice(before).filter((path) => /\/people\/[19]$/.test(path));
      return {
        facts: {
          exit: String(said.exit),
          asked: [...new Set(asked)].sort().join(', '),
          mara: String(user?.['status']),
        },
        text: said.out + said.err,
      };
    },
  };
  return {
    kind: 'A6',
    title: 'a system that can be asked for one person',
    lines: [
      meanwhile('under number 1', () => {
        state.people = PEOPLE;
        state.known = new Set(PEOPLE.map(({ id }) => String(id)));
      }),
      adds({
        connector: connectionFile({ one: { request: { method: 'GET', path: '/people/{id}' } } }),
        answers,
      }),
      syncs('everybody', { exit: '0' }, '--full'),
      command('a second number', {
        args: () => ['users', 'link', 'mara@cases.example', '--source', 'hr', '--external-id', '9'],
        must: { exit: '0' },
      }),
      meanwhile('left out of the list; there under number 9', () => {
        state.people = OTHERS;
        state.known = new Set([...OTHERS.map(({ id }) => String(id)), '9']);
      }),
      both,
    ],
  };
}

/** C4: managers by e-mail. */
function managers(folder: string): Scenario[] {
  const own = connectionFile({ fields: { manager: { from: '/boss' } } });
  const people: readonly Listed[] = [
    { ...MARA, boss: null },
    ...OTHERS.slice(0, 2).map((person) => ({ ...person, boss: 'Mara@cases.example' })),
  ];
  const shared = sharedInput(join(folder, 'poll'), 'mgrmail.json');
  const of = (title: string, connector: object | string, body: string, led: string): Scenario => ({
    kind: 'C4',
    title,
    lines: [
      adds({ connector, answers: () => body }),
      syncs('read', { exit: '0', 'people code,manager': led }, '--full'),
    ],
  });
  return [
    of('managers by e-mail, of a system', own, pageOf(people), '1 –, 21 1, 22 1'),
    ...(shared === undefined
      ? []
      : [
          of(
            'mgrmail.json',
            String(shared.text),
            readFileSync(join(folder, 'poll', 'mgrmail-pages', '1.json'), 'utf8'),
            '1 –, 2 1',
          ),
        ]),
  ];
}
