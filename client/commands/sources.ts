import type { Command } from 'commander';
import { action, examples, type Answer, type Call } from '../command';
import { table, type Io } from '../output';

/** `rollcall sources …` */
export function registerSourcesCommands(program: Command, io: Io): void {
  const sources = program.command('sources').description('where people come from');
  examples(sources, 'rollcall sources list');
  examples(
    sources
      .command('list')
      .description('all of them: last run, what blocks them, active people linked')
      .action(action(io, list)),
    'rollcall sources list',
  );
}

async function list(call: Call): Promise<Answer> {
  const { listSources } = await import('../../operations/sources.js');
  const sources = await listSources(await call.context());
  const text = table(
    ['name', 'kind', 'active people', 'last run', 'state', 'at (UTC)', ''],
    sources.map(({ name, kind, activePeople, lastRun, blockedBy }) => [
      name,
      kind,
      activePeople,
      lastRun?.runId ?? null,
      lastRun?.state ?? null,
      minute(lastRun?.createdAt),
      blockedBy === null
        ? null
        : `blocked by ${blockedBy.runId} since ${minute(blockedBy.since)} UTC`,
    ]),
  );
  const blocking = [...new Set(sources.flatMap(({ blockedBy }) => blockedBy?.runId ?? []))];
  const next = blocking.map((runId) => `next: rollcall runs show ${runId}\n`).join('');
  return { document: { sources, next: null }, text: text + next };
}

function minute(at: string | undefined): string {
  return at?.slice(0, 16).replace('T', ' ') ?? '';
}
