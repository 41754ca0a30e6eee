import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { TestStack } from '../support/stack';
import { temporalOf } from '../support/privacy/traces';
import { ask, printJson } from './client';

const KIND = defineSearchAttributeKey('RollcallKind', 'KEYWORD');
const stack = new TestStack();
const json = (...args: readonly string[]) => printJson(stack, ...args);
const folder = mkdtempSync(join(tmpdir(), 'rollcall-merge-'));
const state: {
  workflow?: (id: string) => Promise<{ type: string; kind: unknown }>;
  close?: () => Promise<void>;
} = {};

beforeAll(async () => {
  const status = await stack.up();
  const temporal = await temporalOf(status);
  const client = new Client({ connection: temporal });
  state.close = () => temporal.close();
  state.workflow = async (runId) => {
    const [run] = await ask<{ id: string }>(
      status.databaseUrl ?? '',
      `select workflow_id as id from run where id = '${runId}'`,
    );
    const found = await client.workflow.getHandle(run?.id ?? '').describe();
    return { type: found.type, kind: found.typedSearchAttributes.get(KIND) };
  };
  for (const code of ['S-1', 'R-1', 'S-2', 'R-2', 'S-3', 'R-3']) {
    await json('users', 'create', '--code', code, '--first-name', 'Anna', '--phone', code);
  }
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await state.close?.();
  await stack.remove();
}, 60_000);

test('a merge is looked at, refused after a change, and merged as it was shown', async () => {
  const shown = await json('users', 'merge', 'S-1', 'R-1', '--dry-run');
  const hash = String(shown.document['shown']);
  await json('users', 'edit', 'R-1', '--department', 'Law');

  const late = await json('users', 'merge', 'S-1', 'R-1', '--as-shown', hash);
  const again = await json('users', 'merge', 'S-1', 'R-1', '--dry-run');
  const done = await json(
    'users',
    'merge',
    'S-1',
    'R-1',
    '--as-shown',
    String(again.document['shown']),
  );
  const list = await json('merges', 'list', '--user', 'R-1');

  expect(shown).toMatchObject({
    exit: 0,
    document: {
      kind: 'merge',
      state: 'planned',
      merge: { survivor: { code: 'S-1' }, redundant: { code: 'R-1' } },
      next: `rollcall users merge S-1 R-1 --as-shown ${hash}`,
    },
  });
  expect(late).toMatchObject({ exit: 3, document: { counts: { conflict: 1, updated: 0 } } });
  expect(done).toMatchObject({ exit: 0, document: { state: 'done', counts: { updated: 1 } } });
  expect(list.document).toMatchObject({
    merges: [{ mergeId: done.document['mergeId'], state: 'merged', runId: done.document['runId'] }],
  });
  expect((await json('users', 'show', 'R-1')).document).toMatchObject({ status: 'merged' });
  expect(await state.workflow?.(String(done.document['runId']))).toEqual({
    type: 'mergeUsers',
    kind: 'merge',
  });
});

test('a merge that nobody looked at before names both people', async () => {
  const { exit, stdout } = await stack.run('users', 'merge', 'S-3', 'R-3', '--yes');

  expect({ exit, first: stdout.split('\n')[0] }).toEqual({
    exit: 0,
    first: 'Anna (R-3) was merged into Anna (S-3), who stays.',
  });
});

test('a file merges the pairs that go on, and the others come back as a file', async () => {
  const [pairs, failed] = [join(folder, 'pairs.csv'), join(folder, 'failed.csv')];
  writeFileSync(pairs, 'survivor,redundant,take\nS-2,R-2,\nS-1,NOBODY,\nS-1,,phone=redundant\n');

  const { exit, document } = await json('merges', 'import', pairs, '--expect', '1');
  const report = await stack.run(
    'runs',
    'report',
    String(document['runId']),
    '--failed-rows',
    failed,
  );

  expect({ exit, document }).toMatchObject({
    exit: 3,
    document: { state: 'done', file: 'pairs.csv', counts: { rows: 3, updated: 1, error: 2 } },
  });
  expect(report.exit).toBe(0);
  const retry = String(document['runId']);
  // The command that is printed is one that there is.
  expect(report.stdout.trimEnd()).toMatch(new RegExp(` merges import \\S+ --retry-of ${retry}$`));
  const again = await json('merges', 'import', failed, '--retry-of', retry, '--dry-run');
  expect(again.document).toMatchObject({ retryOf: retry, counts: { rows: 2, error: 2 } });
});
