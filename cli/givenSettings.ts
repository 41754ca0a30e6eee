import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Fault } from '../domain/faults';
import { codeOf } from '../domain/passing';
import type { GivenGates } from '../operations/sources/sourceSettings';
import type { Call } from './command';

type Texts = Record<string, string>;

/** Faults of one command line, reported together. */
export type Faults = string[];

/** All uses of `--config k=v`; the value is everything after the first `=`. */
export function givenConfig(items: readonly string[], faults: Faults): Texts {
  return pairsOf(items, { option: '--config', form: 'KEY=VALUE' }, faults);
}

/**
 * `--secret k=-` (standard input, or a prompt), `k=@FILE`, `k=env:NAME`; `k=` removes it. Never the
 * value on the command line: others see it there, and shells keep it.
 */
export async function givenSecrets(
  call: Call,
  items: readonly string[],
  faults: Faults,
): Promise<Texts> {
  const given = pairsOf(items, { option: '--secret', form: 'NAME=-|@FILE|env:VARIABLE' }, faults);
  const piped = Object.values(given).filter((from) => from === '-').length;
  if (piped > 1 && !call.io.terminal.input) {
    faults.push('Standard input holds only one secret: give the others by @FILE or env:NAME.');
    return {};
  }
  const secrets: Texts = {};
  for (const [name, from] of Object.entries(given)) {
    const value = await secretFrom(call, name, from);
    if (typeof value === 'string') secrets[name] = value;
    else faults.push(value.fault);
  }
  return secrets;
}

async function secretFrom(
  call: Call,
  name: string,
  from: string,
): Promise<string | { readonly fault: string }> {
  if (from === '') return '';
  if (from === '-') {
    const text = call.canAsk ? await askHidden(call, name) : await textOf(call.io.stdin);
    return filled(trimmed(text), `--secret ${name}: nothing was given.`);
  }
  if (from.startsWith('@')) {
    try {
      const text = await readFile(from.slice(1), 'utf8');
      return filled(trimmed(text), `--secret ${name}: the file is empty.`);
    } catch (error) {
      return { fault: `--secret ${name}: ${from.slice(1)} cannot be read (${codeOf(error)}).` };
    }
  }
  if (from.startsWith('env:')) {
    const variable = from.slice('env:'.length);
    return filled(call.io.env[variable] ?? '', `--secret ${name}: ${variable} is not set.`);
  }
  return {
    fault: `--secret ${name}: a secret does not belong on the command line, where others can see it. ${name}=- reads standard input, ${name}=@FILE a file, ${name}=env:NAME a variable.`,
  };
}

function filled(text: string, fault: string): string | { readonly fault: string } {
  return text === '' ? { fault } : text;
}

/** Keys in PEM have lines; a line break that an editor adds at the end is not part of them. */
function trimmed(text: string): string {
  return text.replace(/[\r\n]+$/, '');
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

async function askHidden(call: Call, name: string): Promise<string> {
  const { io } = call;
  io.stderr.write(`${name} (not shown while you type): `);
  const nowhere = new Writable({
    write: (_, __, done) => {
      done();
    },
  });
  const reader = createInterface({ input: io.stdin, output: nowhere, terminal: true });
  try {
    return await reader.question('');
  } finally {
    reader.close();
    io.stderr.write('\n');
  }
}

/** `--gate G=N`, or `G=default` for the number that holds when the source has none of its own. */
export function givenGates(items: readonly string[], faults: Faults): GivenGates {
  const given = pairsOf(items, { option: '--gate', form: 'GATE=NUMBER|default' }, faults);
  return Object.fromEntries(
    Object.entries(given).map(([gate, text]) => [
      gate.replaceAll('-', '_'),
      text === 'default' ? null : /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN,
    ]),
  );
}

function pairsOf(
  items: readonly string[],
  o: { readonly option: string; readonly form: string },
  faults: Faults,
): Texts {
  const texts: Texts = {};
  for (const item of items) {
    const [, key, value] = /^([^=\s]+)=([^]*)$/.exec(item) ?? [];
    // The text may be a secret without its name, so it is not repeated.
    if (key === undefined || value === undefined) faults.push(`${o.option} takes ${o.form}.`);
    else if (Object.hasOwn(texts, key)) faults.push(`${o.option} ${key} is given twice.`);
    else texts[key] = value;
  }
  return texts;
}

const MAX_BYTES = 1024 * 1024;

/** A JSON file. @throws Fault not_found, usage. */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = codeOf(cause);
    const isMissing = code === 'ENOENT';
    throw new Fault(isMissing ? 'not_found' : 'usage', {
      code: isMissing ? 'file_not_found' : 'cannot_read',
      message: isMissing ? `There is no file ${path}.` : `${path} cannot be read (${code}).`,
      next: 'Give the path of a JSON file.',
      cause,
    });
  }
  if (text.length > MAX_BYTES) throw notJson(path, 'it is larger than 1 MiB');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(path, error instanceof Error ? error.message : 'it cannot be read');
  }
}

function notJson(path: string, why: string): Fault {
  return new Fault('usage', {
    code: 'not_json',
    message: `${path} is not JSON: ${why.replace(/\.$/, '')}.`,
    next: 'Fix the file; rollcall connectors init shows a valid one.',
  });
}
