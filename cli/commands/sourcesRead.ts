import type { Command } from 'commander';
import { EXITS, exitOfRows, type ExitCode } from '../../domain/exits';
import { timesText } from '../../domain/sources/syncSchedule';
import { scheduleNotes } from '../../wording/schedules';
import type { ScheduledSource } from '../../operations/sources/pauseSource';
import { action, examples, type Answer, type Call } from '../command';
import { usage } from '../failure';
import type { Io } from '../output';
import { previewText, readPersonText, testText, zonedTime } from '../text/source';
import { followRun, waitOptions } from '../wait';

/** `rollcall sources test`, `sync`, `schedule`, `pause`, `resume` */
export function registerReadingCommands(sources: Command, io: Io): void {
  examples(
    sources
      .command('test <name>')
      .description('read the first people and say what is wrong; stores nothing')
      .option('--only <id>', 'ask for one person, by their id in that system')
      .option('--people <n>', 'show this many people (default 5)')
      .action(action(io, test)),
    'rollcall sources test hr',
    'rollcall sources test hr --only 10042',
  );
  examples(
    waitOptions(
      sources
        .command('sync <name>')
        .description('read the source now and update the users')
        .option('--dry-run', 'make the plan and show it; `runs apply` carries out that very plan')
        .option('--full', 'read everybody, even where reading the changes would be enough')
        .option(
          '--only <id>',
          'show one person step by step: read, mapped, matched, planned; changes nothing',
        )
        .option('--replace-held', 'reject the run on hold that is in the way, and read again')
        .action(action(io, sync)),
    ),
    'rollcall sources sync hr --dry-run',
    'rollcall sources sync hr --full',
    'rollcall sources sync hr --only 10042',
  );
  examples(
    sources
      .command('schedule <name>')
      .description(
        'set when the source is read; without options, send its schedule to Temporal again',
      )
      .option('--daily <time>', 'every day at this time, such as 02:00')
      .option('--weekdays <days>', 'only on these days of --daily: mon-fri, or mon,thu')
      .option('--every <time>', 'again and again, such as 30m, 1h, 1d')
      .option('--cron <expression>', 'minute, hour, day of the month, month, day of the week')
      .option(
        '--time-zone <zone>',
        'time zone of --daily and --cron, such as Europe/Vienna (default: for --daily that of the source, else UTC)',
      )
      .option('--jitter <time>', 'start at a random moment within this time')
      .option(
        '--full-every <time>',
        'read everybody this often, and only the changes in between (default 24h)',
      )
      .option('--off', 'no schedule: read it only by hand')
      .action(action(io, schedule)),
    'rollcall sources schedule hr --daily 02:00 --time-zone Europe/Vienna',
    'rollcall sources schedule hr --daily 06:30 --weekdays mon-fri',
    'rollcall sources schedule hr --every 1h --jitter 5m        # each hour, within five minutes',
    'rollcall sources schedule hr --every 15m --full-every 24h  # the changes; everybody once a day',
    'rollcall sources schedule hr --cron "0 5 1 * *"            # at 05:00 on the first of each month',
    'rollcall sources schedule hr                               # after Temporal was away: send the schedule again',
    'rollcall sources schedule hr --off',
  );
  examples(
    sources
      .command('pause <name>')
      .description('start no more syncs; one that is under way is finished')
      .action(action(io, (call) => turn(call, 'pause'))),
    'rollcall sources pause hr',
  );
  examples(
    sources
      .command('resume <name>')
      .description('read it again after a pause, or after it was stopped')
      .action(action(io, (call) => turn(call, 'resume'))),
    'rollcall sources resume hr',
  );
}

async function test(call: Call): Promise<Answer> {
  const name = call.args[0] ?? '';
  const externalId = call.options.text('only');
  const people = call.options.number('people', 1);
  const { sources } = await call.rollcall();
  if (externalId !== undefined) {
    const document = await sources.testOne({ name, externalId });
    return { document, text: readPersonText(document), exit: personExit(document) };
  }
  const document = await sources.test({ name, ...(people === undefined ? {} : { people }) });
  return { document, text: testText(document), exit: exitOfRows(document.faulty) };
}

async function sync(call: Call): Promise<Answer> {
  const name = call.args[0] ?? '';
  const { options } = call;
  const externalId = options.text('only');
  const flags = {
    dryRun: options.flag('dryRun'),
    full: options.flag('full'),
    replaceHeld: options.flag('replaceHeld'),
  };
  if (externalId !== undefined && (flags.full || flags.replaceHeld)) {
    throw usage('--only shows one person and writes nothing: leave out --full and --replace-held.');
  }
  const { sources } = await call.rollcall();
  if (externalId !== undefined) {
    const document = await sources.preview({ name, externalId });
    return { document, text: previewText(document), exit: personExit(document) };
  }
  const { runId } = await sources.sync({ name, ...flags });
  return followRun(call, runId);
}

/** The exit code that a run of that one person would have. */
function personExit(person: {
  readonly mapped: { readonly faults: readonly unknown[] } | null;
  readonly planned?: { readonly action: string } | null;
}): ExitCode {
  if (person.mapped === null) return EXITS.notFound.code;
  const conflicts = person.planned?.action === 'conflict' ? 1 : 0;
  return exitOfRows(person.mapped.faults.length + conflicts);
}

async function schedule(call: Call): Promise<Answer> {
  const { sources } = await call.rollcall();
  const times = call.options.texts(
    ...(['every', 'daily', 'weekdays', 'cron', 'timeZone', 'jitter', 'fullEvery'] as const),
  );
  const off = call.options.flag('off');
  const source = await sources.schedule({ name: call.args[0] ?? '', times, off });
  const at = zonedTime(source.nextSyncAt, source.schedule?.timeZone);
  const next = at === '' ? '' : `; next: ${at}`;
  return standing(source, next, { nextSyncAt: source.nextSyncAt });
}

async function turn(call: Call, verb: 'pause' | 'resume'): Promise<Answer> {
  const { sources } = await call.rollcall();
  return standing(await sources[verb](call.args[0] ?? ''), '', {});
}

function standing(source: ScheduledSource, next: string, more: object): Answer {
  const { name, schedule: times, paused } = source;
  const when = times === null ? 'by hand only' : timesText(times);
  const notes = times === null ? [] : scheduleNotes(times, new Date());
  return {
    document: { name, schedule: times, paused, ...more },
    text: [`${name}  ${paused ? 'paused' : 'ready'}  ${when}${next}`, ...notes, ''].join('\n'),
  };
}
