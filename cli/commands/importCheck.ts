import type { CheckImport, FileCheck } from '../../client/files/checks';
import type { StartImport } from '../../client/imports';
import { exitOfRows } from '../../domain/exits';
import { Fault } from '../../domain/faults';
import { listed, quoted } from '../../domain/shown';
import { optionWords } from '../../domain/sources/listOptions';
import type { Call } from '../command';
import { namingOwnCommand } from '../ownCommand';
import { checkText } from '../text/check';

/** `rollcall import FILE --check`: exit 3 when rows have faults. */
export async function checkImport(
  call: Call,
  request: Omit<StartImport, 'createSource'> & { readonly file: string },
) {
  const input = {
    ...request,
    ...(call.options.flag('yes') ? { createSource: true } : {}),
    file: request.file === '-' ? call.io.stdin : request.file,
  };
  const unused = UNUSED.filter(({ name }) => isGiven(call, name)).map(({ option }) => option);
  if (unused.length > 0) {
    call.note(`Not part of a check, but kept for the import: ${unused.join(', ')}.`);
  }
  const { imports, away } = await importsOf(call);
  if (away !== null) call.note(notJudged(away));
  const check = await namingOwnCommand(call, () => imports.check(input));
  if (check.unreadMappings.length > 0) {
    const names = listed(check.unreadMappings, 5);
    call.note(`Without the saved mapping ${names}, columns that are not known are passed over.`);
  }
  if (request.source !== undefined && Object.keys(check.fromList).length > 0) {
    call.note(`Kept with the list ${request.source}: ${optionWords(check.fromList, quoted)}`);
  }
  const command = call.called(check.command);
  const otherCommands = check.otherCommands.map((other) => call.called(other));
  return {
    exit: exitOfRows(check.faults.length),
    document: documentOf({ ...check, command, otherCommands }),
    text: checkText(check),
  };
}

/** Options that change what an import does with its rows, not how they are read. */
const UNUSED = [
  { name: 'dryRun', option: '--dry-run' },
  { name: 'missing', option: '--missing' },
  { name: 'create', option: '--create' },
  { name: 'update', option: '--update' },
  { name: 'gate', option: '--gate' },
  { name: 'reason', option: '--reason' },
] as const;

function isGiven({ options }: Call, name: string): boolean {
  return options.flag(name) || options.text(name) !== undefined || options.list(name).length > 0;
}

/** The imports of the database, or those without one. `away`: why no database is asked. */
async function importsOf(call: Call): Promise<{
  readonly imports: { check: (input: CheckImport) => Promise<FileCheck> };
  readonly away: Fault | null;
}> {
  try {
    return { imports: (await call.rollcall()).imports, away: null };
  } catch (error) {
    const isAway =
      error instanceof Fault &&
      (['unavailable', 'schema'].includes(error.kind) || error.code === 'token_needed');
    if (!isAway) throw error;
    const { Rollcall } = await import('../../client/rollcall.js');
    return { imports: (await Rollcall.offline()).imports, away: error };
  }
}

function notJudged(away: Fault): string {
  const why = away.code === 'nothing_up' ? 'Nothing is up' : away.message.replace(/\.$/, '');
  return `${why}: organizations, properties and saved mappings are not judged.`;
}

function documentOf(check: FileCheck) {
  const { file, encoding, delimiter, quoting, headerLine, columns, rows, wordsForNothing } = check;
  const faults = check.faults.map(({ code, column, value, count, lines }) => ({
    ...{ code, column, value, count, lines },
  }));
  return {
    ...{ file, encoding, delimiter, quoting, headerLine, columns, rows, faults, wordsForNothing },
    managersElsewhere: check.managersElsewhere,
    command: check.command,
    otherCommands: check.otherCommands,
  };
}
