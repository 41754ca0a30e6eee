import { printable } from '../../domain/shown';
import type {
  SourceTrouble,
  Todo,
  TodoCampaign,
  TodoRun,
  TodoSource,
  TodoToken,
} from '../../domain/todo';
import { campaignGateText } from '../../wording/campaignGates';
import { campaignTroubleWords } from '../../wording/campaignTroubles';
import { verbatim } from '../../wording/called';
import { countedThings, gateText } from '../../wording/gates';
import { counted, people } from '../../wording/messages/words';
import { wordNext } from '../../wording/next';
import { count, minute } from '../output';
import { kindOf, ofText } from './run';

/** One part: its heading, and for each thing what it is and the command to go on with. */
interface Part {
  readonly heading: string;
  /** How many things there are beyond those that are listed. */
  readonly more: number;
  readonly things: readonly { readonly lines: readonly string[]; readonly next: string }[];
}

/** What waits for a person, the most urgent part first. */
export function todoText(todo: Todo): string {
  if (todo.count === 0) return 'Nothing waits for you.\n';
  return partsOf(todo)
    .filter(({ things, more }) => things.length + more > 0)
    .map(partText)
    .join('\n');
}

function partText({ heading, things, more }: Part): string {
  // One command that serves several things in a row stands below the last of them.
  const said = things.flatMap(({ lines, next }, i) => [
    ...lines.map((line, at) => `${at === 0 ? '  ' : '    '}${line}\n`),
    ...(things[i + 1]?.next === next ? [] : [`    ${next}\n`]),
  ]);
  const rest = more > 0 ? `  and ${count(more)} more: rollcall todo --limit 1000\n` : '';
  return `${heading}\n${said.join('')}${rest}`;
}

function partsOf(todo: Todo): Part[] {
  const { held, campaigns, sources, failed, waiting, tokens, planned } = todo;
  return [
    {
      heading: `On hold: ${runs(held.count)}`,
      more: held.count - held.runs.length,
      things: held.runs.map((run) => ({
        lines: [
          `${about(run)}${behind(run.blocks)}`,
          ...run.held.map((gate) => `${gate.gate}: ${gateText(gate, run.subject)}`),
        ],
        next: wordNext(run.next),
      })),
    },
    {
      heading: `Campaigns that wait: ${count(campaigns.count)}`,
      more: campaigns.count - campaigns.campaigns.length,
      things: campaigns.campaigns.map((campaign) => ({
        lines: campaignLines(campaign),
        next: wordNext(campaign.next),
      })),
    },
    {
      heading: `Sources in trouble: ${count(sources.count)}`,
      more: sources.count - sources.sources.length,
      things: sources.sources.map((source) => ({
        lines: [sourceLine(source)],
        next: wordNext(source.next),
      })),
    },
    {
      heading: `Failed: ${runs(failed.count)}`,
      more: failed.count - failed.runs.length,
      things: failed.runs.map((run) => ({
        lines: [about(run), printable(run.message)],
        next: wordNext(run.next),
      })),
    },
    ...rowParts(todo),
    {
      heading: `Waiting for long: ${runs(waiting.count)}`,
      more: waiting.count - waiting.runs.length,
      things: waiting.runs.map((run) => ({
        lines: [
          `${about(run)}, ${run.state}`,
          ...(run.reason === null ? [] : [printable(run.reason)]),
        ],
        next: wordNext(run.next),
      })),
    },
    {
      heading: `Tokens that end soon: ${count(tokens.count)}`,
      more: tokens.count - tokens.tokens.length,
      things: tokens.tokens.map((token) => ({
        lines: [tokenLine(token)],
        next: wordNext(token.next),
      })),
    },
    {
      heading: `Dry runs that were not applied: ${count(planned.count)} (to drop one: rollcall runs reject RUN)`,
      more: planned.count - planned.runs.length,
      things: planned.runs.map((run) => ({
        lines: [`${about(run)}: ${countedThings(run.changes, run.subject)} would be changed`],
        next: wordNext(run.next),
      })),
    },
  ];
}

