/** SQL: the names as `('a', 'b')`. They are lists of the program's own: words, never what somebody gave. */
export function sqlList(names: readonly string[]): string {
  return `(${names.map((name) => `'${name}'`).join(', ')})`;
}

/** SQL: the names as `array['a', 'b']`. */
export function sqlArray(names: readonly string[]): string {
  return `array[${names.map((name) => `'${name}'`).join(', ')}]`;
}
