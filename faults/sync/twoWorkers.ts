import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kill } from '../rig';
import type { BegunSync, SyncRig } from './syncRig';

/**
 * Two workers: the one that reads is stopped until the other one has read, applied and ended the sync,
 * and then wakes in the middle of its page. Returns what was wrong.
 */
export async function stoppedReader(sync: SyncRig): Promise<string[]> {
  const second = await secondWorker(sync);
  const stopped: Reader = { pid: 0, attempt: 0 };
  try {
    const struck = sync.strikeAt(Math.ceil(sync.pages() / 2), async () => {
      Object.assign(stopped, await readerOf(sync));
      kill(stopped.pid, 'SIGSTOP');
    });
    const run = await sync.begin();
    const wrong = await sync.judge(run);
    if (!struck() || stopped.pid === 0) return [...wrong, 'nobody was stopped amid the read'];
    const before = await sync.written();
    kill(stopped.pid, 'SIGCONT');
    const ended = await endedStep({ sync, second, run, stopped });
    const after = await sync.written();
    if (ended !== 'activity not done') wrong.push(`the step of the worker that woke: ${ended}`);
    if (after !== before) wrong.push(`the worker that woke wrote: ${before} became ${after}`);
    return [...wrong, ...(await sync.differences())];
  } finally {
    if (stopped.pid !== 0) kill(stopped.pid, 'SIGCONT');
    await second.stop();
    await sync.rig.ready();
  }
}

/** Two clients ask for a sync of one source at once. Returns what was wrong. */
export async function twoClients(sync: SyncRig): Promise<string[]> {
  const known = await sync.rig.sql<{ id: string }>('select id from run');
  sync.fake.behave();
  const both = await Promise.all([sync.command(), sync.command()]);
  const [refused, done] = [...both].sort((a, b) => (b.exit ?? 0) - (a.exit ?? 0));
  const wrong: string[] = [];
  if (done?.exit !== 0) wrong.push(`neither sync was done: ${String(done?.stdout)}`);
  if (refused?.exit !== 1 || !refused.stdout.includes('"sync_under_way"')) {
    wrong.push(`the other one was not refused: ${String(refused?.stdout)}`);
  }
  const runs = await sync.rig.sql<BegunSync>(
    `select id as "runId", workflow_id as "workflowId" from run where id <> all ($1::uuid[])`,
    { values: [known.map(({ id }) => id)] },
  );
  if (runs.length !== 1) wrong.push(`${String(runs.length)} runs were recorded`);
  for (const run of runs) wrong.push(...(await sync.judge(run)));
  return [...wrong, ...(await sync.differences())];
}

interface SecondWorker {
  readonly log: () => string;
  stop(): Promise<void>;
}

/** Starts a worker beside the stack's own; it polls. */
async function secondWorker({ rig }: SyncRig): Promise<SecondWorker> {
  const { child, ended } = rig.begin('worker');
  const said = { text: '' };
  child.stderr?.on('data', (data: Buffer) => (said.text += data.toString()));
  const worker: SecondWorker = {
    log: () => said.text,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
  await until(() => (said.text.includes('worker polls') ? true : undefined)).catch(
    async (error: unknown) => {
      await worker.stop();
      throw error;
    },
  );
  return worker;
}

/** The process of the worker that reads, and the attempt of the step that it makes. */
interface Reader {
  pid: number;
  attempt: number;
}

/** The worker that has the step of the newest sync. */
async function readerOf({ rig }: SyncRig): Promise<Reader> {
  const [run] = await rig.sql<{ workflowId: string }>(
    `select workflow_id as "workflowId" from run order by id desc limit 1`,
  );
  const { raw } = await rig.temporal((client) =>
    client.workflow.getHandle(run?.workflowId ?? '').describe(),
  );
  const step = raw.pendingActivities?.[0];
  return {
    pid: Number.parseInt(step?.lastWorkerIdentity ?? '0', 10),
    attempt: step?.attempt ?? 0,
  };
}

/**
 * What a worker's log says about the end of the attempt during which it was stopped. A stopped worker still
 * has its polls open: Temporal may also give it the next attempt, which it begins when it wakes and finds
 * done.
 */
async function endedStep(o: {
  readonly sync: SyncRig;
  readonly second: SecondWorker;
  readonly run: BegunSync;
  readonly stopped: Readonly<Reader>;
}): Promise<string> {
  const own = join(o.sync.rig.place.home, 'logs', 'worker.log');
  return until(() => {
    const lines = `${readFileSync(own, 'utf8')}\n${o.second.log()}`.split('\n');
    const ends = lines.filter(
      (line) =>
        line.includes(`"pid":${String(o.stopped.pid)},`) &&
        line.includes(`"attempt":${String(o.stopped.attempt)},`) &&
        line.includes(`"workflowId":"${o.run.workflowId}"`) &&
        line.includes('"activity":"readPages"'),
    );
    return /"msg":"(activity [^"]*)"/.exec(
      ends.find((line) => line.includes('"msg":"activity')) ?? '',
    )?.[1];
  });
}

async function until<T>(ask: () => T | undefined): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const answer = ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error('it did not happen within 60 seconds');
    await sleep(100);
  }
}
