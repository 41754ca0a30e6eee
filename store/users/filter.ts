import {
  attributeNames,
  findAttribute,
  findPart,
  findPartAttribute,
  partAttributeNames,
  PARTS,
  type Attribute,
  type Part,
  type UserAttribute,
} from '../../domain/users/filterAttributes';
import { filterFault, parseFilter, type Filter, type Name } from '../../domain/users/filterSyntax';
import type { Fault } from '../../domain/faults';
import { USER_FIELDS, type PlainField, type PropertyDefinition } from '../../domain/users/fields';
import { nearestName } from '../../domain/nearest';
import { comparison, meansNothing, presence, type Term } from './filterTerms';
import { type Params } from './params';
import type { Reach } from './reach';

/**
 * The tables behind filters, sorts and searches; joins that are not used cost nothing. A manager outside
 * the reach is as none: neither found by nor shown.
 */
export function userFrom(reach: Reach): string {
  return `"user" u ${userJoins(reach)}`;
}

/** The tables that a user `u` is shown with. */
export function userJoins(reach: Reach): string {
  return `left join organization o on o.id = u.organization_id
  left join "user" m on m.id = u.manager_id and ${reach.of('m')}`;
}

/** Fields that compare by their own column, unconverted. */
type OwnColumn = Exclude<PlainField, 'login' | 'email'>;

/** Columns of {@link userFrom} behind the other attributes. */
const COLUMNS = {
  id: 'u.id::text',
  login: 'u.login_key',
  email: 'u.email_key',
  status: 'u.status::text',
  organization: 'o.code_key',
  organizationId: 'u.organization_id::text',
  manager: 'm.code',
  managerId: 'm.id::text',
  sticky: 'u.sticky',
  protected: 'u.protected',
  version: 'u.version',
  createdAt: 'u.created_at',
  updatedAt: 'u.updated_at',
  deactivatedAt: 'u.deactivated_at',
  deactivatedReason: 'u.deactivated_reason',
  mergedIntoId: 'u.merged_into_id::text',
} as const satisfies Record<Exclude<UserAttribute, OwnColumn>, string>;

function isOther(name: UserAttribute): name is keyof typeof COLUMNS {
  return Object.hasOwn(COLUMNS, name);
}

/**
 * The rows of each part of a user `u`, and the columns behind its attributes. An enrollment or a credit that
 * lost in a merge is no part of anybody.
 */
const PART_SQL = {
  identities: {
    rows: 'from identity i join source s on s.id = i.source_id where i.user_id = u.id',
    columns: { source: 's.name', externalId: 'i.external_id' },
  },
  enrollments: {
    rows: `from enrollment e join course c on c.id = e.course_id
    where e.user_id = u.id and e.tombstoned_by is null`,
    columns: {
      course: 'c.code_key',
      status: 'e.status::text',
      progress: 'e.progress',
      score: 'e.score',
      enrolledAt: 'e.enrolled_at',
      completedAt: 'e.completed_at',
    },
  },
  credits: {
    rows: 'from external_credit x where x.user_id = u.id and x.tombstoned_by is null',
    columns: {
      title: 'x.title',
      provider: 'x.provider',
      credits: 'x.credits',
      earnedOn: 'x.earned_on',
      evidenceUrl: 'x.evidence_url',
    },
  },
} as const satisfies {
  [P in Part]: {
    readonly rows: string;
    readonly columns: { readonly [N in keyof (typeof PARTS)[P]]: string };
  };
};

/** The SQL expression of an attribute, of the type that its kind compares as. */
export function attributeSql(attribute: Attribute, params: Params): string {
  switch (attribute.of) {
    case 'user':
      return isOther(attribute.name)
        ? COLUMNS[attribute.name]
        : `u.${USER_FIELDS[attribute.name].column}`;
    case 'part': {
      const columns: Readonly<Record<string, string>> = PART_SQL[attribute.part].columns;
      return columns[attribute.name] ?? 'null';
    }
    case 'property':
      return propertySql(attribute, params);
  }
}

