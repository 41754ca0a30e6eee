import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectorType } from '../../../connectors/vendors';
import { sha256 } from '../../../connectors/declaration/hash';
import { connectorJsonSchema } from '../../../connectors/declaration/jsonSchema';
import { checkSettings, resolveSettings } from '../../../connectors/declaration/settings';
import type { Connector } from '../../../connectors/declaration/schema';
import { validateConnector } from '../../../connectors/declaration/validate';

const good = (): Connector => JSON.parse(JSON.stringify(connectorType('restGeneric'))) as Connector;
const codes = (declaration: unknown): string[] => {
  const validation = validateConnector(declaration);
  return validation.ok ? [] : validation.faults.map(({ path, code }) => `${path} ${code}`);
};

describe('validateConnector', () => {
  it('names every fault of the form at once', () => {
    const declaration = { ...good(), id: 'Bad Id', verzion: 2, deletion: {}, baseUrl: 3 };

    expect(codes(declaration).sort()).toEqual([
      '/baseUrl bad_form',
      '/deletion/absence bad_form',
      '/id bad_form',
      '/verzion unknown_key',
    ]);
  });

  it('refuses __proto__ as it refuses any unknown key', () => {
    const { map, ...rest } = good();
    const fields: unknown = JSON.parse('{"__proto__": {"path": "$.id"}, "code": {"path": "$.id"}}');

    expect(codes({ ...rest, map: { ...map, fields } })).toEqual([
      '/map/fields/__proto__ unknown_key',
    ]);
  });

  it.each([
    [
      '/page/start',
      (page: Record<string, unknown>) => ({ ...page, start: undefined }),
      'page.start is missing: the number of the first page, usually 1 (or 0).',
      'Add "start": 0 or 1.',
    ],
    [
      '/page/end',
      (page: Record<string, unknown>) => ({ ...page, end: undefined }),
      'page.end is missing: how the end of the list is recognized. ' +
        'empty: read on until a page has nobody. ' +
        'last: the answer gives the number of the last page; give its path in page.last.',
      'Add "end": "empty" or "last".',
    ],
    [
      '/page/end',
      (page: Record<string, unknown>) => ({ ...page, end: 'later' }),
      'page.end has to be "empty" or "last", not "later".',
      'Write one of these.',
    ],
    [
      '/page/type',
      (page: Record<string, unknown>) => ({ ...page, type: 'pages' }),
      'page.type has to be "none", "offset", "page", "cursor", "nextUrl", "linkHeader" or "job", ' +
        'not "pages".',
      'Write one of these.',
    ],
    [
      '/page/maxPages',
      (page: Record<string, unknown>) => ({ ...page, maxPages: 0 }),
      'page.maxPages has to be at least 1.',
      'Correct it.',
    ],
    [
      '/page/stat',
      (page: Record<string, unknown>) => ({ ...page, start: 1, stat: 1 }),
      'There is no "stat" here.',
      'Remove it, or write "start".',
    ],
    ['', () => [], 'full.page has to be an object {…}, not a list.', 'Correct it.'],
  ])('says in a sentence what is wrong at %s', (place, change, message, next) => {
    const declaration = good();
    const [read] = declaration.reads.full;
    const page = { type: 'page', start: 1, end: 'empty', send: { in: 'query', name: 'page' } };
    const full = [{ ...read, page: change(page) }];

    const checked = validateConnector({ ...declaration, reads: { full } });

    const path = place === '' ? '/reads/full/0/page' : `/reads/full/0${place}`;
    expect(checked).toMatchObject({ ok: false, faults: [{ path, message, next }] });
  });

  it('says how an address without https is given', () => {
    const checked = validateConnector({ ...good(), baseUrl: 'http://127.0.0.1:8080' });

    expect(checked).toMatchObject({
      faults: expect.arrayContaining([
        {
          path: '/baseUrl',
          code: 'not_https',
          message: '"http://127.0.0.1:8080" does not start with https://.',
          next: expect.stringContaining('"baseUrl": "{config.url}"'),
        },
      ]),
    });
  });

  it('names every fault of the meaning at once', () => {
    const declaration = good();
    const [read] = declaration.reads.full;
    const bad = {
      ...declaration,
      config: { ...declaration.config, region: { kind: 'string', about: 'Region' } },
      baseUrl: 'https://{config.region}.vendor.example',
      headers: { 'x-app': '{config.app}', 'x-key': '{secret.kei}' },
      reads: {
        full: [
          {
            ...read,
            request: {
              method: 'GET',
              path: 'people?key={secret.token}',
              query: { since: '{since}' },
            },
            complete: { by: 'endSignal' },
          },
        ],
      },
      map: {
        ...declaration.map,
        key: '/workEmail',
        fields: {
          nickname: { from: '/nick' },
          code: { from: 'number', whenEmpty: 'clear' },
          'properties.pay': { from: '/salary' },
        },
        status: { from: '/status', active: ['on'], inactive: ['ON'], unknown: 'hold' },
      },
    };

    expect(codes(bad).sort()).toEqual([
      '/config/region open_host',
      '/headers/x-app unknown_config',
      '/headers/x-key unknown_secret',
      '/map/fields/code/from bad_pointer',
      '/map/fields/code/whenEmpty cannot_clear',
      '/map/fields/nickname unknown_field',
      '/map/fields/properties.pay never_read',
      '/map/fields/properties.pay/from never_read',
      '/map/key key_not_lasting',
      '/map/status status_twice',
      '/reads/full/0/complete/by weak_proof',
      '/reads/full/0/request/path bad_path',
      '/reads/full/0/request/path secret_misplaced',
      '/reads/full/0/request/query/since unknown_variable',
    ]);
  });

  it.each([
    ['a salary', { query: { fields: 'id,baseSalary' } }, '/query/fields'],
    ['a birth date', { query: { fields: 'id,dateOfBirth' } }, '/query/fields'],
    ['a national id', { query: { select: 'id,ssn' } }, '/query/select'],
  ])('refuses to ask for %s', (_, more, path) => {
    const declaration = good();
    const [read] = declaration.reads.full;
    const bad = {
      ...declaration,
      reads: { full: [{ ...read!, request: { ...read!.request, ...more } }] },
    };

    expect(codes(bad)).toEqual([`/reads/full/0/request${path} never_read`]);
  });

  it('does not mistake innocent words for forbidden data', () => {
    const declaration = good();
    const fields = {
      ...declaration.map.fields,
      'properties.unit': { from: '/businessUnit/singleName' },
    };

    expect(codes({ ...declaration, map: { ...declaration.map, fields } })).toEqual([]);
  });

  it('does not let an HR system ignore absences, nor conclude them from what proves nothing', () => {
    const declaration = good();
    const [read] = declaration.reads.full;
    const never = { full: [{ ...read!, complete: { by: 'never' as const } }] };

    expect(codes({ ...declaration, system: 'hris', deletion: { absence: 'ignore' } })).toEqual([
      '/deletion/absence absence_ignored',
    ]);
    expect(codes({ ...declaration, reads: never })).toEqual(['/reads/full/0/complete unproved']);
  });

  it('sends the time of the last read once', () => {
    const declaration = JSON.parse(JSON.stringify(connectorType('merge'))) as Connector;
    const { changes } = declaration.reads;
    const twice = { ...changes!, request: { ...changes!.request, query: { after: '{since}' } } };
    const never = { ...changes!, since: { ...changes!.since, send: undefined } };

    expect(codes({ ...declaration, reads: { ...declaration.reads, changes: twice } })).toEqual([
      '/reads/changes/since/send since_once',
    ]);
    expect(codes({ ...declaration, reads: { ...declaration.reads, changes: never } })).toEqual([
      '/reads/changes/since/send since_once',
    ]);
  });

  it('hashes the meaning, not the formatting', () => {
    const turned = Object.fromEntries(Object.entries(good()).reverse());
    const [one, other] = [validateConnector(good()), validateConnector(turned)];

    expect(one).toMatchObject({ ok: true, sha256: sha256(good()) });
    expect(other).toMatchObject({ ok: true, sha256: sha256(good()) });
    expect(sha256({ ...good(), version: 2 })).not.toBe(sha256(good()));
  });
});

