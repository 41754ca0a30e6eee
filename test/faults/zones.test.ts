import { CRONS, earliestNow, NO_ZONES, tryZones } from '../../faults/zones/command';
import { devServer } from '../support/temporal';

const temporal = devServer();

// All zones and expressions: npm run faults -- zones.
test('the server fires as said, around each change of the clocks, in zones of every sort', async () => {
  const zones = ['Europe/Vienna', 'America/Havana', 'Australia/Lord_Howe', 'Asia/Kolkata'];
  const crons = ['30 2 * * *', '*/15 * * * *', '30 2 * * sun'];

  const trials = await tryZones(temporal.env.client, { zones, crons, now: earliestNow() });

  expect(trials.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  expect(trials).toHaveLength(zones.length * (crons.length + 1) + NO_ZONES.length);
  expect(trials.filter(({ times }) => times > 10).length).toBeGreaterThan(zones.length);
  expect(CRONS).toHaveLength(20);
});
