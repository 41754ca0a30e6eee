import { daysAt } from '../../domain/zones';
import type { IngestStore, RunFacts } from '../../activities/runStore';

export const RUN_ID = '01a20689-f8e8-713b-b8f7-f6f13290c928';

export const RUN: RunFacts = {
  id: RUN_ID,
  kind: 'import',
  sourceId: '00000000-0000-7000-8000-000000000001',
  subject: 'users',
  sourceKind: 'uploads',
  state: 'running',
  dryRun: false,
  options: {},
  fileId: 'file',
  fileName: 'staff.csv',
  stagedAt: null,
  approvedAt: null,
  appliedAt: null,
  rows: 0,
  entries: 0,
  applied: 0,
  held: [],
  failure: null,
};

/** A store in which every call succeeds, and which a test changes where it matters. */
export function fakeStore(replaced: Partial<IngestStore> = {}): IngestStore {
  let fence = 0n;
  const nothing = async (): Promise<void> => undefined;
  return {
    takeFence: async () => (fence += 1n),
    getRun: async () => RUN,
    claim: async () => 'claimed',
    setState: nothing,
    saveProgress: nothing,
    reachOfRun: async () => ({ kind: 'all' }),
    buildPlan: async () => ({ entries: 3, rows: 3, held: [] }),
    applySlice: async () => ({ done: true, applied: 3, entries: 3 }),
    hold: nothing,
    takeDecision: async () => 'apply',
    finish: async ({ state }) => ({ state, counts: {} }),
    tellTrouble: nothing,
    fail: nothing,
    isSetAside: async () => false,
    getFile: async () => ({ name: 'staff.csv' }),
    readFile: async function* () {
      yield Buffer.from('code,first name\n1,Ada\n2,Grace\n');
    },
    organizationKeys: async () => new Map(),
    courseKeys: async () => new Set(),
    properties: async () => [],
    daysOf: async () => daysAt(new Date('2026-06-15T12:00:00Z'), 'UTC'),
    stageRows: async ({ batches, summary, onProgress }) => {
      let rows = 0;
      for await (const batch of batches) onProgress((rows += batch.length));
      return { rows: summary().rows };
    },
    stageRecords: async ({ batches, summary, onProgress }) => {
      let rows = 0;
      for await (const batch of batches) onProgress((rows += batch.length));
      return { rows: summary().rows };
    },
    ...replaced,
  };
}
