import { killedUpload, twoSources } from '../../faults/together';
import type { FaultKind } from '../../faults/faultKinds';
import { smallCampaign } from '../support/faults';

// The complete campaign, at random instants and with 20,000 people: npm run faults. It also stops the
// worker for longer than its heartbeat may be late; here test/faults/syncTemporal does.
const campaign = smallCampaign(1_000, ['change', 'approve']);
const LONG_MS = 300_000;

test.each<[string, FaultKind, string, number]>([
  ['the worker was killed', 'worker', 'approve', 0.8],
  ['Postgres was killed with every session', 'postgres', 'change', 0.7],
  ['the Temporal server was killed', 'temporal', 'approve', 0.8],
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
