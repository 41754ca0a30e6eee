import type { RowFault } from '../domain/files/rowFaults';
import type {
  AllFacts,
  FailedRow,
  Settlement,
  StoredMessage,
  AnyMessageCode,
} from '../domain/runs/messages';
import { CONFLICT_WORDS } from './messages/conflicts';
import { MERGE_WORDS } from './messages/merges';
import { PLAN_WORDS } from './messages/plans';
import { READ_WORDS } from './messages/reads';
import { grouped, type Place, type Words } from './messages/words';
import { ROW_FAULT_WORDS } from './rowFaults';

const WORDS: Words<AnyMessageCode> = {
  ...READ_WORDS,
  ...CONFLICT_WORDS,
  ...PLAN_WORDS,
  ...MERGE_WORDS,
  ...ROW_FAULT_WORDS,
};

/**
 * The sentence of a message or a row fault. A message that was stored before facts existed has its
 * sentence stored; a code that only a later build knows is shown itself.
 */
export function wordMessage(message: StoredMessage): string {
  if (message.settled !== null) return settled(message.settled);
  const said = message.message ?? sentence(message);
  return `${severalRows(message)}${said}`;
}

/** Lines that a message for several rows names. */
const MAX_LINES = 5;

/** `24 rows (lines 2, 3, 4, 5, 6 and 19 more): ` */
function severalRows({ count = 1, lines = [] }: StoredMessage): string {
  if (count < 2) return '';
  const first = lines.slice(0, MAX_LINES).map(String);
  const more = count - first.length;
  const rest = more > 0 ? ` and ${grouped(more)} more` : '';
  return `${grouped(count)} rows (lines ${first.join(', ')}${rest}): `;
}

function sentence<C extends AnyMessageCode>(
  message: Place & { readonly code: C; readonly facts: AllFacts[C] },
): string {
  const { code, facts } = message;
  return Object.hasOwn(WORDS, code) ? WORDS[code](facts, message) : code;
}

function settled({ by, as, user, run }: Settlement): string {
  if (as === 'skip') return `Resolved by ${by}: the row is left out.`;
  const who = as === 'create' ? 'a new person' : `user ${user ?? ''}`;
  return `Resolved by ${by}: the row is ${who} (run ${run ?? ''}).`;
}

/** The sentence of a fault that a row has just received. */
export function wordRowFault([column, code, , facts]: RowFault): string {
  return sentence({ line: null, column, code, facts });
}

/** Why a row did not go through, in one cell: `COLUMN: reason (code)`, the reason without its full stop. */
export function wordFailedRow({ messages, reason }: FailedRow): string {
  if (messages.length === 0) return reason;
  return messages
    .map((message) => {
      const column = message.column === null ? '' : `${message.column}: `;
      return `${column}${wordMessage(message).replace(/\.+$/, '')} (${message.code})`;
    })
    .join('; ');
}
