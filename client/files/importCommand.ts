import { quoted } from '../../domain/shown';
import { keyText } from '../../domain/files/listKey';
import { LIST_OPTIONS } from '../../domain/sources/listOptions';
import { twoRowsText } from '../../domain/runs/runOptions';
import type { ImportRequest } from '../../operations/runs/imports';

/** The command that imports a file with the options of a request; `-`: from standard input. */
export function importCommand(file: string, request: ImportRequest): string {
  const { source, dryRun, missing, partial, blank, create, update, ...others } = request;
  const {
    map = [],
    ignoreUnknown,
    twoRows,
    delimiter,
    encoding,
    dateFormat,
    nullWords,
    ...more
  } = others;
  const {
    headerLine,
    escape,
    days,
    key,
    gates = {},
    reason,
    retryOf,
    createSource,
    without = [],
    ...rest
  } = more;
  // An option that is not written below does not compile.
  const none: Readonly<Record<string, never>> = rest;
  const words = [
    ...option('source', source),
    ...flag('dry-run', dryRun),
    ...option('missing', missing),
    ...flag('partial', partial),
    ...option('blank', blank),
    ...option('create', create === undefined ? undefined : create ? 'on' : 'off'),
    ...option('update', update),
    ...map.flatMap((entry) => option('map', entry)),
    ...flag('ignore-unknown', ignoreUnknown),
    ...option('key', key === undefined ? undefined : keyText(key)),
    ...option('two-rows', twoRows === undefined ? undefined : twoRowsText(twoRows)),
    ...option('delimiter', delimiter),
    ...option('encoding', encoding),
    ...option('header-line', headerLine === undefined ? undefined : String(headerLine)),
    ...option('escape', escape),
    ...option('date-format', dateFormat),
    ...option('null', nullWords?.join(',')),
    ...option('days', days),
    ...Object.entries(gates).flatMap(([gate, n]) => option('gate', `${gate}=${String(n)}`)),
    ...option('reason', reason),
    ...without.map((name) => `--no-${LIST_OPTIONS[name]}`),
    ...option('retry-of', retryOf),
    ...flag('yes', createSource),
    ...Object.keys(none),
  ];
  return ['rollcall import', quoted(operand(file)), ...words].join(' ');
}

function option(name: string, value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  // With = in between, a value may begin with a dash.
  return [`--${name}${value.startsWith('-') ? '=' : ' '}${quoted(value)}`];
}

function flag(name: string, value: boolean | undefined): readonly string[] {
  return value === true ? [`--${name}`] : [];
}

/** A file with the name of an option or of a subcommand is named by its folder. */
function operand(file: string): string {
  return /^-./.test(file) || file === 'columns' || file === 'template' ? `./${file}` : file;
}
