import type { Config } from '../../config/env';
import type { CheckedColumn, CheckedFault } from '../../connectors/csv/check';
import type { RunMessage } from '../../domain/runs/runDocument';
import type { CheckRules } from '../../operations/runs/checks';
import type { ImportRequest } from '../../operations/runs/imports';
import { listOptionTexts, type OptionTexts } from '../../domain/sources/listOptions';
import { DEFAULT_TIME_ZONE, daysAt } from '../../domain/zones';
import { formatsOf } from '../../domain/files/dateForms';
import { wordRowFault } from '../../wording/messages';
import { statusMeaning } from '../../wording/rowFaults';
import { openFile, pipedFile, rereadable, type FileStream, type OpenFile } from './file';
import { importCommand } from './importCommand';
import { worded } from '../words';

/** A file to check, with the options that its import would have: a path, or a stream. */
export interface CheckImport extends ImportRequest {
  readonly file: string | FileStream;
}

/** What is not judged without a database. */
export type NotJudged = 'organizations' | 'properties' | 'mappings';

/** Equal faults of rows, with their sentence. */
export interface FileFault extends Omit<CheckedFault, 'first'> {
  readonly message: string;
}

/** What an import of a file would find, before anything of it is stored or compared. */
export interface FileCheck {
  /** The path as it was given; `stdin` for a stream. */
  readonly file: string;
  readonly encoding: string;
  readonly delimiter: string;
  readonly quoting: string;
  /** Physical line of the header. */
  readonly headerLine: number;
  readonly columns: readonly CheckedColumn[];
  readonly rows: number;
  /** The most frequent first. An import leaves out the rows that have one. */
  readonly faults: readonly FileFault[];
  /** Words that mean nothing and that fill most rows of a column. */
  readonly wordsForNothing: readonly {
    readonly column: string;
    readonly word: string;
    readonly count: number;
  }[];
  /** Rows whose number an earlier row has: equal rows are one to an import, others conflicts. */
  readonly repeatedNumbers: {
    readonly rows: number;
    readonly first: { readonly value: string; readonly lines: readonly number[] } | null;
  };
  /** Rows whose manager has no row in the file: an import looks them up among the users. */
  readonly managersElsewhere: {
    readonly rows: number;
    readonly first: { readonly value: string; readonly line: number } | null;
  };
  /**
   * The command that imports the file with the same options; where other options may mend its faults,
   * or leave out words for nothing, the command that checks it with them.
   */
  readonly command: string;
  /** The same with other options, where several may be meant. */
  readonly otherCommands: readonly string[];
  /** About the file in general, such as columns that are passed over. */
  readonly messages: readonly RunMessage[];
  readonly notJudged: readonly NotJudged[];
  /** Saved mappings that could not be read. */
  readonly unreadMappings: readonly string[];
  /** Options that the list keeps and that were not given, as the command line takes them. */
  readonly fromList: OptionTexts;
}

interface CheckWith {
  readonly rules: CheckRules;
  readonly limits: Config['limits'];
  /** Where the days of people begin; UTC by default. */
  readonly timeZone?: string | undefined;
}

/** Reads a file to its end and stores nothing. Faults: `usage`, `refused_file`, `not_found`. */
export async function checkFile(
  { file: from, ...request }: CheckImport,
  o: CheckWith,
): Promise<FileCheck> {
  const { maxFileBytes } = o.limits;
  const given =
    typeof from === 'string' ? await openFile(from, maxFileBytes) : pipedFile(from, maxFileBytes);
  // A file is read twice to see whether it is UTF-8 throughout, and how its days are written.
  const { encoding, dateFormat } = o.rules.options;
  const once = encoding === undefined && dateFormat !== undefined;
  const file = once ? given : await rereadable(given);
  try {
    const path = typeof from === 'string' ? from : '-';
    const checked = await found(file, o);
    const cures = curesOf(request, checked).map((cure) => `${importCommand(path, cure)} --check`);
    const [command = importCommand(path, request), ...otherCommands] = cures;
    return {
      file: typeof from === 'string' ? from : file.name,
      ...checked,
      ...{ command, otherCommands },
      notJudged: o.rules.organizations === null ? NEEDS_STORE : [],
      unreadMappings: o.rules.unreadMappings,
      fromList: listOptionTexts({ ...o.rules.options }).used,
    };
  } finally {
    await file.close();
  }
}

/**
 * The request with the options that may mend faults of rows and words that are read as values; one for
 * each meaning of dates.
 */
function curesOf(
  request: ImportRequest,
  { faults, wordsForNothing }: Pick<FileCheck, 'faults' | 'wordsForNothing'>,
): readonly ImportRequest[] {
  const of = (code: string): readonly string[] =>
    faults.filter((fault) => fault.code === code).flatMap(({ value }) => value ?? []);
  const meanings = of('unknown_status').map((word) => statusMeaning(word));
  const map = meanings.length === 0 ? [] : [...(request.map ?? []), meanings.join(',')];
  const escape = faults.some(({ message }) => message.includes('--escape backslash'));
  const formats = new Set(of('bad_date').flatMap(formatsOf));
  const words = new Map(wordsForNothing.map(({ word }) => [word.toLowerCase(), word]));
  if (map.length === 0 && !escape && formats.size === 0 && words.size === 0) return [];
  const cure: ImportRequest = {
    ...request,
    ...(map.length === 0 ? {} : { map }),
    ...(escape ? { escape: 'backslash' } : {}),
    ...(words.size === 0 ? {} : { nullWords: [...(request.nullWords ?? []), ...words.values()] }),
  };
  if (formats.size === 0) return [cure];
  return [...formats].map((dateFormat) => ({ ...cure, dateFormat }));
}

type Found = Omit<
  FileCheck,
  'file' | 'command' | 'otherCommands' | 'notJudged' | 'unreadMappings' | 'fromList'
>;

async function found(
  { name, chunks, reread }: OpenFile,
  { rules, limits, timeZone = DEFAULT_TIME_ZONE }: CheckWith,
): Promise<Found> {
  const { checkCsv } = await import('../../connectors/csv/check.js');
  const { options, organizations, properties } = rules;
  const { faults, messages, wordsForNothing, ...checked } = await checkCsv({
    ...{ name, chunks, options, organizations, properties, limits },
    ...(reread === undefined ? {} : { reread }),
    undeclared: organizations === null,
    days: daysAt(new Date(), timeZone),
  });
  return {
    ...checked,
    faults: faults.map(({ first, ...fault }) => ({ ...fault, message: wordRowFault(first) })),
    wordsForNothing: wordsForNothing.flatMap(({ header, words }) =>
      words.map(([word, count]) => ({ column: header, word, count })),
    ),
    messages: messages.map((message) => worded({ ...message, message: null, settled: null })),
  };
}

const NEEDS_STORE: readonly NotJudged[] = ['organizations', 'properties', 'mappings'];
