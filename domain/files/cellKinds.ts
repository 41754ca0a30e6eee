import type { DateReader } from '../dates';
import { isEmail } from '../users/email';
import type { FieldName, PropertyDefinition } from '../users/fields';
import { isUserField, USER_FIELDS } from '../users/fields';
import { isKeySized, MAX_KEY_CHARS, userKey } from '../keys';
import { organizationCommand } from '../runs/offers';
import { isPasteable, shown } from '../shown';

/** How the cells of one column are read. */
export interface CellKind {
  /** The stored text (for a property: its JSON), or null when the cell does not say one. */
  readonly convert: (value: string) => string | null;
  /** Code and sentence of the fault of a cell that `convert` refused. */
  readonly fault: (value: string) => readonly [code: string, message: string];
}

export interface CellRules {
  readonly date: DateReader;
  readonly dateFormat: string;
  /** `userKey(code)` and `userKey(name)` → id. */
  readonly organizations: ReadonlyMap<string, string>;
  readonly properties: readonly PropertyDefinition[];
  /** True where a comma is a decimal sign: in files that are not separated by commas. */
  readonly decimalComma: boolean;
}

/** What no key may hold: breaks, and characters that nobody sees (Unicode's category Cf). */
const UNSEEN = /[\t\n\r]|\p{Cf}/u;
/** In the languages whose headers are known, too (columnAliases.ts): masculine and feminine. */
const STATUSES: ReadonlyMap<string, string> = new Map(
  (
    [
      ['active', ['active', 'aktiv', 'aktive', 'actif', 'activo', 'activa', 'attivo', 'attiva']],
      ['active', ['actief', 'actieve']],
      ['inactive', ['inactive', 'inaktiv', 'inaktive', 'inactif', 'inactivo', 'inactiva']],
      ['inactive', ['inattivo', 'inattiva', 'inactief', 'inactieve']],
    ] as const
  ).flatMap(([status, words]) => words.map((word) => [word, status] as const)),
);
const BOOLEANS: ReadonlyMap<string, string> = new Map([
  ...['true', 'yes', 'y', '1'].map((word) => [word, 'true'] as const),
  ...['false', 'no', 'n', '0'].map((word) => [word, 'false'] as const),
]);

const TEXT: CellKind = { convert: (value) => value, fault: () => ['bad_value', 'Not a text.'] };

/** The kind of the column that fills `field`. */
export function cellKind(field: FieldName, rules: CellRules): CellKind {
  if (!isUserField(field)) return propertyKind(field, rules);
  switch (USER_FIELDS[field].kind) {
    case 'key':
      return field === 'email' ? EMAIL : KEY;
    case 'status':
      return STATUS;
    case 'date':
      return dateKind(rules);
    case 'organization':
      return organizationKind(rules.organizations);
    case 'manager':
    case 'text':
      return TEXT;
  }
}

const EMAIL: CellKind = {
  convert: (value) => (isEmail(value) ? value : null),
  fault: (value) => [
    'bad_email',
    `${shown(value)} is not an e-mail address: correct it, or leave the cell empty.`,
  ],
};

const STATUS: CellKind = {
  // Whole values: a prefix once made "inactive-pending" active people.
  convert: (value) => STATUSES.get(value) ?? STATUSES.get(userKey(value)) ?? null,
  fault: (value) => [
    'unknown_status',
    // No meaning is proposed: a pasted one made leavers active.
    `${shown(value)} is neither active nor inactive: write one of them, or map it, ` +
      `--map 'status:"${isPasteable(value) ? value.replaceAll('"', '""') : '…'}"=MEANING' ` +
      'with active or inactive for MEANING.',
  ],
};

const KEY: CellKind = {
  convert: (value) => (isKeySized(value) && !UNSEEN.test(value) ? value : null),
  fault: (value) => [
    'bad_key',
    `${shown(value)} ` +
      (isKeySized(value)
        ? `holds the invisible character ${codePoint(UNSEEN.exec(value)?.[0] ?? '')}: take it out.`
        : `is longer than ${String(MAX_KEY_CHARS)} characters: shorten it.`),
  ],
};

function codePoint(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function dateKind(rules: CellRules): CellKind {
  return {
    convert: rules.date,
    fault: (value) => [
      'bad_date',
      `${shown(value)} is not a day of the calendar as ${rules.dateFormat}: correct it` +
        (rules.dateFormat === 'YYYY-MM-DD' ? ', or name the format (--date-format).' : '.'),
    ],
  };
}

function organizationKind(organizations: ReadonlyMap<string, string>): CellKind {
  return {
    convert: (value) => organizations.get(userKey(value)) ?? null,
    fault: (value) => [
      'unknown_organization',
      `No organization has the code or name ${shown(value)}: correct it, or create it ` +
        `(${organizationCommand(value)}) and retry these rows.`,
    ],
  };
}

function propertyKind(field: FieldName, rules: CellRules): CellKind {
  const type = rules.properties.find(({ key }) => `properties.${key}` === field)?.type ?? 'text';
  switch (type) {
    case 'text':
      return { ...TEXT, convert: (value) => JSON.stringify(value) };
    case 'date': {
      const kind = dateKind(rules);
      const quoted = (day: string | null): string | null => (day === null ? null : `"${day}"`);
      return { ...kind, convert: (value) => quoted(kind.convert(value)) };
    }
    case 'boolean':
      return {
        convert: (value) => BOOLEANS.get(userKey(value)) ?? null,
        fault: (value) => [
          'bad_boolean',
          `${shown(value)} is neither true nor false (yes, no, 1, 0).`,
        ],
      };
    case 'number':
      return {
        convert: (value) => numberText(value, rules.decimalComma),
        fault: (value) => [
          'bad_number',
          isNumeral(value, rules.decimalComma)
            ? `${shown(value)} is out of range: it cannot be kept as it is written.`
            : `${shown(value)} is not a number: write digits only, such as 1250 or 12.5.`,
        ],
      };
  }
}

/** A number as JSON writes it; null for anything else and for what JSON cannot keep exactly. */
function numberText(value: string, decimalComma: boolean): string | null {
  if (!isNumeral(value, decimalComma)) return null;
  const text = withPoint(value, decimalComma);
  const number = Number(text);
  // Too small for any: 1e-400 is not nothing.
  if (number === 0 && /[1-9]/.test(text.replace(/e.*/i, ''))) return null;
  const exact = Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
  return exact ? String(number) : null;
}

function isNumeral(value: string, decimalComma: boolean): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(withPoint(value, decimalComma));
}

function withPoint(value: string, decimalComma: boolean): string {
  return decimalComma && /^[+-]?\d+,\d+$/.test(value) ? value.replace(',', '.') : value;
}
