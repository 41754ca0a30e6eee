import type { DeliveryReason } from '../../../domain/letters/deliveryReasons';
import type { DeliveryState } from '../../../domain/letters/deliveries';
import { nameOf } from '../../../domain/users/userView';
import type { Queryable } from '../../database/db';

/** What became of one recipient. */
export interface Recipient {
  /** The number of the recipient in the campaign, from 1. */
  readonly n: number;
  /** `null`: outside the reach of the reader, and so are the code and the address. */
  readonly userId: string | null;
  readonly name: string;
  readonly code: string | null;
  readonly state: DeliveryState;
  /** Why it has its state; `null`: nothing needs a reason. */
  readonly reason: DeliveryReason | null;
  /** The address that it went to; `null`: it was not tried. */
  readonly address: string | null;
  readonly attempts: number;
  /** What stands before the @ of its Message-ID, for the log of the mail server; `null`: it was not tried. */
  readonly messageId: string | null;
  readonly smtpCode: number | null;
  readonly enhanced: string | null;
  /** ISO 8601 instants. */
  readonly claimedAt: string | null;
  readonly nextAt: string | null;
  readonly closedAt: string | null;
}

interface Row extends Omit<
  Recipient,
  'userId' | 'name' | 'messageId' | 'claimedAt' | 'nextAt' | 'closedAt'
> {
  readonly id: string;
  readonly login: string | null;
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly displayName: string | null;
  readonly claimedAt: Date | null;
  readonly nextAt: Date | null;
  readonly closedAt: Date | null;
}

/** A recipient as it is stored: of a person within any reach. */
export interface StoredRecipient extends Omit<Recipient, 'messageId'> {
  readonly userId: string;
}

/**
 * The recipients of a campaign after number `after`, in the order of numbers. A merged account is shown as the
 * account that it was merged into.
 */
export async function selectRecipients(
  db: Queryable,
  o: {
    readonly campaignId: string;
    readonly state?: DeliveryState;
    readonly after: number;
    readonly limit: number;
  },
): Promise<StoredRecipient[]> {
  const { rows } = await db.query<Row>(
    `select d.n, u.id, u.code, u.login, u.email, u.first_name as "firstName", u.last_name as "lastName",
       u.display_name as "displayName", d.state, d.reason, d.address, d.attempts,
       d.smtp_code as "smtpCode", d.enhanced, d.claimed_at as "claimedAt", d.next_at as "nextAt",
       d.closed_at as "closedAt"
     from (select * from delivery where campaign_id = $1 and n > $2
         and ($3::delivery_state is null or state = $3) order by n limit $4) d
     join "user" own on own.id = d.user_id
     join "user" u on u.id = coalesce(own.merged_into_id, own.id)
     order by d.n`,
    [o.campaignId, o.after, o.state ?? null, o.limit],
  );
  return rows.map((row) => {
    const { id, login, email, firstName, lastName, displayName, ...rest } = row;
    return {
      ...rest,
      userId: id,
      name: nameOf({ id, code: row.code, login, email, firstName, lastName, displayName }),
      claimedAt: row.claimedAt?.toISOString() ?? null,
      nextAt: row.nextAt?.toISOString() ?? null,
      closedAt: row.closedAt?.toISOString() ?? null,
    };
  });
}
