import { setTimeout as sleep } from 'node:timers/promises';
import { fakePeople, fakePerson } from '../connectors/fake/people';
import { startFake } from '../connectors/fake/server';
import type { DialectName } from '../connectors/fake/dialects';

/*
 * A fake vendor in a process of its own; it answers after `latencyMs`, if any. Sends its address when it
 * listens; the message `change` gives one person in ten another job.
 */

/** Messages that the process sends. */
export interface FakeAddress {
  readonly host: string;
  readonly baseUrl: string;
  readonly config: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

async function main(): Promise<void> {
  const [, , vendor = 'bamboohr', people = '100000', latencyMs = '0'] = process.argv;
  const count = Number(people);
  const wait = Number(latencyMs);
  const { host, baseUrl, config, secrets, world } = await startFake({
    vendor: isDialect(vendor) ? vendor : 'bamboohr',
    people: fakePeople(count),
    ...(wait > 0 ? { hold: () => sleep(wait) } : {}),
  });
  process.on('message', () => {
    for (let n = 0; n < count; n += 10) {
      world.put(fakePerson(n, { jobTitle: 'Lead', modifiedAt: Date.now() }));
    }
    process.send?.('changed');
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ host, baseUrl, config, secrets } satisfies FakeAddress);
}

function isDialect(name: string): name is DialectName {
  return name === 'bamboohr' || name === 'scim' || name === 'merge' || name === 'salesforce';
}

void main();
