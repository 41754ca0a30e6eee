import { connectorType } from '../../connectors/vendors';
import { validateConnector } from '../../connectors/declaration/validate';
import type { Connector } from '../../connectors/declaration/schema';
import { addSource } from '../../operations/sources/addSource';
import type { SourceContext } from '../../operations/sources/polledSource';
import type { Answers } from '../answers';
import { connectionFile } from '../cases/connector';
import type { Dice } from '../sync/chance';
import type { Form, Written } from './mischief';
import { markOf, recordOf, type DayForm } from './write';

export const SOURCE = 'hr';

/** A system that is read completely each time. */
export async function addSystem(
  context: SourceContext,
  o: { readonly answers: Answers; readonly form: Form; readonly days: DayForm },
): Promise<(rows: readonly Written[]) => void> {
  const { answers, form, days } = o;
  const to = days === 'epochMs' ? 'epochMsDate' : 'date';
  const page = { type: 'nextUrl', from: '/next' };
  const declared = connectionFile({
    page,
    fields: {
      department: { from: '/department' },
      phone: { from: '/phone' },
      ...(form.days
        ? { hireDate: { from: '/start', to }, leaveDate: { from: '/end', to, whenEmpty: 'clear' } }
        : {}),
    },
    ...(form.days ? { effective: { start: '/start', end: '/end' } } : {}),
  });
  await addSource(context, {
    name: SOURCE,
    declaration: valid(declared),
    config: { host: answers.host },
    secrets: { token: 'token' },
    baseUrl: `${answers.origin}/api`,
  });
  return (rows) => {
    const records = rows.map((row) => recordOf(form, row, days));
    const half = Math.ceil(records.length / 2);
    answers.answer((path) => {
      const second = path.includes('page=2');
      const data = second ? records.slice(half) : records.slice(0, half);
      const next = second ? null : `${answers.origin}/api/people?page=2`;
      return { body: JSON.stringify({ data, next }) };
    });
  };
}

function valid(declared: object): Connector {
  const checked = validateConnector(declared);
  if (checked.ok) return checked.connector;
  throw new Error(JSON.stringify(checked.faults));
}

type GraphRecord = Readonly<Record<string, unknown>>;

/** Microsoft Graph: reads of everybody, and of changes; both may bring a person in parts. */
export class Graph {
  readonly #answers: Answers;
  readonly #dice: Dice;
  #known = new Map<string, GraphRecord>();
  #last = new Map<string, GraphRecord>();

  constructor(answers: Answers, dice: Dice) {
    this.#answers = answers;
    this.#dice = dice;
  }

  async add(context: SourceContext): Promise<void> {
    const declaration = connectorType('entra');
    if (declaration === undefined) throw new Error('there is no connector entra');
    const { origin } = this.#answers;
    await addSource(context, {
      name: SOURCE,
      declaration,
      config: { tenant: 'company', clientId: 'client', loginUrl: origin },
      secrets: { clientSecret: 'secret' },
      baseUrl: `${origin}/v1.0`,
    });
  }

  /** The state of the directory from now on; returns how many people come in parts. */
  show(rows: readonly Written[]): { readonly full: number; readonly changes: number } {
    this.#known = new Map(rows.map((row) => [idOf(row), graphRecord(row)]));
    const full = this.#listed(() => undefined);
    const changes = this.#listed((id) => this.#last.get(id));
    this.#serve(full.records, changes.records);
    return { full: full.split, changes: changes.split };
  }

  /** Everybody, as far as they differ from what was known before. */
  #listed(before: (id: string) => GraphRecord | undefined): {
    readonly records: readonly GraphRecord[];
    readonly split: number;
  } {
    const people = [...this.#known].map(([id, record]) =>
      this.#partsOf(id, { record, before: before(id), split: this.#dice.often(0.5) }),
    );
    // Later parts come on later pages.
    const first = people.flatMap((parts) => parts.slice(0, 1));
    const rest = people.flatMap((parts) => parts.slice(1));
    return {
      records: [...first, ...rest],
      split: people.filter((parts) => parts.length > 1).length,
    };
  }

  /** The read was applied, so that the next changes are those since then. */
  taken(): void {
    this.#last = new Map(this.#known);
  }

  #partsOf(
    id: string,
    o: {
      readonly record: GraphRecord;
      readonly before: GraphRecord | undefined;
      readonly split: boolean;
    },
  ): GraphRecord[] {
    const { record, before } = o;
    const changed = Object.entries(record).filter(([field, value]) => before?.[field] !== value);
    if (changed.length === 0) return [];
    if (!o.split) return [{ id, ...Object.fromEntries(changed) }];
    const late = changed.filter(([field]) => field === 'accountEnabled' || this.#dice.often(0.4));
    const early = changed.filter((one) => !late.includes(one));
    if (early.length === 0) return [{ id, ...Object.fromEntries(late) }];
    // A first part may still have what a later part corrects.
    const stale = before === undefined && late.length > 0 ? { accountEnabled: true } : {};
    return [
      { id, ...stale, ...Object.fromEntries(early) },
      ...late.map((one) => ({ id, ...Object.fromEntries([one]) })),
    ];
  }

  #serve(full: readonly GraphRecord[], changes: readonly GraphRecord[]): void {
    const base = `${this.#answers.origin}/v1.0/users/delta`;
    this.#answers.answer((path) => {
      if (path.endsWith('/oauth2/v2.0/token')) {
        return { body: '{"token_type":"Bearer","expires_in":3600,"access_token":"token"}' };
      }
      const one = /\/v1\.0\/users\/(g-[^?/]+)/.exec(path)?.[1];
      if (one !== undefined) {
        const record = this.#known.get(decodeURIComponent(one));
        return record === undefined ? undefined : { body: JSON.stringify({ id: one, ...record }) };
      }
      // The address of a read of everybody has no place in it.
      const [kind = 'full', page = '1'] = (/[?&]at=(\w+)/.exec(path)?.[1] ?? 'full_1').split('_');
      const records = kind === 'full' ? full : changes;
      const half = Math.ceil(records.length / 2);
      const value = page === '1' ? records.slice(0, half) : records.slice(half);
      const link =
        page === '1'
          ? { '@odata.nextLink': `${base}?at=${kind}_2` }
          : { '@odata.deltaLink': `${base}?at=changes_1` };
      return { body: JSON.stringify({ value, ...link }) };
    });
  }
}

/** The directory's own id: another one for another number. */
export function idOf(row: Pick<Written, 'number'>): string {
  return `g-${row.number}`;
}

function graphRecord(row: Written): GraphRecord {
  return {
    employeeId: row.number,
    userPrincipalName: `${idOf(row)}@company.example`,
    mail: row.email === '' ? null : row.email,
    givenName: row.first,
    surname: row.last,
    department: row.department,
    mobilePhone: row.key === undefined ? '' : markOf(row.key),
    accountEnabled: row.status !== 'Inactive',
  };
}
