import { isPasteable, shellWord } from '../shown';

/** A header → the name of the column (or `-`) that it is to be read as. */
export type OfferedMap = readonly (readonly [header: string, column: string])[];

/** The argument of `--map` that says so; the headers are pasteable (`shown.ts`). */
export function mapArgument(entries: OfferedMap): string {
  const texts = entries.map(([header, column]) => {
    const bare = /^[^"=:,]+$/.test(header);
    return `${bare ? header : `"${header.replaceAll('"', '""')}"`}=${column}`;
  });
  return shellWord(texts.join(','));
}

const KEY = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;

/** The command that declares a property for the column `header`, or for a field of that name. */
export function propertyCommand(header: string): string {
  const name = header.replace(/^\s*(?:properties|property)\s*\./i, '').trim();
  const key = propertyKey(name);
  return key === undefined || !isPasteable(name)
    ? 'rollcall properties create KEY --type text --name NAME'
    : `rollcall properties create ${key} --type text --name ${shellWord(name)}`;
}

/** `Shirt size` → `shirtSize`; a name that is a key already stays as it is. */
function propertyKey(name: string): string | undefined {
  if (KEY.test(name)) return name;
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  const key = words
    .map((word, i) =>
      i === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
    )
    .join('')
    .slice(0, 63);
  return KEY.test(key) ? key : undefined;
}

/** The name that a file of a run's failed rows is offered under: no other run's file has it. */
export function failedRowsName(runId: string): string {
  return `failed-${runId.slice(0, 13)}.csv`;
}
