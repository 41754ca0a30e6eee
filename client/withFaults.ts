import { databaseFault } from '../domain/passing';

/**
 * The same object, whose methods reject with a fault where the database has a trouble
 * (`domain/troubles.ts`), so that programs find one kind of error with a code and a next step.
 */
export function withFaults<T extends object>(target: T): T {
  return new Proxy(target, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name, of);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, of, args);
        return result instanceof Promise ? result.catch(rethrow) : result;
      };
    },
  });
}

function rethrow(error: unknown): never {
  throw databaseFault(error) ?? error;
}
