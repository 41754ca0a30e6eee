interface Change {
  readonly field: string;
  readonly old: unknown;
  readonly next: unknown;
  /** How a plain value is shown. */
  readonly show: (value: unknown) => string;
}

/** A changed field for people. Fields that only Rollcall knows are put into words. */
export function changeText({ field, old, next, show }: Change): string {
  if (field === 'sticky') return handText(textsOf(old), textsOf(next));
  if (field !== 'identity') return `${field}: ${show(old)} → ${show(next)}`;
  const number = (value: unknown): string =>
    value === null || value === undefined ? '(none)' : show(value);
  return `number in the source: ${number(old)} → ${number(next)}`;
}

/** The effect on imports when the fields that are set by hand change. */
function handText(before: readonly string[], after: readonly string[]): string {
  const held = after.filter((field) => !before.includes(field));
  const released = before.filter((field) => !after.includes(field));
  return [
    ...(held.length === 0 ? [] : [`set by hand from now on: ${held.join(', ')}`]),
    ...(released.length === 0 ? [] : [`imports may change again: ${released.join(', ')}`]),
  ].join('; ');
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
