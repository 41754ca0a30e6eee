import { createServer } from 'node:net';
import { freePorts, isFree } from '../../embedded/ports';

test('ports are free, different, and none of those that outgoing connections are given', async () => {
  const ports = await freePorts(20);

  expect(new Set(ports).size).toBe(20);
  expect(Math.min(...ports)).toBeGreaterThan(1_024);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  expect(await Promise.all(ports.map(isFree))).toEqual(ports.map(() => true));
});

test('a port on which somebody listens is not free', async () => {
  const [port = 0] = await freePorts(1);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port, host: '127.0.0.1' }, resolve));

  const free = await isFree(port);
  await new Promise((resolve) => server.close(resolve));

  expect(free).toBe(false);
});
