import { devServer, timeSkipping } from './temporal';

const skipping = timeSkipping();
const real = devServer();

test('the time-skipping server jumps over an hour', async () => {
  const before = await skipping.env.currentTimeMs();

  await skipping.env.sleep('1h');

  expect((await skipping.env.currentTimeMs()) - before).toBeGreaterThanOrEqual(3_600_000);
});

test('the dev server knows the search attributes of Rollcall', async () => {
  const { customAttributes } = await real.env.connection.operatorService.listSearchAttributes({
    namespace: 'default',
  });

  expect(Object.keys(customAttributes)).toEqual(
    expect.arrayContaining(['RollcallState', 'RollcallKind', 'RollcallSource', 'RollcallHeld']),
  );
});
