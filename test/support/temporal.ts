import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { projectRoot } from '../../embedded/paths';
import { SEARCH_ATTRIBUTES } from '../../embedded/temporal';

function program(name: 'temporalCli' | 'testServer'): string {
  const script = join(projectRoot(), 'scripts', 'temporal.mjs');
  return execFileSync(process.execPath, [script, name], { encoding: 'utf8' }).trim();
}

/** An environment of the test file: created before its tests, ended after them. */
export interface TestTemporal {
  readonly env: TestWorkflowEnvironment;
}

/**
 * The server that skips time: sleeps take no time. Listing workflows and creating schedules are
 * unimplemented there; test those on `devServer()`.
 */
export function timeSkipping(): TestTemporal {
  return environment(() =>
    TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: program('testServer') } },
    }),
  );
}

/** The real dev server, in memory, on a free port, with Rollcall's search attributes. */
export function devServer(): TestTemporal {
  return environment(() =>
    TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: program('temporalCli') },
        log: { format: 'json', level: 'error' },
        extraArgs: Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
          '--search-attribute',
          `${name}=${type}`,
        ]),
      },
    }),
  );
}

function environment(create: () => Promise<TestWorkflowEnvironment>): TestTemporal {
  const state: { env: TestWorkflowEnvironment | undefined } = { env: undefined };
  beforeAll(async () => {
    state.env = await create();
  });
  afterAll(async () => {
    await state.env?.teardown();
  });
  return {
    get env() {
      if (state.env === undefined) throw new Error('the environment is read before its tests run');
      return state.env;
    },
  };
}
