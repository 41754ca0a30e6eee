import { createServer } from 'node:net';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The worker's own metrics. Labels are activity types, states and failure types: few and fixed. */
export interface WorkerMetrics {
  readonly activitySeconds: Histogram<'activity' | 'outcome'>;
  readonly rowsStaged: Counter;
  /** People, by the outcome of a run for them. */
  readonly outcomes: Counter<'outcome'>;
  readonly runsFinished: Counter<'state'>;
  /** Attempts to send alerts; outcome is sent, failed or gone. */
  readonly alerts: Counter<'event' | 'outcome'>;
  /** Campaigns that have not ended. */
  readonly campaigns: Gauge<'state'>;
  /** Deliveries that are planned or claimed in these campaigns, and all that are unknown. */
  readonly openDeliveries: Gauge<'state'>;
  /** Attempts to deliver a letter, by what became of them. */
  readonly deliveries: Counter<'outcome'>;
  /** Prometheus's text format: ours, then Temporal's own metrics. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  /** Where the SDK serves its metrics, host:port. */
  readonly temporalAddress?: string;
}

/** Creates the metrics in a registry of their own. */
export function createMetrics({ temporalAddress }: MetricsOptions = {}): WorkerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'rollcall_' });
  return {
    activitySeconds: new Histogram({
      name: 'rollcall_activity_seconds',
      help: 'Duration of activities; outcome is ok, cancelled or a failure type',
      labelNames: ['activity', 'outcome'],
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000],
      registers,
    }),
    rowsStaged: new Counter({
      name: 'rollcall_rows_staged_total',
      help: 'Rows read into the store',
      registers,
    }),
    outcomes: new Counter({
      name: 'rollcall_outcomes_total',
      help: 'Rows and absent people of ended runs, by their outcome',
      labelNames: ['outcome'],
      registers,
    }),
    runsFinished: new Counter({
      name: 'rollcall_runs_finished_total',
      help: 'Runs that ended, by their final state',
      labelNames: ['state'],
      registers,
    }),
    alerts: new Counter({
      name: 'rollcall_alerts_total',
      help: 'Attempts to send alerts; outcome is sent, failed or gone',
      labelNames: ['event', 'outcome'],
      registers,
    }),
    ...lettersMetrics(registers),
    contentType: registry.contentType,
    text: async () => `${await registry.metrics()}${await temporalMetrics(temporalAddress)}`,
  };
}

function lettersMetrics(
  registers: Registry[],
): Pick<WorkerMetrics, 'campaigns' | 'openDeliveries' | 'deliveries'> {
  return {
    campaigns: new Gauge({
      name: 'rollcall_campaigns',
      help: 'Campaigns that have not ended, by their state',
      labelNames: ['state'],
      registers,
    }),
    openDeliveries: new Gauge({
      name: 'rollcall_deliveries',
      help: 'Deliveries of open campaigns that are planned or claimed, and all that are unknown',
      labelNames: ['state'],
      registers,
    }),
    deliveries: new Counter({
      name: 'rollcall_deliveries_total',
      help: 'Attempts to deliver a letter, by what became of them',
      labelNames: ['outcome'],
      registers,
    }),
  };
}

async function temporalMetrics(address: string | undefined): Promise<string> {
  if (address === undefined) return '';
  try {
    const reply = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(2_000) });
    return reply.ok ? await reply.text() : '';
  } catch {
    return '';
  }
}

/** A port of the loopback that is free now: the SDK cannot report which one it took. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
