import { stopServer } from './globalSetup';

/** Ends what `globalSetup` started. */
export default async function globalTeardown(): Promise<void> {
  const server = globalThis.rollcallTestServer;
  if (server !== undefined) await stopServer(server);
}
