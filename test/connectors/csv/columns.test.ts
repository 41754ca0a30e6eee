import fc from 'fast-check';
import { spellings } from '../../../domain/files/columnAliases';
import { COLUMNS, fieldOfName, normalName } from '../../../domain/files/columns';
import { Fault } from '../../../domain/faults';
import type { PropertyDefinition } from '../../../domain/users/fields';
import { resolveHeader, type HeaderInput } from '../../../connectors/csv/columns';
import { splitMapEntries } from '../../../domain/files/mapping';
import { parseMap } from '../../../operations/sources/mapSpec';
import { faultWords, stepWords } from '../../support/words';

const ASK = { line: 1, columns: undefined, ignoreUnknown: false, properties: [] } as const;

describe('resolveHeader', () => {
  it('maps as written first, then by normal form, before names and aliases', () => {
    const { columns } = resolveHeader({
      ...ASK,
      header: ['code', 'E-mail', 'email 2', 'Phone'],
      columns: { 'E-mail': '-', 'Email-2': 'email' },
    });

    expect(columns.map(({ field }) => field)).toEqual(['code', null, 'email', 'phone']);
  });

  it('passes over _line and _error, but not a column that is called Line', () => {
    const { columns, messages } = resolveHeader({ ...ASK, header: ['code', ' _LINE', '_error'] });

    expect(columns.map(({ field }) => field)).toEqual(['code', null, null]);
    expect(messages).toEqual([]);
    expect(() => resolveHeader({ ...ASK, header: ['code', 'line'] })).toThrow(
      '"line" is not known',
    );
  });

  it('takes a column that the map names as written, and no other of a similar spelling', () => {
    const { columns } = resolveHeader({
      ...ASK,
      header: ['code', 'First Name', 'first_name'],
      columns: { first_name: '-' },
    });

    expect(columns.map(({ field }) => field)).toEqual(['code', 'firstName', null]);
  });

  it.each([
    ['Vorname,Name', ['firstName', 'lastName']],
    ['Name,First name', ['lastName', 'firstName']],
    ['Prénom,NAME', ['firstName', 'lastName']],
    ['Vorname,Name,Anzeigename', ['firstName', 'lastName', 'displayName']],
    ['Vorname,Nachname,Name', ['firstName', 'lastName', 'displayName']],
    ['Name,Nachname', ['displayName', 'lastName']],
    ['Name', ['displayName']],
  ])('takes a bare Name for what is left to say: %s', (header, fields) => {
    const { columns } = resolveHeader({ ...ASK, header: ['code', ...header.split(',')] });

    expect(columns.map(({ field }) => field)).toEqual(['code', ...fields]);
  });

  it('leaves a bare Name beside a first name as the map says', () => {
    const header = ['code', 'Vorname', 'Name'];

    const { columns } = resolveHeader({ ...ASK, header, columns: { Name: 'displayName' } });

    expect(columns.map(({ field }) => field)).toEqual(['code', 'firstName', 'displayName']);
  });

  it.each(['__proto__', 'constructor', 'toString'])('takes %s for a column like any', (name) => {
    const { columns: map } = parseMap([`${name}=code`], []);
    const ask = { ...ASK, columns: map, requiredColumns: [name] };

    expect(resolveHeader({ ...ask, header: [name] }).columns).toMatchObject([{ field: 'code' }]);
    expect(() => resolveHeader({ ...ask, header: ['email'] })).toThrow(
      `names a column that the file does not have: "${name}"`,
    );
    expect(() => resolveHeader({ ...ASK, header: ['code', name] })).toThrow('is not known');
    // A name that every JavaScript object has of its own is no entry of the map.
    const other = { ...ASK, columns: {}, requiredColumns: [name] };
    expect(resolveHeader({ ...other, header: ['code'] }).messages).toEqual([]);
  });

  it('names both columns with one meaning', () => {
    expect(() => resolveHeader({ ...ASK, header: ['code', 'surname', 'Last Name'] })).toThrow(
      'columns 2 ("surname") and 3 ("Last Name") both are last_name',
    );
  });
});

const refusalOf = (input: Partial<HeaderInput> & Pick<HeaderInput, 'header'>): Fault => {
  try {
    resolveHeader({ ...ASK, ...input });
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('the header was taken');
};

/** The `--map` that a refusal offers, as a shell would pass it. */
function offeredMap({ next }: Fault): string | undefined {
  const words = stepWords(next);
  const [, quoted, bare] = /--map (?:'([^']*)'|(\S+?)(?=\.?(?:\s|$)))/.exec(words) ?? [];
  return quoted ?? bare;
}

