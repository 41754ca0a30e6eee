import { generateKeyPairSync } from 'node:crypto';
import { connectorType } from '../../connectors/vendors';
import { DIALECTS, type DialectName } from '../../connectors/fake/dialects';
import { MISBEHAVIOURS, type Misbehaviour } from '../../connectors/fake/misbehaviours';
import type { PageDeclaration } from '../../connectors/declaration/pages';
import type { Connector } from '../../connectors/declaration/schema';

/** The vendors that the fake server plays. */
export const VENDORS = Object.keys(DIALECTS).filter(isVendor);

export function isVendor(text: string): text is DialectName {
  return Object.hasOwn(DIALECTS, text);
}

/** Something that a vendor does wrong, or that happens at the vendor, while it is read. */
export type Trouble = Misbehaviour | 'edited' | 'one_instant' | 'none';

/** What the campaign adds to the misbehaviours of the fake server, in words. */
const MORE = {
  edited: 'people come, go and change while they are read',
  one_instant: 'everybody carries one time-stamp, over every edge of a page',
  none: 'behaves',
} as const;

export const TROUBLES: readonly Trouble[] = [
  ...Object.keys(MISBEHAVIOURS).filter(isMisbehaviour),
  'edited',
  'one_instant',
  'none',
];

export function isMisbehaviour(text: string): text is Misbehaviour {
  return Object.hasOwn(MISBEHAVIOURS, text);
}

export function isTrouble(text: string): text is Trouble {
  return isMisbehaviour(text) || Object.hasOwn(MORE, text);
}

/** A trouble in words. */
export function said(trouble: Trouble): string {
  return isMisbehaviour(trouble) ? MISBEHAVIOURS[trouble] : MORE[trouble];
}

/** True where a full read of the vendor has pages of one of these types. */
function pagesBy(vendor: DialectName, ...types: readonly PageDeclaration['type'][]): boolean {
  return builtIn(vendor).reads.full.some(({ page }) => types.includes(page.type));
}

function builtIn(vendor: DialectName): Connector {
  const connector = connectorType(vendor);
  if (connector === undefined) throw new Error(`there is no connector ${vendor}`);
  return connector;
}

/** False where a vendor has nothing that could go wrong in that way. */
export function applies(vendor: DialectName, trouble: Trouble): boolean {
  const { throttled, expired, withhold } = {
    throttled: undefined,
    expired: undefined,
    withhold: undefined,
    ...DIALECTS[vendor],
  };
  switch (trouble) {
    case 'repeated_cursor':
      return pagesBy(vendor, 'nextUrl', 'cursor');
    case 'foreign_link':
      return pagesBy(vendor, 'nextUrl');
    case 'moved_row':
      return !isUnpaged(vendor) && vendor !== 'hubspot' && vendor !== 'salesforce';
    case 'throttle_vendor':
      return throttled !== undefined;
    case 'in_parts':
      // Records of a deltaLink may hold only what changed.
      return builtIn(vendor).reads.changes?.since.type === 'deltaLink';
    case 'expired_cursor':
      return expired !== undefined;
    case 'withheld':
      return withhold !== undefined;
    default:
      return true;
  }
}

/** True where all people come in one answer. */
export function isUnpaged(vendor: DialectName): boolean {
  return pagesBy(vendor, 'none');
}

const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

/** The secrets of a fake vendor, with a key of our own where one is asked for. */
export function secretsOf(vendor: DialectName): Readonly<Record<string, string>> {
  const { secrets } = DIALECTS[vendor];
  return 'privateKey' in secrets ? { ...secrets, privateKey: PEM } : secrets;
}

/**
 * The vendor's declaration as a user might change it: smaller pages, so that few people make many of
 * them; no budgets, which are counted in the database's own time; small answers that come soon.
 */
export function declarationOf(vendor: DialectName, pageSize: number): Connector {
  const connector = builtIn(vendor);
  const { budget: _, ...limits } = connector.limits;
  const small: Connector = {
    ...connector,
    limits: { ...limits, timeoutMs: 250, maxBytes: 4 * 1024 * 1024 },
  };
  return JSON.parse(JSON.stringify(small), (key, value) => {
    if (key === 'size') return { ...value, value: pageSize };
    // HubSpot's search ends after this many rows (HUBSPOT_CEILING).
    return key === 'whenOver' ? 3 * pageSize : value;
  });
}
