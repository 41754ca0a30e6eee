import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConnector, type Checked } from '../../../connectors/check/check';
import { EXAMPLE, exampleFor } from '../../../connectors/check/example';
import { connectorType } from '../../../connectors/vendors';
import type { Connector } from '../../../connectors/declaration/schema';
import { validateConnector } from '../../../connectors/declaration/validate';
import { rollcall } from '../../cli/harness';

/** A declaration as a file has it. */
function fromJson(value: unknown): Connector {
  const checked = validateConnector(JSON.parse(JSON.stringify(value)));
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults));
  return checked.connector;
}

const ROWS_BY_OFFSET = fromJson(connectorType('restGeneric'));
const SETTINGS = { path: '/people' };

function withRead(connector: Connector, change: object, page: object = {}): Connector {
  const [read, ...rest] = connector.reads.full;
  return fromJson({
    ...connector,
    reads: { full: [{ ...read, ...change, page: { ...read?.page, ...page } }, ...rest] },
  });
}

const lost = ({ scenarios }: Checked): (string | undefined)[] =>
  scenarios.filter(({ outcome }) => outcome === 'lost').map(({ change }) => change?.place);

const APIDECK = fromJson(
  JSON.parse(readFileSync(join(__dirname, '../contract/apideck.json'), 'utf8')),
);

describe('a declaration that proves its list', () => {
  it.each([
    ['the one to begin with', EXAMPLE, {}],
    ['one with offsets', exampleFor('offset'), {}],
    ['one with numbered pages', exampleFor('page'), {}],
    ['one with next links', exampleFor('nextUrl'), {}],
    ['one with links in the header', exampleFor('linkHeader'), {}],
    ['apideck', APIDECK, {}],
    ['restGeneric', ROWS_BY_OFFSET, SETTINGS],
    ['odata', connectorType('odata'), SETTINGS],
    ['personio', connectorType('personio'), {}],
    ['salesforce', connectorType('salesforce'), {}],
    ['gusto', connectorType('gusto'), {}],
    ['scim', connectorType('scim'), {}],
    ['bamboohr', connectorType('bamboohr'), {}],
    ['merge', connectorType('merge'), {}],
    ['rippling', connectorType('rippling'), {}],
    ['entra', connectorType('entra'), {}],
    ['hubspot', connectorType('hubspot'), {}],
    ['hibob', connectorType('hibob'), {}],
    ['workdayRaas', connectorType('workdayRaas'), { host: 'wd3.myworkday.com' }],
  ] as const)('%s: loses nobody, and reads a system that behaves', async (_, declared, config) => {
    const checked = await checkConnector({ connector: fromJson(declared), config });

    expect(lost(checked)).toEqual([]);
    expect(checked.held).toBe(true);
    expect(
      checked.scenarios.filter(({ scenario }) => /^(has [1-9]|gives small)/.test(scenario)),
    ).toEqual(expect.not.arrayContaining([expect.objectContaining({ outcome: 'stopped' })]));
    expect(checked.scenarios.filter(({ outcome }) => outcome === 'read').length).toBeGreaterThan(8);
  });
});

describe('people in several records', () => {
  const parts = 'gives a person in several records, each with some of the fields';
  const outcomeOf = async (declaration: Connector): Promise<string | undefined> => {
    const { scenarios } = await checkConnector({ connector: declaration, config: {} });
    return scenarios.find(({ scenario }) => scenario === parts)?.outcome;
  };
  const cursor = (records: object): Connector => {
    const { effective: _, ...map } = EXAMPLE.map;
    const full = EXAMPLE.reads.full.map((read) => ({
      ...read,
      records: { ...read.records, ...records },
    }));
    return { ...EXAMPLE, reads: { full }, map };
  };

  it('are played where the declaration says so, and come out as the last record says', async () => {
    expect(await outcomeOf(cursor({ partial: true }))).toBe('read');
    expect(await outcomeOf(cursor({}))).toBeUndefined();
  });

  it('are played where changes come by a delta link', async () => {
    const { scenarios } = await checkConnector({ connector: connectorType('entra')!, config: {} });

    expect(scenarios.find(({ scenario }) => scenario === parts)?.outcome).toBe('read');
  });
});

describe('a declaration that loses people', () => {
  const blind = { complete: { by: 'endSignal' } };

  it.each([
    [
      'numbered rows without an anchor',
      withRead(ROWS_BY_OFFSET, {}, { anchor: false }),
      SETTINGS,
      '/reads/full/0/page/anchor',
    ],
    [
      'an end that is trusted, and no total',
      withRead(APIDECK, blind),
      {},
      '/reads/full/0/complete',
    ],
    [
      'a total that is not compared',
      withRead(EXAMPLE, { complete: { by: 'endSignal', total: '/meta/total' } }),
      {},
      '/reads/full/0/complete/by',
    ],
    [
      'an outage that counts as the end',
      fromJson({
        ...withRead(APIDECK, blind),
        errors: [{ when: { status: 503 }, then: 'endOfList' }],
      }),
      {},
      '/errors/0',
    ],
  ] as const)('%s: the report names the rule to change', async (_, connector, config, place) => {
    const checked = await checkConnector({ connector, config });

    expect(checked.held).toBe(false);
    expect(lost(checked)).toContain(place);
    expect(checked.scenarios.find(({ outcome }) => outcome === 'lost')?.missing).toBeGreaterThan(0);
  });
});

describe('a declaration that no fake can play', () => {
  it.each([
    [
      'details',
      { enrich: { request: { method: 'GET', path: '/people/{id}' }, key: '/id' } },
      'enrich',
    ],
    ['tables', { request: { method: 'GET', path: '/people', decode: 'csv' } }, 'answers in csv'],
    ['a list with members', { records: { path: '' } }, 'contradict each other'],
  ] as const)('%s: the report says so', async (_, change, word) => {
    const checking = checkConnector({ connector: withRead(EXAMPLE, change), config: {} });

    await expect(checking).rejects.toMatchObject({
      code: 'not_playable',
      message: expect.stringContaining(word),
    });
  });
});

describe('rollcall connectors check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-check-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const check = (declaration: object, ...more: string[]): ReturnType<typeof rollcall> => {
    const file = join(folder, 'own.json');
    writeFileSync(file, JSON.stringify(declaration));
    return rollcall(['connectors', 'check', file, ...more]);
  };

  it('ends with 0 where nobody is missing, and says what was not played', async () => {
    const ran = await check(EXAMPLE);

    expect(ran.exit).toBe(0);
    expect(ran.out).toMatch(/503, down +read/);
    expect(ran.out).toContain('nobody is lost');
    expect(ran.out).toContain('not played: one person by id (reads.one)');
  });

  it('ends with 1 where people are missing, and names the rule', async () => {
    const ran = await check(withRead(APIDECK, { complete: { by: 'endSignal' } }));
    const json = await check(withRead(APIDECK, { complete: { by: 'endSignal' } }), '--json');

    expect(ran.exit).toBe(1);
    expect(ran.out).toContain('! /reads/full/0/complete: Name the total');
    expect(json.exit).toBe(1);
    expect(json.json()).toMatchObject({ id: 'apideck', held: false });
  });

  it('ends with 2 where the declaration is not valid', async () => {
    const ran = await check({ ...EXAMPLE, system: 'zoo' });

    expect(ran.exit).toBe(2);
    expect(ran.err).toContain('/system');
  });
});
