import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { rollcall } from './cli';
import type { Scenario } from './floor';
import { resetPeak, workerPeakMb, workerPid, type BenchStack } from './stack';

const execute = promisify(execFile);

/** Where the seconds of one command went, in the order of its work; they add up to the total. */
export const PHASES = [
  'start',
  'store file',
  'read',
  'plan',
  'apply',
  'finish',
  'hand-overs',
  'tell',
] as const;
export type Phase = (typeof PHASES)[number];

/** One command, measured from the start of its process to its end. */
export interface Measured {
  readonly seconds: number;
  readonly phases: Readonly<Record<Phase, number>>;
  readonly clientMb: number | null;
  readonly workerMb: number | null;
}

const document = z.object({
  runId: z.string(),
  state: z.string(),
  counts: z.object({
    rows: z.number(),
    created: z.number(),
    updated: z.number(),
    unchanged: z.number(),
  }),
});

/** Runs `rollcall import FILE --json` and checks that it did what the scenario says. */
export async function measureImport(
  stack: BenchStack,
  o: { readonly path: string; readonly scenario: Scenario; readonly people: number },
): Promise<Measured> {
  await stack.db.query('checkpoint');
  resetPeak(workerPid(stack.place.home));
  const ran = await rollcall(stack.place, ['import', o.path, '--json']);
  const workerMb = workerPeakMb(stack.place.home);
  if (ran.exit !== 0) {
    throw new Error(`rollcall import ended with ${String(ran.exit)}:\n${ran.stdout}${ran.stderr}`);
  }
  const run = document.parse(JSON.parse(ran.stdout));
  const { counts } = run;
  const good =
    run.state === 'done' &&
    counts.rows === o.people &&
    (o.scenario === 'create'
      ? counts.created === o.people
      : o.scenario === 'unchanged'
        ? counts.unchanged === o.people
        : counts.updated > 0 && counts.updated + counts.unchanged === o.people);
  if (!good) throw new Error(`${o.scenario} came to ${JSON.stringify(run)}`);
  return {
    seconds: ran.ms / 1000,
    phases: await phasesOf(stack, { runId: run.runId, from: ran.startedAt, ms: ran.ms }),
    clientMb: ran.peakMb,
    workerMb,
  };
}

/**
 * The phase of each activity. The other activities, and the time between them, count as hand-overs.
 */
const ACTIVITIES: Readonly<Record<string, Phase>> = {
  stageFile: 'read',
  readPages: 'read',
  buildPlan: 'plan',
  applySlices: 'apply',
  finishRun: 'finish',
};

const history = z.object({
  events: z.array(
    z.object({
      eventId: z.coerce.number(),
      eventTime: z.coerce.date(),
      eventType: z.string(),
      activityTaskScheduledEventAttributes: z
        .object({ activityType: z.object({ name: z.string() }) })
        .optional(),
      activityTaskStartedEventAttributes: z
        .object({ scheduledEventId: z.coerce.number() })
        .optional(),
      activityTaskCompletedEventAttributes: z
        .object({ scheduledEventId: z.coerce.number(), startedEventId: z.coerce.number() })
        .optional(),
    }),
  ),
});

/**
 * Where the time of a command went that ran an import or a sync, from its rows and its workflow's
 * history.
 */
export async function phasesOf(
  stack: BenchStack,
  o: { readonly runId: string; readonly from: number; readonly ms: number },
): Promise<Record<Phase, number>> {
  const { rows } = await stack.db.query<{ stored: Date; created: Date; workflow: string }>(
    `select coalesce(f.created_at, r.created_at) as stored, r.created_at as created, r.workflow_id as workflow
     from run r left join run_file f on f.id = r.file_id where r.id = $1`,
    [o.runId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`run ${o.runId} is gone`);
  const { events } = history.parse(await historyOf(stack, row.workflow));
  const phases = { ...NOTHING };
  const add = (phase: Phase, from: number, to: number): void => {
    phases[phase] += (to - from) / 1000;
  };
  const byId = new Map(events.map((event) => [event.eventId, event]));
  const ended = events.at(-1)?.eventTime.getTime() ?? 0;
  add('start', o.from, row.stored.getTime());
  add('store file', row.stored.getTime(), row.created.getTime());
  add('hand-overs', row.created.getTime(), ended);
  add('tell', ended, o.from + o.ms);
  for (const event of events) {
    const done = event.activityTaskCompletedEventAttributes;
    if (done === undefined) continue;
    const scheduled = byId.get(done.scheduledEventId)?.activityTaskScheduledEventAttributes;
    const phase = ACTIVITIES[scheduled?.activityType.name ?? ''];
    const started = byId.get(done.startedEventId)?.eventTime.getTime();
    if (phase === undefined || started === undefined) continue;
    add(phase, started, event.eventTime.getTime());
    add('hand-overs', event.eventTime.getTime(), started);
  }
  return phases;
}

/** No seconds in any phase. */
export const NOTHING: Readonly<Record<Phase, number>> = {
  start: 0,
  'store file': 0,
  read: 0,
  plan: 0,
  apply: 0,
  finish: 0,
  'hand-overs': 0,
  tell: 0,
};

async function historyOf({ file }: BenchStack, workflowId: string): Promise<unknown> {
  if (file.temporalCli === null) throw new Error('the stack has no Temporal of its own');
  const { stdout } = await execute(
    file.temporalCli,
    [
      ...['workflow', 'show', '--workflow-id', workflowId, '--output', 'json'],
      ...['--address', file.temporalAddress, '--namespace', file.temporalNamespace],
    ],
    { maxBuffer: 64 << 20 },
  );
  return JSON.parse(stdout);
}