describe('unknown columns', () => {
  it('are reported all at once, with numbers, nearest names and one map for them', () => {
    const fault = refusalOf({ header: ['code', 'emial', 'Shirt size', 'Fist name', ''] });

    expect(faultWords(fault)).toMatchObject({
      kind: 'refused_file',
      code: 'unknown_column',
      message:
        'Line 1: 3 columns are not known: 2 "emial" (nearest: email), 3 "Shirt size", ' +
        '4 "Fist name" (nearest: first_name).',
      next:
        'Say what each of them is: rollcall import FILE ' +
        "--map 'emial=email,Shirt size=FIELD,Fist name=first_name' (FIELD: a known name, or - to " +
        'pass the column over). Keep one as a property: rollcall properties create shirtSize ' +
        "--type text --name 'Shirt size'. Known names: rollcall import columns.",
    });
  });

  it('are reported in the singular when there is only one', () => {
    expect(faultWords(refusalOf({ header: ['code', 'emial'] }))).toMatchObject({
      message: 'Line 1: column 2 "emial" is not known; the nearest known name is email.',
      next: expect.stringContaining('If that is meant: rollcall import FILE --map emial=email. '),
    });
  });

  it('are never taken for a column that they only resemble', () => {
    const { next } = faultWords(
      refusalOf({ header: ['code', 'Geburtsname', 'Rate', 'Full time'] }),
    );

    expect(next).toContain("--map 'Geburtsname=FIELD,Rate=FIELD,Full time=FIELD'");
    expect(next).not.toContain('--ignore-unknown');
  });

  it('are not offered a column that the file already has', () => {
    expect(refusalOf({ header: ['code', 'email', 'emial', 'E mial'] }).message).not.toContain(
      'nearest',
    );
  });

  it('without a column that says who a row is are reported so', () => {
    expect(faultWords(refusalOf({ header: ['Shirt size', 'Fist name'] }))).toMatchObject({
      message: expect.stringContaining('Nor does a column say who a row is: code, login or email.'),
      next: expect.stringContaining('--map HEADER=code'),
    });
  });

  it('are counted where they are many', () => {
    const header = ['code', ...Array.from({ length: 900 }, (_, n) => `qwertz ${String(n)}`)];

    const { message } = refusalOf({ header });

    expect(message).toContain('900 columns are not known: 2 "qwertz 0", ');
    expect(message).toContain(' and 888 more.');
    expect(message.length).toBeLessThan(600);
  });

  it('that the offered map maps are known afterwards, and all others stay unchanged', () => {
    const names = COLUMNS.flatMap(({ name, aliases }) => [name, ...aliases]);
    const slip = fc
      .tuple(fc.constantFrom(...names), fc.nat(), fc.constantFrom('x', ' ', ',', '"', '=', '', ';'))
      .map(([name, at, put]) => {
        const place = at % name.length;
        return name.slice(0, place) + put + name.slice(place + 1);
      });
    const headers = fc.uniqueArray(slip, { maxLength: 8, selector: (name) => name.toLowerCase() });
    const taken = (header: readonly string[], map: string) =>
      resolveHeader({ ...ASK, header, columns: parseMap([map], []).columns, ignoreUnknown: true });

    fc.assert(
      fc.property(headers, (some) => {
        const header = ['code', ...some];
        let fault: Fault;
        try {
          fault = refusalOf({ header });
        } catch {
          return;
        }
        const map = splitMapEntries(offeredMap(fault) ?? '')
          .filter((entry) => !entry.endsWith('=FIELD'))
          .join();
        if (map === '') return;
        const before = resolvedOrNull(header);

        if (fault.code === 'unknown_column' && before !== null) {
          const after = taken(header, map).columns;
          const filled = after.filter(({ field }) => field !== null);
          expect(filled.length).toBeGreaterThan(before);
        }
      }),
    );
  });
});

/** The number of fields a header fills when unknown columns are passed over; null when refused. */
function resolvedOrNull(header: readonly string[]): number | null {
  try {
    const { columns } = resolveHeader({ ...ASK, header, ignoreUnknown: true });
    return columns.filter(({ field }) => field !== null).length;
  } catch {
    return null;
  }
}

