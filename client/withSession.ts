import { databaseFault } from '../domain/passing';
import type { Session } from '../operations/context';

/**
 * The same object, whose methods first look up again whether the actor may still act ({@link Session}),
 * and reject with a fault where the database has a trouble (`domain/troubles.ts`), so that programs
 * find one kind of error with a code and a next step. So do the iterators that they give, on their own
 * or in an object such as `{ lines, count }`.
 *
 * `free`: methods that look it up themselves, or that say the same for every store.
 */
export function withSession<T extends object>(
  target: T,
  session: Pick<Session, 'renew'>,
  free: readonly (keyof T & string)[] = [],
): T {
  const isFree = new Set<PropertyKey>(free);
  return new Proxy(target, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name, of);
      if (typeof value !== 'function') return value;
      const call = (args: readonly unknown[]): unknown => Reflect.apply(value, of, args);
      if (isFree.has(name)) return (...args: unknown[]): unknown => withFaults(call(args));
      if (isGenerator(value)) {
        return (...args: unknown[]): unknown => renewing(() => call(args), session);
      }
      return (...args: unknown[]): unknown => withFaults(session.renew().then(() => call(args)));
    },
  });
}

function withFaults(result: unknown): unknown {
  return result instanceof Promise
    ? result.then(iteratorsWithFaults, rethrow)
    : iteratorsWithFaults(result);
}

function isGenerator(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object AsyncGeneratorFunction]';
}

/** Between two looks at the actor while people are read page by page. */
const RENEW_MS = 1000;

async function* renewing(
  begin: () => unknown,
  session: Pick<Session, 'renew'>,
): AsyncGenerator<unknown, void> {
  try {
    await session.renew();
    let renewAt = Date.now() + RENEW_MS;
    const values = begin();
    if (!isIterable(values)) throw new Error('a generator without values');
    for await (const value of values) {
      if (Date.now() >= renewAt) {
        await session.renew();
        renewAt = Date.now() + RENEW_MS;
      }
      yield value;
    }
  } catch (error) {
    rethrow(error);
  }
}

function iteratorsWithFaults(result: unknown): unknown {
  // What is more than an iterator says its faults itself (`UserExport`).
  if (isIterable(result)) return 'next' in result ? rethrowing(result) : result;
  if (typeof result !== 'object' || result === null) return result;
  const isPlain = Object.getPrototypeOf(result) === Object.prototype;
  if (!isPlain || !Object.values(result).some(isIterable)) return result;
  return Object.fromEntries(
    Object.entries(result).map(([name, value]: [string, unknown]) => [
      name,
      isIterable(value) ? rethrowing(value) : value,
    ]),
  );
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function* rethrowing(values: AsyncIterable<unknown>): AsyncGenerator<unknown, void> {
  try {
    yield* values;
  } catch (error) {
    rethrow(error);
  }
}

function rethrow(error: unknown): never {
  throw databaseFault(error) ?? error;
}
