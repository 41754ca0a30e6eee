import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../config/logger';
import { OPEN_CAMPAIGNS } from '../domain/letters/campaigns';
import { OPEN_DELIVERIES } from '../domain/letters/deliveries';
import { codeOf } from '../domain/passing';
import type { Db } from '../store/database/db';
import { measureCampaigns } from '../store/letters/measures';
import type { WorkerMetrics } from './metrics';

const EVERY_MS = 30_000;
/** Counting takes at most one part in so many of the time, however many letters are still to be sent. */
const REST = 100;

export interface Gauges {
  readonly db: Pick<Db, 'pool'>;
  readonly log: Logger;
  readonly metrics: Pick<WorkerMetrics, 'campaigns' | 'openDeliveries'>;
}

/** Keeps the numbers of open campaigns and deliveries up to date until the signal is aborted. */
export async function keepMeasuring(o: Gauges, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const began = Date.now();
    try {
      await measure(o);
    } catch (error) {
      // The database is away; the next round tries again.
      o.log.warn({ code: codeOf(error) }, 'campaigns were not counted');
    }
    const rest = Math.max(EVERY_MS, (Date.now() - began) * REST);
    await delay(rest, undefined, { signal }).catch(() => undefined);
  }
}

/** One round. A state that nothing is in says 0. */
export async function measure({ db, metrics }: Omit<Gauges, 'log'>): Promise<void> {
  const { campaigns, deliveries } = await measureCampaigns(db);
  for (const state of OPEN_CAMPAIGNS) {
    metrics.campaigns.set({ state }, campaigns.get(state) ?? 0);
  }
  for (const state of OPEN_DELIVERIES) {
    metrics.openDeliveries.set({ state }, deliveries.get(state) ?? 0);
  }
}
