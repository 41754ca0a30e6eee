import { playInstallations } from '../../faults/installations/play';
import { testDatabase } from '../support/postgres';
import { devServer } from '../support/temporal';

const store = testDatabase({ oneRole: true });
const temporal = devServer();

test('a database and a copy of it in one namespace take and delete nothing of each other', async () => {
  const { env } = temporal;

  const { wrong, syncs } = await playInstallations({
    databaseUrl: store.url,
    temporalAddress: env.address,
    client: env.client,
    rounds: 1,
    tell: () => undefined,
  });

  expect(wrong).toEqual([]);
  expect(syncs).toBe(1);
}, 120_000);
