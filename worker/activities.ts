import { createDueActivities } from '../activities/due';
import { createCampaignActivities } from '../activities/deliveries';
import type { EdgeLog } from '../activities/edge';
import { createIngestActivities } from '../activities/ingest';
import { createRunActivities } from '../activities/runs';
import { createSyncActivities } from '../activities/syncs';
import { REAL_TIME } from '../activities/time';
import type {
  CampaignActivities,
  DueActivities,
  IngestActivities,
  RunActivities,
  SyncActivities,
} from '../activities/types';
import type { Config } from '../config/env';
import { createTokenCache } from '../connectors/engine/auth';
import { declaredOf, openSource } from '../operations/sources/openSource';
import type { Db } from '../store/database/db';
import type { Keyring } from '../store/sources/secrets';
import { bindStore, type Clock } from './runStore';

/** What the activities of a worker depend on. */
export interface ActivityParts extends Keyring {
  readonly db: Db;
  readonly log: EdgeLog;
  readonly config: Pick<Config, 'limits' | 'sliceEntries' | 'retention' | 'allowPrivateHosts'> &
    Partial<Pick<Config, 'timeZone' | 'unmergeDays' | 'applyLanes'>>;
  /** The clock; the machine's by default. */
  readonly clock?: Clock;
}

export type Activities = RunActivities &
  IngestActivities &
  SyncActivities &
  DueActivities &
  CampaignActivities;

/** All activities of the queue of runs, over one database. */
export function activitiesOf(parts: ActivityParts): Activities {
  const { db, log, config, keys, clock = () => new Date() } = parts;
  const { timeZone, unmergeDays } = config;
  const store = bindStore(db, {
    undoDays: config.retention.plansDays,
    clock,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(unmergeDays === undefined ? {} : { unmergeDays }),
  });
  const pace = {
    sliceEntries: config.sliceEntries,
    ...(config.applyLanes === undefined ? {} : { lanes: config.applyLanes }),
  };
  const { allowPrivateHosts } = config;
  const sources = { db, tokens: createTokenCache(), keys, allowPrivateHosts, clock };
  const deps = {
    store,
    log,
    limits: config.limits,
    pace,
    time: { ...REAL_TIME, now: () => clock().getTime() },
    openSource: (sourceId: string) => openSource(sources, sourceId),
    declared: (sourceId: string) => declaredOf(sources, sourceId),
  };
  return {
    ...createRunActivities({ store, log, pace }),
    ...createIngestActivities(deps),
    ...createSyncActivities(deps),
    ...createDueActivities(deps),
    ...createCampaignActivities({ db, log }),
  };
}