/** A property whose stored value is of another type than declared counts as absent. */
function propertySql({ name, kind }: Attribute, params: Params): string {
  const key = `${params.add(name)}::text`;
  const value = `u.properties ->> ${key}`;
  const type = `jsonb_typeof(u.properties -> ${key})`;
  if (kind === 'number') return `(case when ${type} = 'number' then (${value})::numeric end)`;
  if (kind === 'boolean') return `(case when ${type} = 'boolean' then (${value})::boolean end)`;
  if (kind === 'date') {
    return `(case when (${value}) ~ '^\\d{4}-\\d\\d-\\d\\d$' then ${value} end) collate "C"`;
  }
  return `(${value})`;
}

/**
 * A filter as a condition over {@link userFrom}: values go into `params`, names come from the
 * catalogue of attributes, so that nothing of the filter's text reaches the SQL.
 *
 * Within, NULL and false are the same (AND and OR keep it so); `not` is written `is not true`.
 * Faults: `usage`, with the position.
 */
export function compileFilter(
  text: string,
  o: { readonly params: Params; readonly properties: readonly PropertyDefinition[] },
): CompiledFilter {
  const named = new Set<string>();
  const compile = (filter: Filter, within: Part | null): string => {
    switch (filter.op) {
      case 'and':
      case 'or':
        return `(${filter.filters.map((f) => compile(f, within)).join(` ${filter.op} `)})`;
      case 'not':
        return `((${compile(filter.filter, within)}) is not true)`;
      case '[]': {
        const part = partOf(filter.path, within);
        return hasPart(part, compile(filter.filter, part));
      }
      default: {
        const term = found(filter.path, within);
        const { attribute } = term;
        if (attribute.of === 'user') named.add(attribute.name);
        const sql = filter.op === 'pr' ? presence(term) : comparison(term, filter.op, filter.value);
        if (attribute.of !== 'part' || within !== null) return sql;
        const wantsNone = filter.op === 'eq' && meansNothing(filter.op, filter.value);
        const { part } = attribute;
        return wantsNone ? `not ${hasPart(part, presence(term))}` : hasPart(part, sql);
      }
    }
  };
  const found = (path: Name, within: Part | null): Term => {
    const attribute =
      within === null
        ? findAttribute(path.text, o.properties)
        : findPartAttribute(within, path.text);
    if (attribute === undefined) throw unknownAttribute(path, within, o.properties);
    return { attribute, path, sql: attributeSql(attribute, o.params), params: o.params };
  };
  const sql = compile(parseFilter(text), null);
  return { sql, attributes: named };
}

export interface CompiledFilter {
  /** A condition; never NULL-sensitive at the top (`where` treats NULL as false). */
  readonly sql: string;
  /** The user attributes that it refers to. */
  readonly attributes: ReadonlySet<string>;
}

/** One row of the part fits the condition. */
function hasPart(part: Part, condition: string): string {
  return `exists (select ${PART_SQL[part].rows} and ${condition})`;
}

function partOf(path: Name, within: Part | null): Part {
  const part = findPart(path.text);
  if (within === null && part !== undefined) return part;
  const [last, ...others] = Object.keys(PARTS)
    .map((name) => `${name}[…]`)
    .reverse();
  const known = `${others.reverse().join(', ')} and ${last ?? ''}`;
  throw filterFault('filter_attribute', path.at, `only ${known} have parts, not "${path.text}".`);
}

function unknownAttribute(
  path: Name,
  within: Part | null,
  properties: readonly PropertyDefinition[],
): Fault {
  const known = within === null ? attributeNames(properties) : partAttributeNames(within);
  const near = nearestName(path.text, known);
  return filterFault(
    'filter_attribute',
    path.at,
    `there is no attribute "${path.text}"${near === undefined ? '' : `; is "${near}" meant?`}`,
    near === undefined ? `Attributes: ${known.join(', ')}` : undefined,
  );
}
