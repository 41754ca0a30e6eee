import {
  openCountingServer,
  type CountingOptions,
  type CountingServer,
} from '../../../company/smtp/server';

/** A counting mail server of the test: opened when first asked for, closed after each test. */
export function countingServers(): (options?: CountingOptions) => Promise<CountingServer> {
  const open: CountingServer[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });
  return async (options = {}) => {
    const server = await openCountingServer(options);
    open.push(server);
    return server;
  };
}
