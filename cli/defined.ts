export type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that have a value. */
export function defined<T extends object>(from: T): Defined<T> {
  const kept: Defined<T> = {};
  for (const key in from) {
    const value = from[key];
    if (isDefined(value)) kept[key] = value;
  }
  return kept;
}

function isDefined<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}
