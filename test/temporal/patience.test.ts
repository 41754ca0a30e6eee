import { isAway, patiently, pause } from '../../temporal/patience';
import { Fault } from '../../domain/faults';

const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const unavailable = new Fault('unavailable', { code: 'temporal_unavailable', message: 'away' });

/** Fails with these errors, one for each call, then answers. */
function failing(...errors: readonly Error[]): () => Promise<string> {
  const left = [...errors];
  return () => {
    const error = left.shift();
    return error === undefined ? Promise.resolve('answer') : Promise.reject(error);
  };
}

test('a server that is away is asked again until it answers', async () => {
  const notices: string[] = [];

  const answer = await patiently(
    { patienceMs: 10_000, onAway: () => notices.push('away') },
    failing(reset, unavailable, reset),
  );

  expect(answer).toBe('answer');
  expect(notices).toHaveLength(3);
});

test('an error that another try cannot cure is thrown at once', async () => {
  const wrong = new Fault('usage', { code: 'usage', message: 'no' });

  await expect(patiently({ patienceMs: 10_000 }, failing(reset, wrong, reset))).rejects.toBe(wrong);
});

test('when patience is over, the last error is thrown', async () => {
  await expect(patiently({ patienceMs: 0 }, failing(reset))).rejects.toBe(reset);
});

test('an interruption ends the tries', async () => {
  const signal = AbortSignal.abort();

  await expect(patiently({ patienceMs: 10_000, signal }, failing(reset))).rejects.toBe(reset);
});

test('a fault of the request is not a server that is away', () => {
  expect(isAway(new Fault('not_found', { code: 'run_not_found', message: 'no' }))).toBe(false);
  expect(isAway(new Error('duplicate key'))).toBe(false);
});

test('a pause ends with its signal, before or during the pause', async () => {
  const stop = new AbortController();

  const paused = pause(600_000, stop.signal);
  stop.abort();

  await paused;
  await pause(600_000, stop.signal);
});
