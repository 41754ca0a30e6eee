import type * as client from '@temporalio/client';

type Client = typeof client;

/**
 * The client of Temporal, but for one thing: an address where nobody listens is given up after a
 * third of a second. For `jest.mock` in files about commands that find no Temporal.
 */
export function impatient(): Client {
  const actual = jest.requireActual<Client>('@temporalio/client');
  class Connection extends actual.Connection {
    static override connect(options?: client.ConnectionOptions): Promise<client.Connection> {
      return super.connect({ ...options, connectTimeout: '300ms' });
    }
  }
  return { ...actual, Connection };
}
