import { isPasteable, shellWord } from '../domain/shown';

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