describe('people in parts', () => {
  const withRecords = (records: object, more: object = {}): unknown => {
    const declaration = good();
    const [read] = declaration.reads.full;
    const full = [{ ...read!, records: { ...read!.records, ...records } }];
    return { ...declaration, reads: { full }, ...more };
  };

  it('have no days, because these are judged together with the status', () => {
    expect(codes(withRecords({ partial: true }))).toEqual([
      '/reads/full/0/records/partial days_in_parts',
    ]);
    expect(codes(withRecords({ partial: false }))).toEqual([]);
    const { effective: _, ...map } = good().map;
    expect(codes(withRecords({ partial: true }, { map }))).toEqual([]);
  });

  it('and a single person in place of a list cannot be values of an object', () => {
    expect(codes(withRecords({ single: true }))).toEqual([]);
    expect(codes(withRecords({ single: true, as: 'objectValues' }))).toEqual([
      '/reads/full/0/records/single single_of_values',
    ]);
  });

  it('a host of a link may have a port', () => {
    expect(codes({ ...good(), allowHosts: ['a.example', 'a.example:8443'] })).toEqual([]);
    expect(codes({ ...good(), allowHosts: ['a.example:x', 'https://a.example'] })).toEqual([
      '/allowHosts/0 bad_host',
      '/allowHosts/1 bad_host',
    ]);
  });
});

describe('the published schema', () => {
  it('is the one that declarations are checked by (ROLLCALL_RECORD=1 writes it)', () => {
    const file = join(__dirname, '../../../connectors/connector.schema.json');
    if (process.env['ROLLCALL_RECORD'] === '1') {
      writeFileSync(file, JSON.stringify(connectorJsonSchema(), null, 2));
    }

    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(connectorJsonSchema())),
    );
  });
});

describe('the settings of a source', () => {
  const bamboohr = connectorType('bamboohr')!;

  it('are all checked at once', () => {
    const faults = checkSettings(bamboohr, {
      config: { company: 'acme.evil.example/', region: 'eu' },
      secrets: { token: 'x' },
      baseUrl: 'https://user:pass@x.example',
    });

    expect(faults.map(({ key, code }) => `${key} ${code}`)).toEqual([
      'region unknown_config',
      'token unknown_secret',
      'company bad_config',
      'apiKey missing_secret',
      'baseUrl bad_base_url',
    ]);
  });

  it('fill addresses and paths', () => {
    const rest = resolveSettings(connectorType('restGeneric')!, {
      config: {
        url: 'https://people.example/api/',
        path: '/staff',
        emailPath: 'work/email',
        recordsPath: '',
      },
      secrets: { token: 't' },
    });

    expect(rest.baseUrl).toBe('https://people.example/api');
    expect([...rest.hosts]).toEqual(['people.example']);
    expect(rest.connector.map.fields['email']?.from).toEqual(['/work/email']);
    expect(rest.connector.map.fields['code']).toBeUndefined();
    expect(rest.connector.reads.full[0]?.records.path).toBe('');
  });
});
