import { fakePeople, fakePerson } from '../connectors/fake/people';
import { startFake } from '../connectors/fake/server';
import type { DialectName } from '../connectors/fake/dialects';

/*
 * A fake vendor in a process of its own, so that it takes no time from what is measured. Sends its
 * address when it listens; the message `change` gives one person in ten another job.
 */

/** What the process tells of itself. */
export interface FakeAddress {
  readonly host: string;
  readonly baseUrl: string;
  readonly config: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

async function main(): Promise<void> {
  const [, , vendor = 'bamboohr', people = '100000'] = process.argv;
  const count = Number(people);
  const { host, baseUrl, config, secrets, world } = await startFake({
    vendor: isDialect(vendor) ? vendor : 'bamboohr',
    people: fakePeople(count),
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
