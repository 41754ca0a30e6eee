/** SQL: the names as `('a', 'b')`. The names are the program's own words, never input. */
export function sqlList(names: readonly string[]): string {
  return `(${names.map((name) => `'${name}'`).join(', ')})`;
}

/** SQL: the names as `array['a', 'b']`. */
export function sqlArray(names: readonly string[]): string {
  return `array[${names.map((name) => `'${name}'`).join(', ')}]`;
}
