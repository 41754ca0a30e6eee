const SOURCE_NAME = /^[a-z0-9][a-z0-9_.-]{0,62}$/i;

/** True for a name that a list or a polled source may have. */
export function isSourceName(name: string): boolean {
  return SOURCE_NAME.test(name);
}

/** The rule of {@link isSourceName}, as the end of a sentence. */
export const SOURCE_NAME_RULE = 'letters, digits, dot, dash and underscore, at most 63';
