import type { Form, Mischief } from './mischief';
import { MISCHIEFS } from './mischief';
import { EVENTS, type CompanyEvent } from './company';
import type { Counts, Read, WorldResult } from './result';

const PARTS = 'people come in several parts of one read';
const KINDS: Readonly<Record<Form['kind'], string>> = {
  list: 'a named list that says who is absent',
  upload: 'unnamed uploads',
  system: 'a system that is read completely',
  graph: 'Microsoft Graph',
};

// prettier-ignore
const HEAD = ['what the writer does', 'reads', 'applied', 'held', 'by the gates', 'rows in conflict or error', 'wrongly deactivated', 'made twice', 'wrongly active', 'mixed up or nobody', 'escaped absence', 'made again as strangers'];

/** The campaign as Markdown tables: reads by mischief, worlds by kind, events. */
export function filesTable(results: readonly WorldResult[]): string {
  const reads = results.flatMap((result) => result.reads);
  const names: (Mischief | 'parts')[] = [...Object.keys(MISCHIEFS).filter(isName), 'parts'];
  const lines = names.map((name) =>
    line(
      name === 'parts' ? PARTS : MISCHIEFS[name],
      reads.filter(({ mischiefs }) => mischiefs.includes(name)),
    ),
  );
  const honest = line(
    'first and last reads',
    reads.filter(({ mischiefs }) => mischiefs.length === 0),
  );
  const two = line(
    'two or more of these at once',
    reads.filter(({ mischiefs }) => mischiefs.length > 1),
  );
  return [
    row(HEAD),
    row(['---', ...HEAD.slice(1).map((name) => (name === 'by the gates' ? '---' : '--:'))]),
    ...[...lines, honest, two, line('all', reads)].filter((cells) => cells[1] !== '0').map(row),
    '',
    worlds(results),
    '',
    keys(results),
    '',
    again(results),
    '',
    events(results),
  ].join('\n');
}

function isName(text: string): text is Mischief {
  return Object.hasOwn(MISCHIEFS, text);
}

function line(title: string, reads: readonly Read[]): string[] {
  const sum = (of: (verdict: Counts) => number): string =>
    String(reads.reduce((total, { verdict }) => total + of(verdict), 0));
  const gates = new Map<string, number>();
  for (const gate of reads.flatMap((read) => read.gates))
    gates.set(gate, (gates.get(gate) ?? 0) + 1);
  return [
    title,
    String(reads.length),
    String(reads.filter(({ end }) => end === 'done').length),
    String(reads.filter(({ end }) => end === 'held').length),
    [...gates].map(([gate, n]) => `${gate} ${String(n)}`).join(', '),
    String(reads.reduce((total, { told }) => total + told, 0)),
    sum(({ deactivated }) => deactivated),
    sum(({ twice }) => twice),
    sum(({ active }) => active),
    sum(({ mixed, nobody }) => mixed + nobody),
    sum(({ escaped }) => escaped),
    sum(({ strangers }) => strangers),
  ];
}

function worlds(results: readonly WorldResult[]): string {
  const lines = Object.entries(KINDS).map(([kind, title]) => {
    const own = results.filter((result) => result.kind === kind);
    const sum = (of: (result: WorldResult) => number): string =>
      String(own.reduce((total, result) => total + of(result), 0));
    const wrong = own.filter((result) => result.wrong.length > 0).length;
    return [
      title,
      String(own.length),
      sum(({ reads }) => reads.length),
      sum(({ dueRuns }) => dueRuns),
      sum(({ linked }) => linked),
      sum(({ resolved }) => resolved),
      String(wrong),
    ];
  });
  const head = [
    'worlds',
    'number',
    'reads',
    'due runs',
    'linked by hand',
    'resolve --renumbered',
    'wrong',
  ];
  return [row(head), row(['---', ...head.slice(1).map(() => '--:')]), ...lines.map(row)].join('\n');
}

const KEY_NAMES: Readonly<Record<Form['key'], string>> = {
  code: 'the code',
  email: 'the e-mail',
  login: 'the login',
  column: 'a column that is no field',
};

/** Lists by their key, and what is said of people without one. */
function keys(results: readonly WorldResult[]): string {
  const lists = results.filter(({ kind }) => kind === 'list');
  const lines = Object.entries(KEY_NAMES).map(([key, title]) => {
    const own = lists.filter((result) => result.key === key);
    const reads = own.flatMap((result) => result.reads);
    const named = reads.reduce((total, { numberless }) => total + numberless, 0);
    const numbers = [own.length, own.filter(({ bare }) => bare).length, reads.length, named];
    return [title, ...numbers.map(String)];
  });
  const head = [
    'key of the list',
    'worlds',
    'with people without one',
    'reads',
    'not in the file, without a number, and named',
  ];
  return [row(head), row(['---', ...head.slice(1).map(() => '--:')]), ...lines.map(row)].join('\n');
}

/** What came of files that were given once more after a rejection. */
function again(results: readonly WorldResult[]): string {
  const reads = results.flatMap((result) => result.reads);
  const of = (repeated: Read['repeated']): string =>
    String(reads.filter((read) => read.repeated === repeated).length);
  const partly = results.reduce((total, result) => total + result.partly, 0);
  return (
    `Held runs that were approved in part: ${String(partly)}. The same file after a rejection: ` +
    `${of('held')} on hold again, ${of('changed nothing rejected')} without anything that was rejected.`
  );
}

function events(results: readonly WorldResult[]): string {
  const names = Object.keys(EVENTS).filter((name): name is CompanyEvent =>
    Object.hasOwn(EVENTS, name),
  );
  const counts = names.map((name) => {
    const n = results.reduce((total, result) => total + (result.events[name] ?? 0), 0);
    return `${EVENTS[name]} ${String(n)}`;
  });
  return `Meanwhile: ${counts.join(', ')}.`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
