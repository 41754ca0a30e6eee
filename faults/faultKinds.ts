import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, kill, type Rig } from './rig';

/** Something that happens to a machine. */
export interface Fault {
  /** As the table names it. */
  readonly title: string;
  /** How often the campaign in the README makes it happen. */
  readonly trials: number;
  /** Makes it happen now. `chance`: from 0 to 1, for everything else that is random. */
  strike(rig: Rig, chance: number): Promise<void>;
}

/**
 * An activity without a heartbeat for this long is given to another worker (`workflows/proxies.ts`).
 */
const HEARTBEAT_TIMEOUT_MS = 10_000;

export const FAULTS = {
  worker: {
    title: '`kill -9` of the worker',
    trials: 30,
    strike: async (rig) => {
      kill(rig.pidOf('worker'), 'SIGKILL');
    },
  },
  postgres: {
    title: '`kill -9` of Postgres, every process of it',
    trials: 10,
    strike: async (rig) => {
      const postmaster = rig.pidOf('postgres');
      const sessions = childrenOf(postmaster);
      for (const pid of [postmaster, ...sessions]) kill(pid, 'SIGKILL');
    },
  },
  temporal: {
    title: '`kill -9` of the Temporal server (durable file)',
    trials: 10,
    strike: async (rig) => {
      kill(rig.pidOf('temporal'), 'SIGKILL');
    },
  },
  stop: {
    title: '`kill -STOP` of the worker for 12 to 18 s, then `-CONT`',
    trials: 5,
    strike: async (rig, chance) => {
      const worker = rig.pidOf('worker');
      kill(worker, 'SIGSTOP');
      await sleep(HEARTBEAT_TIMEOUT_MS + 2_000 + chance * 6_000);
      kill(worker, 'SIGCONT');
    },
  },
  replaced: {
    title: '`kill -STOP` of the worker, another one takes over, then `-CONT`',
    trials: 5,
    strike: async (rig, chance) => {
      const worker = rig.pidOf('worker');
      kill(worker, 'SIGSTOP');
      const second = rig.begin('worker');
      // The second stop falls into the step that the other worker took over.
      await sleep(HEARTBEAT_TIMEOUT_MS + 500 + chance * 4_000);
      kill(worker, 'SIGCONT');
      await sleep(20_000);
      second.child.kill('SIGTERM');
      await second.ended;
    },
  },
  client: {
    title: '`kill -9` of the client',
    trials: 5,
    strike: async (rig) => {
      rig.killClient();
    },
  },
  storm: {
    title: '`kill -9` of the worker, three times in a row',
    trials: 3,
    strike: async (rig, chance) => {
      for (let time = 0; time < 3; time++) {
        kill(rig.pidOf('worker'), 'SIGKILL');
        await rig.ready();
        await sleep(chance * 1_500 * time);
      }
    },
  },
  power: {
    title: '`kill -9` of everything at once, then `rollcall up`',
    trials: 3,
    strike: (rig) => rig.powerCut(),
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultKind = keyof typeof FAULTS;

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULTS, text);
}
