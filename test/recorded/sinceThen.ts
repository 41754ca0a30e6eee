type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type Document = Readonly<Record<string, Json>>;

/** Messages that came after the records were made. */
const NEW_MESSAGES: readonly Json[] = [
  ...['rejected_before', 'rejections_remembered', 'not_in_file'],
  'admins_stopped',
  ...['no_number', 'people_without_number', 'nobody_by_keys', 'not_approved', 'listed_later'],
  'last_day_gone',
];

/** Events of alerts that came after them. */
const NEW_EVENTS: readonly Json[] = [
  'token_ending',
  'token_recovered',
  'campaign_held',
  'campaign_paused',
  'campaign_unknown',
];

/**
 * Takes out of documents what came after the records were made: the subject of runs, the door and the values of edits by hand in a
 * history, the alerts of tokens and of campaigns, who can sign in, whether something is archived, owners and counts of saved filters, the gate `rejected_before`, messages about
 * rejections, about people who are not in a file and about rows without a number, the options of lists, and the
 * step to look, where an approval was the next.
 */
export class SinceThen {
  /** Run → how many of its messages were taken out. */
  readonly #taken = new Map<Json, number>();

  /** A document as it was printed, or another text, which stays as it is. */
  text(out: string): string {
    // Lines of entries, and text.
    if (!out.startsWith('{\n')) return out.replace(/,"rejectedIn":"[^"]+"/g, '');
    const document: Json = JSON.parse(out);
    return `${JSON.stringify(this.#value(document), null, 2)}\n`;
  }

  #value(value: Json): Json {
    if (isList(value)) {
      return value.filter((one) => !NEW_EVENTS.includes(one)).map((one) => this.#value(one));
    }
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).map(([key, one]) => [key, this.#value(one)] as const);
    return this.#run(withoutNew(historyEvent(Object.fromEntries(fields))));
  }

  #run(given: Document): Document {
    const { listOptions: _, matchedRows: _matched, subject: _s, startedBy: _by, ...run } = given;
    const { runId = null, held, state, messages, messageCount } = run;
    if (!isList(held ?? null) || state === undefined) return run;
    if (messages === undefined || !isList(messages)) return this.#summary(run, messageCount);
    const kept = messages.filter((one) => !NEW_MESSAGES.includes(fieldOf(one, 'code')));
    this.#taken.set(runId, messages.length - kept.length);
    return { ...this.#summary(run, messageCount), messages: kept };
  }

  #summary(run: Document, messageCount: Json | undefined): Document {
    const { runId = null, held = [], next = null, reason = null, state } = run;
    const gates = isList(held)
      ? held.filter((one) => fieldOf(one, 'gate') !== 'rejected_before')
      : held;
    const count =
      typeof messageCount === 'number' ? messageCount - (this.#taken.get(runId) ?? 0) : 0;
    const looks = /^rollcall runs diff ([^ ]+)(?: --gate [a-z_]+)?$/.exec(textOf(next));
    const id = looks?.[1];
    const rest = textOf(reason).includes('turn the rest down') ? 'the rest' : 'it';
    return {
      ...run,
      held: gates,
      ...(messageCount === undefined ? {} : { messageCount: count }),
      ...(state === 'held' && id !== undefined
        ? {
            next: `rollcall runs approve ${id}`,
            reason: `Look at ${rest} first: rollcall runs diff ${id}. Or turn ${rest} down: rollcall runs reject ${id}`,
          }
        : {}),
      ...(state === 'rejected' && textOf(next).startsWith('rollcall runs diff ')
        ? { next: null }
        : {}),
    };
  }
}

/** An event of a history, as it was before edits by hand kept their values; other objects as they are. */
function historyEvent(given: Document): Document {
  if (!('became' in given)) return given;
  const { door: _, ...event } = given;
  const byHand = textOf(event['action'] ?? null).startsWith('user.');
  return byHand ? { ...event, changes: null } : event;
}

/**
 * A user without `access` and learner records, an organization without how its letters are signed, an error without its further faults, a saved filter without owner and count, a
 * deleted one with its name alone; other objects as they are.
 */
function withoutNew(given: Document): Document {
  if ('access' in given && 'identities' in given) {
    const { access: _, ...shown } = given;
    const {
      enrollments: __,
      enrollmentCount: ___,
      credits: ____,
      creditCount: _____,
      ...user
    } = shown;
    return user;
  }
  if ('activeUsers' in given && 'users' in given) {
    const { mailName: _, replyTo: __, archivedAt: ___, ...organization } = given;
    return organization;
  }
  if ('archivedAt' in given && 'key' in given) {
    const { archivedAt: _, ...property } = given;
    return property;
  }
  if ('faults' in given && 'code' in given && 'next' in given) {
    const { faults: _, ...error } = given;
    return error;
  }
  if (!('shared' in given && 'filter' in given)) return given;
  const { shared: _, owner: __, count: ___, ...filter } = given;
  if ('deleted' in filter)
    return { name: filter['name'] ?? null, deleted: filter['deleted'] ?? null };
  return filter;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : '';
}

function fieldOf(value: Json, key: string): Json {
  if (typeof value !== 'object' || value === null || isList(value)) return null;
  return value[key] ?? null;
}
