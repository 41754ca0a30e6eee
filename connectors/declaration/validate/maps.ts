import { DATE_FORMATS, dateReader } from '../../../domain/dates';
import { isUserField } from '../../../domain/users/fields';
import { isDayRule } from '../dayRule';
import { neverRead } from '../never';
import type { Connector, FieldDeclaration, MapDeclaration } from '../schema';
import { textsOf } from '../template';
import type { DeclarationFault } from './fault';
import { fault } from './fault';

const PROPERTY = /^properties\.[A-Za-z][A-Za-z0-9_]{0,62}$/;

/** Checks that maps fill fields that exist, by an id that lasts, and read no forbidden data. */
export function checkMaps(connector: Connector): DeclarationFault[] {
  const { full, changes, one } = connector.reads;
  const maps: [path: string, map: MapDeclaration | undefined][] = [
    ['/map', connector.map],
    ...full.map((read, i): [string, MapDeclaration | undefined] => [
      `/reads/full/${String(i)}/map`,
      read.map,
    ]),
    ['/reads/changes/map', changes?.map],
    ['/reads/one/map', one?.map],
  ];
  return [
    ...maps.flatMap(([path, map]) => (map === undefined ? [] : mapFaults(path, map))),
    ...asked(connector),
  ];
}

function mapFaults(path: string, map: MapDeclaration): DeclarationFault[] {
  const faults: DeclarationFault[] = [];
  for (const [field, rule] of Object.entries(map.fields)) {
    const here = `${path}/fields/${field}`;
    if (!isUserField(field) && !PROPERTY.test(field)) {
      const message = `${JSON.stringify(field)} is not a field of a user.`;
      const next = 'Name a field of a user, or properties.KEY for a custom property.';
      faults.push(fault(here, 'unknown_field', message, next));
    }
    if (field === 'status') {
      const message = 'The status does not stand among the fields.';
      faults.push(
        fault(here, 'status_field', message, 'Remove it: map.status says how it is read.'),
      );
    }
    if (rule.whenEmpty === 'clear' && field === 'code') {
      const message = `${field} cannot be cleared.`;
      faults.push(fault(`${here}/whenEmpty`, 'cannot_clear', message, 'Write "keep".'));
    }
    const what = neverRead(field.replace(/^properties\./, ''));
    if (what !== null) faults.push(never(here, field, what));
  }
  for (const key of [map.key].flat()) {
    if (/e-?mail|upn|userPrincipalName|login|user_?name/i.test(key)) {
      const message = `${JSON.stringify(key)} can change with a name or a domain, so it cannot be the key.`;
      const next = 'Use the id that the vendor never gives to another person.';
      faults.push(fault(`${path}/key`, 'key_not_lasting', message, next));
    }
  }
  faults.push(...dateFaults(path, map));
  const { active, leaving = [], inactive, pending = [] } = map.status;
  const words = [...active, ...leaving, ...inactive, ...pending].map((word) => word.toLowerCase());
  const twice = words.find((word, i) => words.indexOf(word) !== i);
  if (twice !== undefined) {
    const message = `The status ${JSON.stringify(twice)} stands in two lists.`;
    faults.push(fault(`${path}/status`, 'status_twice', message, 'Remove it from one of them.'));
  }
  return faults;
}

/**
 * A format needs `to: date`, and what reads a first or last day must fit every field that shows a day
 * at the same path: what counts is the day that is shown.
 */
function dateFaults(path: string, map: MapDeclaration): DeclarationFault[] {
  const faults: DeclarationFault[] = [];
  for (const [field, { to, format }] of Object.entries(map.fields)) {
    if (format === undefined) continue;
    const here = `${path}/fields/${field}/format`;
    if (to !== 'date') {
      const message = 'A format says how a date is written, and this field is not read as one.';
      faults.push(fault(here, 'format_of_no_date', message, 'Add "to": "date", or remove it.'));
    } else if (!isDateFormat(format)) {
      const message = `${JSON.stringify(format)} does not say where year, month and day stand.`;
      faults.push(fault(here, 'bad_date_format', message, `Forms: ${DATE_FORMATS}.`));
    }
  }
  for (const place of ['start', 'end'] as const) {
    const day = map.effective?.[place];
    const shown = Object.entries(map.fields).filter(
      ([field, rule]) => isDayRule(field, rule) && [rule.from].flat().includes(day ?? ''),
    );
    const [first, other] = [...new Map(shown.map((one) => [conversion(one[1]), one])).values()];
    if (day === undefined || first === undefined || other === undefined) continue;
    const message =
      `${JSON.stringify(day)} is the ${place === 'start' ? 'first' : 'last'} day, which ` +
      `${first[0]} reads as ${conversion(first[1])} and ${other[0]} as ${conversion(other[1])}.`;
    const next = 'Read the same value in the same way everywhere.';
    faults.push(fault(`${path}/effective/${place}`, 'two_conversions', message, next));
  }
  return faults;
}

/** How a rule reads a day; a text that is shown as a day is one of ISO 8601. */
function conversion({ to = 'date', format }: FieldDeclaration): string {
  const how = to === 'text' ? 'date' : to;
  return format === undefined ? how : `${how} ${format}`;
}

function isDateFormat(format: string): boolean {
  try {
    dateReader(format);
    return true;
  } catch {
    return false;
  }
}

/** What the requests ask for and the maps read, by name. */
function asked(connector: Connector): DeclarationFault[] {
  return textsOf(connector.reads)
    .concat(textsOf(connector.map).map(({ path, text }) => ({ path: `:${path}`, text })))
    .flatMap(({ path, text }) => {
      const map = path.startsWith(':');
      const here = map ? `/map${path.slice(1)}` : `/reads${path}`;
      const named = map || /\/map\//.test(path);
      if (named && !/\/(from|key|aliases|start|end|zone)(\/\d+)?$/.test(path)) return [];
      if (!named && !/\/(query|json|form)\//.test(path)) return [];
      const parts = named ? text.split('/') : text.split(/[\s,()=;'"]+/);
      return parts.flatMap((part) => {
        const what = neverRead(part.replaceAll('~1', ' '));
        return what === null ? [] : [never(here, part, what)];
      });
    });
}

function never(path: string, name: string, what: string): DeclarationFault {
  return fault(
    path,
    'never_read',
    `${JSON.stringify(name)} would read ${what}, which Rollcall never reads.`,
    'Remove it.',
  );
}
