import type { Dialect } from '../fake/dialect';
import { MISBEHAVIOURS, type Misbehaviour, type Mischief } from '../fake/misbehaviours';
import type { Connector } from '../declaration/schema';

/** One way to play the system of a declaration. */
export interface Scenario {
  readonly name: string;
  readonly people: number;
  readonly maxPage: number;
  readonly mischief: readonly Mischief[];
  /** True when the system does nothing wrong. */
  readonly good: boolean;
}

/** People on a page. */
export const PAGE = 10;

// prettier-ignore
const ALWAYS = [
  'throttle_429_seconds', 'throttle_429_date', 'throttle_429_none', 'down_503', 'server_error', 'cut_body',
  'html', 'no_list', 'unauthorized_401', 'revoked_401', 'forbidden_403', 'redirect', 'truncated_page',
] as const satisfies readonly Misbehaviour[];

/** Every scenario that a declaration’s way of paging allows. */
export function scenariosOf(connector: Connector, dialect: Dialect): Scenario[] {
  const reads = connector.reads.full;
  const types = new Set(reads.map(({ page }) => page.type));
  const paged = [...types].some((type) => type !== 'none');
  const links = types.has('nextUrl') || types.has('linkHeader');
  const counted = types.has('offset') || types.has('page');
  const kinds: Misbehaviour[] = [
    ...ALWAYS,
    ...(dialect.throttled === undefined ? [] : (['throttle_vendor'] as const)),
    ...(paged && dialect.expired !== undefined ? (['expired_cursor'] as const) : []),
    ...(links || types.has('cursor') ? (['repeated_cursor'] as const) : []),
    ...(links ? (['foreign_link'] as const) : []),
    ...(counted || (paged && links) || types.has('cursor') ? (['moved_row'] as const) : []),
    ...(paged && reads.some(({ complete }) => complete.total !== undefined)
      ? (['drifting_total'] as const)
      : []),
  ];
  const from = paged ? 2 : 1;
  const people = 3 * PAGE + PAGE / 2;
  const bad = (name: string, mischief: Mischief): Scenario => ({
    name,
    people,
    maxPage: PAGE,
    mischief: [mischief],
    good: false,
  });
  return [
    ...[0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE].map((size) => sized(size)),
    ...(paged
      ? [{ ...sized(people), name: 'gives smaller pages than asked for', maxPage: 7 }]
      : []),
    ...(reads.some(({ records }) => records.partial === true)
      ? [{ ...bad(MISBEHAVIOURS.in_parts, { kind: 'in_parts', from: 1 }), good: true }]
      : []),
    ...kinds.map((kind) => bad(MISBEHAVIOURS[kind], { kind, from })),
    bad(MISBEHAVIOURS.empty, { kind: 'empty', from: 1 }),
    ...(paged ? [bad('answers with nobody from the second page on', { kind: 'empty', from })] : []),
  ];
}

function sized(people: number): Scenario {
  const name = `has ${people === 1 ? '1 person' : `${String(people)} people`}, ${String(PAGE)} on a page`;
  return { name, people, maxPage: PAGE, mischief: [], good: true };
}
