import { columnsOfPaths, ORGANIZATION_PATHS, USER_PATHS } from './person/letterPaths';
import { MAX_VALUE_CHARS } from './limits';

/** A variable of a letter. `default`: what stands where a person has no value; `null`: nothing. */
export interface Variable {
  /** `values.deadline`, `user.firstName`. */
  readonly path: string;
  readonly default: string | null;
}

/** What every letter may say. `user.properties.KEY` is known where the property is declared. */
export const LETTER_PATHS = {
  user: Object.keys(USER_PATHS),
  organization: Object.keys(ORGANIZATION_PATHS),
  sender: ['name'],
  platform: ['name', 'url'],
} as const;

/** All of {@link LETTER_PATHS} as they are written in a letter. */
export const KNOWN_PATHS: readonly string[] = Object.entries(LETTER_PATHS).flatMap(
  ([root, names]) => names.map((name) => `${root}.${name}`),
);
const KNOWN: ReadonlySet<string> = new Set(KNOWN_PATHS);

/** Paths that a person may have no value for. */
const MAY_BE_MISSING: ReadonlySet<string> = new Set([
  ...columnsOfPaths(USER_PATHS).map(({ name }) => `user.${name}`),
  ...columnsOfPaths(ORGANIZATION_PATHS).map(({ name }) => `organization.${name}`),
]);

const PROPERTY = /^user\.properties\.(.+)$/s;
const VALUE = /^values\.([A-Za-z][A-Za-z0-9_]{0,59})$/;

/** The key of a property, of `user.properties.KEY`; `null`: the path is none. */
export function propertyOf(path: string): string | null {
  return PROPERTY.exec(path)?.[1] ?? null;
}

/** The name of a value that is given when the letter is sent, of `values.NAME`; `null`: the path is none. */
export function valueOf(path: string): string | null {
  return VALUE.exec(path)?.[1] ?? null;
}

/** True for a path that a letter may say, where its values and the properties are these. */
export function isLetterPath(
  path: string,
  o: {
    readonly variables: readonly Variable[];
    /** `null`: any property. */
    readonly properties: readonly string[] | null;
  },
): boolean {
  const property = propertyOf(path);
  if (property !== null) return o.properties?.includes(property) ?? true;
  return KNOWN.has(path) || (valueOf(path) !== null && o.variables.some((v) => v.path === path));
}

/** True for a path that a person may have no value for. */
export function mayBeMissing(path: string): boolean {
  return propertyOf(path) !== null || MAY_BE_MISSING.has(path);
}

/** `values.deadline`, `values.deadline=Friday`, `user.firstName=colleague`; `null`: neither of these. */
export function readVariable(text: string): Variable | null {
  const at = text.indexOf('=');
  const path = (at < 0 ? text : text.slice(0, at)).trim();
  const given = at < 0 ? null : text.slice(at + 1).trim();
  const isDeclared = valueOf(path) !== null || KNOWN.has(path) || propertyOf(path) !== null;
  if (!isDeclared || (given?.length ?? 0) > MAX_VALUE_CHARS) return null;
  // What everybody has needs no declaration: a default is all that can be said of it.
  if (valueOf(path) === null && given === null) return null;
  return { path, default: given };
}

/** As {@link readVariable} reads it. */
export function typedVariable({ path, default: given }: Variable): string {
  return given === null ? path : `${path}=${given}`;
}

/** Values that a letter needs and that were not given, and given ones that it does not have. */
export function valuesOf(
  variables: readonly Variable[],
  values: Readonly<Record<string, string>>,
): { readonly missing: readonly string[]; readonly unknown: readonly string[] } {
  const declared = new Map(
    variables.flatMap((variable) => {
      const name = valueOf(variable.path);
      return name === null ? [] : [[name, variable] as const];
    }),
  );
  return {
    missing: [...declared]
      .filter(([name, variable]) => variable.default === null && !Object.hasOwn(values, name))
      .map(([name]) => name),
    unknown: Object.keys(values).filter((name) => !declared.has(name)),
  };
}