test.each([
  [
    'Personalnummer;Vorname;Nachname;E-Mail;Abteilung;Vorgesetzter;Eintritt;Austrittsdatum;Standort',
    'Mitarbeiter-Nr;VORNAME;Familienname;E-Mail-Adresse;Abteilung;Fuehrungskraft;Eintrittsdatum;Austritt;Arbeitsort',
    "Matricule;Prénom;Nom;Courriel;Département;Responsable;Date d'embauche;Date de départ;Lieu de travail",
    'matricule;prenom;nom;adresse e-mail;departement;responsable;date d’entree;date de sortie;lieu_de_travail',
    'Número de empleado;Nombre;Apellidos;Correo electrónico;Departamento;Jefe;Fecha de ingreso;Fecha de salida;Ubicación',
    'Matricola;Nome;Cognome;Indirizzo email;Reparto;Responsabile;Data di assunzione;Data cessazione;Sede di lavoro',
    'Personeelsnummer;Voornaam;Achternaam;E-mailadres;Afdeling;Leidinggevende;Datum in dienst;Datum uit dienst;Standplaats',
  ],
])('headers in other languages are understood', (...headers) => {
  for (const header of headers) {
    const { columns } = resolveHeader({ ...ASK, header: header.split(';') });

    expect([header, columns.map(({ field }) => field)]).toEqual([
      header,
      [
        ...['code', 'firstName', 'lastName', 'email', 'department', 'manager', 'hireDate'],
        ...['leaveDate', 'location'],
      ],
    ]);
  }
});

test('no name of a column means two fields', () => {
  const names = COLUMNS.flatMap(({ field, name, aliases }) =>
    [name, ...aliases].flatMap(spellings).map((said) => [normalName(said), field] as const),
  );

  for (const [said, field] of names) expect([said, fieldOfName(said, [])]).toEqual([said, field]);
});

describe('a repeated column', () => {
  it.each([
    ['first_name', 'First Name'],
    ['surname', 'Last Name'],
    ['E-Mail', 'E-Mail'],
  ])('%s and %s come apart by the map that is offered', (one, other) => {
    const header = ['code', one, other];

    const fault = refusalOf({ header });
    const { columns } = parseMap([offeredMap(fault) ?? ''], []);

    expect(fault.code).toBe('repeated_column');
    expect(resolveHeader({ ...ASK, header, columns }).columns.map(({ field }) => field)).toEqual([
      'code',
      expect.any(String),
      null,
    ]);
  });
});

describe('a map that names a column which the file does not have', () => {
  const columns = { 'Emp Nr': 'code', Shirt: '-' } as const;

  it('is refused with the columns of the file and a map of the nearest', () => {
    const header = ['Emp No', 'email'];

    const fault = refusalOf({ header, columns, requiredColumns: ['Emp Nr'] });

    expect(faultWords(fault)).toMatchObject({
      code: 'mapped_column_absent',
      message:
        'The map names a column that the file does not have: "Emp Nr" (nearest: 1 "Emp No"). ' +
        'Line 1 has: "Emp No", "email".',
      next: "If the nearest is meant: rollcall import FILE --map 'Emp No=code'",
    });
  });

  it('is offered completely, corrected', () => {
    const requiredColumns = ['Emp Nr', 'Notes'];
    const given = { 'Emp Nr': 'code', Notes: '-' } as const;

    const wrong = refusalOf({ header: ['Emp No', 'Notes'], columns: given, requiredColumns });
    const unknown = refusalOf({
      header: ['Emp Nr', 'Notes', 'emial'],
      columns: given,
      requiredColumns,
    });

    expect(stepWords(wrong.next)).toContain("--map 'Emp No=code,Notes=-'");
    expect(stepWords(unknown.next)).toContain("--map 'Emp Nr=code,Notes=-,emial=email'");
  });

  it('names all of them', () => {
    const requiredColumns = ['Emp Nr', 'Shirt'];

    const fault = refusalOf({ header: ['Emp No', 'email'], columns, requiredColumns });

    expect(fault.message).toContain('2 columns');
    expect(fault.message).toContain('"Shirt"');
  });

  it('is a message where a saved mapping names it', () => {
    const { messages } = resolveHeader({ ...ASK, header: ['code'], columns });

    expect(messages.map(({ column, code }) => [column, code])).toEqual([
      ['Emp Nr', 'mapped_column_absent'],
      ['Shirt', 'mapped_column_absent'],
    ]);
  });
});

test('a map to a property that is not declared offers to declare it', () => {
  const shoe: PropertyDefinition = { key: 'shoe', name: 'Shoe', type: 'number' };
  const input = { header: ['code', 'X'], columns: { X: 'properties.shoe' } } as const;

  expect(faultWords(refusalOf(input))).toMatchObject({
    code: 'unknown_field',
    next: expect.stringContaining('rollcall properties create shoe --type text --name shoe'),
  });
  expect(resolveHeader({ ...ASK, ...input, properties: [shoe] }).columns).toHaveLength(2);
});
