import type { DateReader } from '../dates';
import { isEmail } from '../users/email';
import type { FieldName, PropertyDefinition } from '../users/fields';
import { isUserField, USER_FIELDS } from '../users/fields';
import { isKeySized, MAX_KEY_CHARS, userKey } from '../keys';
import { formatsOf, hasShortYear } from './dateForms';
import { factText, type CellFault } from './rowFaults';

/** Why a text is not a value of its field. */
export type RefusedValue =
  | 'bad_value'
  | 'bad_email'
  | 'bad_key'
  | 'rounded_key'
  | 'lost_letters'
  | 'bad_date'
  | 'bad_boolean'
  | 'bad_number'
  | 'unknown_status'
  | 'unknown_organization';

/** How the cells of one column are read. */
export interface CellKind {
  /**
   * The stored text (for a property: its JSON), or `null` when the cell holds no value of this
   * kind.
   */
  readonly convert: (value: string) => string | null;
  /** Code and facts of the fault of a cell that `convert` refused. */
  readonly fault: (value: string) => CellFault<RefusedValue>;
}

export interface CellRules {
  readonly date: DateReader;
  readonly dateFormat: string;
  /** `userKey(code)` and `userKey(name)` → id. */
  readonly organizations: ReadonlyMap<string, string>;
  readonly properties: readonly PropertyDefinition[];
  /** True where a comma is a decimal sign: in files whose delimiter is another character. */
  readonly decimalComma: boolean;
}

/** What no key may hold: line breaks, and invisible characters (Unicode's category Cf). */
const UNSEEN = /[\t\n\r]|\p{Cf}/u;
/** A number as Excel (`1.00E+05`) and R (`1e+05`) write it, where most of its digits are lost. */
const ROUNDED = /^\d(?:[.,]\d*)?[eE]\+\d\d+$/;
/** Words for active and inactive, also in the languages whose headers are known (columnAliases.ts). */
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
/**
 * Words for yes and no. `t` and `f` are PostgreSQL's; spreadsheets write the others in their own
 * language.
 */
const BOOLEANS: ReadonlyMap<string, string> = new Map(
  (
    [
      ['true', ['true', 't', 'yes', 'y', '1', 'wahr', 'ja', 'vrai', 'oui', 'verdadero', 'sí']],
      ['true', ['si', 'vero', 'sì', 'waar']],
      ['false', ['false', 'f', 'no', 'n', '0', 'falsch', 'nein', 'faux', 'non', 'falso']],
      ['false', ['onwaar', 'nee']],
    ] as const
  ).flatMap(([value, words]) => words.map((word) => [word, value] as const)),
);

const TEXT: CellKind = {
  convert: (value) => value,
  fault: (value) => ['bad_value', { value: factText(value) }],
};

/** The kind of cells in the column that fills `field`. */
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
      return TEXT;
    case 'text':
      return NAMES.has(field) ? NAME : TEXT;
  }
}

/** Fields that hold a person's name. */
const NAMES: ReadonlySet<FieldName> = new Set(['firstName', 'lastName', 'displayName']);

/** True for a field that holds a person's name. */
export function isNameField(field: FieldName): boolean {
  return NAMES.has(field);
}

/** True where a program wrote `?` or U+FFFD for letters that it could not write, or read. */
export function hasLostSign(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const char = value.charCodeAt(at);
    // 63 is `?`. Each name of a file comes here twice, and a regular expression takes three times as long.
    if (char === 63 || char === 0xfffd) return true;
  }
  return false;
}

/** A program that cannot write a letter in its encoding writes a question mark for it. */
const NAME: CellKind = {
  // Nearly every name ends with the first test.
  convert: (value) => (hasLostSign(value) && isLost(value) ? null : value),
  fault: () => ['lost_letters', {}],
};

/**
 * True for a name of nothing but question marks, and what stands between the words of a name; and for
 * one with U+FFFD, which stands for bytes that a program could not read: no name has it.
 */
function isLost(value: string): boolean {
  if (value.includes('\ufffd')) return true;
  return value.includes('?') && /^[?\s.,'’()-]*$/.test(value);
}

/** True for a key that a program wrote as a rounded number. */
export function isRounded(value: string): boolean {
  const second = value.charCodeAt(1);
  // 44 and 46 are the decimal signs, 69 and 101 are `E` and `e`: most keys end here.
  if (second !== 46 && second !== 44 && second !== 69 && second !== 101) return false;
  return ROUNDED.test(value);
}

const EMAIL: CellKind = {
  convert: (value) => (isEmail(value) ? value : null),
  fault: (value) => ['bad_email', { value: factText(value) }],
};

const STATUS: CellKind = {
  // Compared as complete values: a prefix once made “inactive-pending” active people.
  convert: (value) => STATUSES.get(value) ?? STATUSES.get(userKey(value)) ?? null,
  fault: (value) => ['unknown_status', { value: factText(value) }],
};

const KEY: CellKind = {
  convert: (value) =>
    isKeySized(value) && !UNSEEN.test(value) && !isRounded(value) ? value : null,
  fault: (value) =>
    isRounded(value)
      ? ['rounded_key', { value: factText(value) }]
      : [
          'bad_key',
          {
            value: factText(value),
            ...(isKeySized(value)
              ? { char: codePoint(UNSEEN.exec(value)?.[0] ?? '') }
              : { most: MAX_KEY_CHARS }),
          },
        ],
};

function codePoint(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function dateKind(rules: CellRules): CellKind {
  // Faults with equal facts are one message, so all days of one form name the first of them.
  const firsts = new Map<string, string>();
  const like = (value: string): string => {
    const form = hasShortYear(value) ? 'YY' : formatsOf(value).join();
    if (form === '') return value;
    const first = firsts.get(form) ?? value;
    firsts.set(form, first);
    return first;
  };
  return {
    convert: rules.date,
    fault: (value) => ['bad_date', { value: factText(like(value)), format: rules.dateFormat }],
  };
}

function organizationKind(organizations: ReadonlyMap<string, string>): CellKind {
  return {
    convert: (value) => organizations.get(userKey(value)) ?? null,
    fault: (value) => ['unknown_organization', { value: factText(value) }],
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
        fault: (value) => ['bad_boolean', { value: factText(value) }],
      };
    case 'number':
      return {
        convert: (value) => numberText(value, rules.decimalComma),
        fault: (value) => [
          'bad_number',
          {
            value: factText(value),
            ...(isNumeral(value, rules.decimalComma) ? { range: true } : {}),
          },
        ],
      };
  }
}

/** A number as JSON writes it; null for anything else and for what JSON cannot keep exactly. */
function numberText(value: string, decimalComma: boolean): string | null {
  if (!isNumeral(value, decimalComma)) return null;
  const text = withPoint(value, decimalComma);
  const number = Number(text);
  // Too small for a number: 1e-400 is not zero.
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
