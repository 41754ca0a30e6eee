/** The values of a statement's placeholders, in order. */
export class Params {
  readonly values: unknown[];

  /** `before`: the values of placeholders that a statement has already. */
  constructor(before: readonly unknown[] = []) {
    this.values = [...before];
  }

  /** Adds a value and returns its placeholder. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${String(this.values.length)}`;
  }
}