/** `rc_3f9a01bc (nightly sync) of ida ends 2026-12-05 10:00 UTC` */
function tokenLine({ prefix, name, admin, expiresAt }: TodoToken): string {
  const what = name === '' ? prefix : `${prefix} (${name})`;
  return `${verbatim(printable(`${what} of ${admin}`))} ends ${minute(expiresAt)} UTC`;
}

/** `Welcome to 1,200 people, on hold since 2026-12-05 10:00 UTC`, and why. */
function campaignLines(campaign: TodoCampaign): string[] {
  const { what, recipients, state, since, held, code, unknown } = campaign;
  const name = verbatim(printable(what === '' ? 'a campaign' : what));
  const stands = state === 'held' ? 'on hold' : state;
  return [
    `${name} to ${people(recipients)}, ${stands} since ${minute(since)} UTC`,
    ...(state === 'held' ? held.map((gate) => `${gate.gate}: ${campaignGateText(gate)}`) : []),
    ...(code === null ? [] : [`${campaignTroubleWords(code)} (${printable(code)})`]),
    ...(unknown === 0
      ? []
      : [`${counted(unknown, 'letter', 'letters')} may or may not have arrived`]),
  ];
}

/** Conflicts, and rows in error. */
function rowParts({ conflicts, failedRows }: Todo): Part[] {
  const listed = failedRows.runs.reduce((sum, { rows }) => sum + rows, 0);
  return [
    {
      heading: `Open conflicts: ${count(conflicts.count)}`,
      more: conflicts.count - conflicts.conflicts.length,
      things: conflicts.conflicts.map(({ line, message, next, ...of }) => ({
        lines: [
          `${place(of)}${line === null ? '' : `, line ${String(line)}`}: ${printable(message)}`,
        ],
        next: wordNext(next),
      })),
    },
    {
      heading: `Rows in error that were not imported again: ${count(failedRows.count)}`,
      more: failedRows.count - listed,
      things: failedRows.runs.map((run) => ({
        lines: [`${about(run)}: ${count(run.rows)} ${run.rows === 1 ? 'row' : 'rows'}`],
        next: wordNext(run.next),
      })),
    },
  ];
}

/** `import of hr, staff.csv, since 2026-11-30 07:10 UTC` */
function about(run: TodoRun): string {
  const { undoOf, since } = run;
  const what = undoOf === null ? kindText(run) : `undo of run ${undoOf}`;
  return `${what}, since ${minute(since)} UTC`;
}

function kindText(run: TodoRun): string {
  const { kind, file } = run;
  if (file === null) return `${kindOf(run)} ${verbatim(ofText(run))}`;
  return kind === 'merge' ? `merge of ${verbatim(printable(file))}` : `${kind} of ${place(run)}`;
}

/** Records and merges have slots, and come from no source. */
function place({
  subject,
  source: slot,
  file,
}: Pick<TodoRun, 'subject' | 'source' | 'file'>): string {
  const source = subject === 'users' ? slot : subject;
  return verbatim(printable(file === null ? source : `${source}, ${file}`));
}

function behind(blocks: number): string {
  if (blocks === 0) return '';
  return `; ${runs(blocks)} ${blocks === 1 ? 'waits' : 'wait'} behind it`;
}

const TROUBLES = {
  disabled: 'stopped for good',
  quarantined: 'stopped',
  overdue: 'overdue: not read',
  blocked: 'blocked by a run on hold',
} as const satisfies Record<SourceTrouble, string>;

function sourceLine(source: TodoSource): string {
  const { name, trouble, since, message, nextTryAt, skipped } = source;
  const more = [
    ...(skipped === 0 ? [] : [`${count(skipped)} ${skipped === 1 ? 'sync' : 'syncs'} skipped`]),
    ...(nextTryAt === null ? [] : [`next try ${minute(nextTryAt)} UTC`]),
  ];
  const why = message === null ? '' : `. ${printable(message)}`;
  const tail = more.length === 0 ? '' : `, ${more.join(', ')}`;
  return `${verbatim(printable(name))}: ${TROUBLES[trouble]} since ${minute(since)} UTC${tail}${why}`;
}

function runs(n: number): string {
  return `${count(n)} ${n === 1 ? 'run' : 'runs'}`;
}
