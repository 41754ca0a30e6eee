import { databaseFault } from '../domain/passing';

/**
 * The same object, whose methods reject with a fault where the database has a trouble
 * (`domain/troubles.ts`), so that programs find one kind of error with a code and a next step. So do
 * the iterators that they give, on their own or in an object such as `{ lines, count }`.
 */
export function withFaults<T extends object>(target: T): T {
  return new Proxy(target, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name, of);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, of, args);
        return result instanceof Promise
          ? result.then(iteratorsWithFaults, rethrow)
          : iteratorsWithFaults(result);
      };
    },
  });
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
