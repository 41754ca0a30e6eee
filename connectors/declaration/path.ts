import { isList, isObject } from './json';

type Segment = string | { readonly key: string; readonly value: string };

const parsed = new Map<string, readonly Segment[]>();

/**
 * The value at an RFC 6901 pointer; `''` is the complete value. A segment `[key=value]` picks the first
 * element of a list whose member has that value: `/emails/[primary=true]/value`. Undefined where nothing
 * is found: missing and null are different, and everything within null is null.
 */
export function at(value: unknown, path: string): unknown {
  return follow(value, segments(path));
}

/** {@link at} for a path that is followed often. */
export function reader(path: string): (value: unknown) => unknown {
  const parts = segments(path);
  return (value) => follow(value, parts);
}

function follow(value: unknown, parts: readonly Segment[]): unknown {
  let here = value;
  for (const segment of parts) {
    // `"manager": null` says that there is no manager, so there is no id of one either.
    if (here === null) return null;
    if (typeof segment !== 'string') {
      if (!isList(here)) return undefined;
      here = here.find(
        (item) => isObject(item) && String(item[segment.key]).toLowerCase() === segment.value,
      );
    } else if (isObject(here)) {
      here = Object.hasOwn(here, segment) ? here[segment] : undefined;
    } else {
      here = isList(here) && /^\d{1,9}$/.test(segment) ? here[Number(segment)] : undefined;
    }
    if (here === undefined) return undefined;
  }
  return here;
}

/** True for a text that {@link at} can follow. */
export function isPath(path: string): boolean {
  return path === '' || (path.startsWith('/') && !/~(?![01])/.test(path));
}

/**
 * A copy of the object with `value` at a pointer (or at a plain name), created where it is missing.
 */
export function withValueAt(body: unknown, path: string, value: unknown): unknown {
  const keys = path.startsWith('/')
    ? segments(path).filter((segment) => typeof segment === 'string')
    : [path];
  return put(body, keys, value);
}

function put(body: unknown, keys: readonly string[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (isList(body) && /^\d{1,9}$/.test(key)) {
    const copy = [...body];
    copy[Number(key)] = put(copy[Number(key)], rest, value);
    return copy;
  }
  const copy = isObject(body) ? { ...body } : {};
  copy[key] = put(copy[key], rest, value);
  return copy;
}

/**
 * A copy of the body with `value` where {@link at} finds it by `path`, lists and selectors included.
 */
export function grownAt(body: unknown, path: string, value: unknown): unknown {
  return grow(body, segments(path), value);
}

function grow(body: unknown, parts: readonly Segment[], value: unknown): unknown {
  const [part, ...rest] = parts;
  if (part === undefined) return value;
  if (typeof part !== 'string') {
    const list = isList(body) ? [...body] : [];
    const found = list.findIndex((item) => at(item, `/${part.key}`) === part.value);
    const item = found < 0 ? { [part.key]: part.value } : list[found];
    list[found < 0 ? list.length : found] = grow(item, rest, value);
    return list;
  }
  if (/^\d{1,3}$/.test(part) && (body === undefined || isList(body))) {
    const list = isList(body) ? [...body] : [];
    while (list.length < Number(part)) list.push({});
    list[Number(part)] = grow(list[Number(part)], rest, value);
    return list;
  }
  const copy = isObject(body) ? { ...body } : {};
  copy[part] = grow(copy[part], rest, value);
  return copy;
}

function segments(path: string): readonly Segment[] {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const parts = path === '' ? [] : path.replace(/^\//, '').split('/').map(segment);
  // Paths come from declarations and their configuration: few, but a file written by a user is not trusted.
  if (parsed.size > 5_000) parsed.clear();
  parsed.set(path, parts);
  return parts;
}

function segment(text: string): Segment {
  const selector = /^\[([^=\]]+)=([^\]]*)\]$/.exec(text);
  if (selector === null) return text.replaceAll('~1', '/').replaceAll('~0', '~');
  return { key: selector[1] ?? '', value: (selector[2] ?? '').toLowerCase() };
}
