import { killedUpload, twoSources } from '../../faults/together';
import type { FaultKind } from '../../faults/faultKinds';
import { smallCampaign } from '../support/faults';

// The complete campaign, at random instants and with 20,000 people: npm run faults.
const campaign = smallCampaign(2_000);
const LONG_MS = 300_000;

test.each<[string, FaultKind, string, number]>([
  ['the worker was killed early', 'worker', 'change', 0.5],
  ['the worker was killed late', 'worker', 'approve', 0.85],
  ['Postgres was killed with every session', 'postgres', 'change', 0.7],
  ['the Temporal server was killed', 'temporal', 'approve', 0.8],
  ['the worker was stopped for longer than its heartbeat may be late', 'stop', 'change', 0.7],
  ['the client was killed while it waited', 'client', 'change', 0.6],
])(
  'an import ends as an undisturbed one although %s',
  async (_, fault, scenario, share) => {
    expect(await campaign.strike({ fault, scenario, share })).toEqual([]);
  },
  LONG_MS,
);

test(
  'an upload that is killed leaves nothing behind that is read',
  async () => {
    expect(await killedUpload(campaign.rig, { aDayLater: false })).toEqual([]);
  },
  LONG_MS,
);

test(
  'two sources that bring the same people at once bring each of them once',
  async () => {
    expect(await twoSources(campaign.rig)).toEqual([]);
  },
  LONG_MS,
);
