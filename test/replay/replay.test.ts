import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../support/bundle';
import { timeSkipping } from '../support/temporal';
import { quiet } from '../workflows/harness';
import { HISTORIES, recordAll, TYPES } from './record';
import { SCENARIOS } from './scenarios';

quiet();

// ROLLCALL_RECORD=1 npx jest test/replay: records again, then replays what was recorded. With the
// name
// of a scenario or of a workflow type, records only that one.
const record = process.env['ROLLCALL_RECORD'];
if (record !== undefined) {
  const temporal = timeSkipping();
  beforeAll(() => recordAll(temporal.env, record === '1' ? undefined : record), 300_000);
}

/** `<type>/<scenario>-<n>.json` */
const names = (): string[] =>
  readdirSync(HISTORIES).flatMap((type) =>
    readdirSync(join(HISTORIES, type)).map((file) => `${type}/${file}`),
  );

const textOf = (name: string): string => readFileSync(join(HISTORIES, name), 'utf8');

async function replay(text: string): Promise<void> {
  const options = { workflowBundle: await workflowBundle() };
  await Worker.runReplayHistory(options, JSON.parse(text), 'import/replayed');
}

describe('recorded histories', () => {
  it.each(TYPES.flatMap((type) => SCENARIOS.map(({ name }) => [type, name] as const)))(
    'of %s, %s replay on the present workflows',
    async (type, scenario) => {
      const recorded = names().filter((name) =>
        new RegExp(`^${type}/${scenario}-\\d+\\.json$`).test(name),
      );
      expect(recorded.length).toBeGreaterThan(0);

      for (const name of recorded) await expect(replay(textOf(name))).resolves.toBeUndefined();
    },
  );

  it('of the schedule of those who are due replay on the present workflows', async () => {
    await expect(replay(textOf('startDue/started-1.json'))).resolves.toBeUndefined();
  });

  it('of a campaign replay on the present workflows', async () => {
    await expect(replay(textOf('sendCampaign/sent-1.json'))).resolves.toBeUndefined();
  });

  it('hold executions that continued as new', () => {
    expect(names()).toContain('importCsv/held-approved-2.json');
    expect(names()).toContain('importCsv/continued-as-new-2.json');
  });

  it('that took another step are refused', async () => {
    const text = textOf('importCsv/done-1.json');
    expect(text).toContain('"stageFile"');

    const changed = text.replaceAll('"stageFile"', '"fetchPage"');

    await expect(replay(changed)).rejects.toThrow(DeterminismViolationError);
  });

  it('name no machine', () => {
    for (const name of names()) {
      const identities = textOf(name).match(/"identity": "[^"]*"/g);
      expect(new Set(identities)).toEqual(new Set(['"identity": "recorder"']));
      expect(textOf(name)).not.toMatch(/node_modules|\.ts:\d+/);
    }
  });
});
