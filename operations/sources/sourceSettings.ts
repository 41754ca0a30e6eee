import { connectorType, connectorTypes } from '../../connectors/vendors';
import { checkSettings } from '../../connectors/declaration/settings';
import type { Connector } from '../../connectors/declaration/schema';
import { validateConnector } from '../../connectors/declaration/validate';
import type { FaultCode } from '../../domain/faultCodes';
import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';
import { NUMBER_GATES, type NumberGate } from '../../domain/runs/gates';
import { nearestName } from '../../domain/nearest';
import { isSourceName, SOURCE_NAME_RULE } from '../../domain/sources/sourceName';
import { zoneFault, zoneName } from '../../domain/zones';

/** Settings as they are given; an absent one keeps its value or its default. */
export interface GivenSettings {
  readonly config?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly baseUrl?: string;
  /** A declaration of the user's own, parsed. */
  readonly declaration?: unknown;
}

/** Limits of a source's gates; `null` removes the source's own number. */
export type GivenGates = Readonly<Partial<Record<NumberGate, number | null>>>;

interface Chosen {
  readonly connector: Connector | null;
  readonly faults: readonly string[];
}

/** The connector of a name or of the user's own declaration, or every fault of it. */
export function chooseConnector(o: {
  readonly type?: string | undefined;
  readonly declaration?: unknown;
}): Chosen {
  if (o.declaration !== undefined) {
    const checked = validateConnector(o.declaration);
    if (checked.ok) return { connector: checked.connector, faults: [] };
    return {
      connector: null,
      faults: checked.faults.map(({ path, message }) =>
        path === '' || message.includes(path) ? message : `${path}: ${message}`,
      ),
    };
  }
  const type = o.type ?? '';
  const ids = connectorTypes().map(({ id }) => id);
  const connector =
    connectorType(type) ?? connectorTypes().find(({ id }) => sameWord(id, type)) ?? null;
  if (connector !== null) return { connector, faults: [] };
  const near = nearestName(type, ids);
  const meant = near === undefined ? `there are ${ids.join(', ')}` : `is "${near}" meant?`;
  return { connector: null, faults: [`"${type}" is no type of source; ${meant}`] };
}

function sameWord(a: string, b: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return plain(a) === plain(b);
}

/** What is wrong with the name of a new source; `null`: nothing. */
export function nameFault(name: string): string | null {
  return isSourceName(name) ? null : `"${name}" is no name for a source: ${SOURCE_NAME_RULE}.`;
}

/** Words every fault of a source's settings. */
export function settingFaults(
  connector: Connector,
  settings: Required<Pick<GivenSettings, 'config' | 'secrets'>> & { baseUrl?: string | undefined },
): string[] {
  return checkSettings(connector, settings).map(({ message }) =>
    /[.:?!]$/.test(message) ? message : `${message}.`,
  );
}

/** What is wrong with gate numbers: only these gates take one. */
export function gateFaults(gates: Readonly<Record<string, number | null | undefined>>): string[] {
  const names: readonly string[] = NUMBER_GATES;
  return Object.entries(gates).flatMap(([gate, limit]) => {
    if (!names.includes(gate)) {
      return [`No setting removes the gate ${gate}; numbers are for ${names.join(', ')}.`];
    }
    if (limit === null || limit === undefined) return [];
    if (Number.isSafeInteger(limit) && limit >= 0) return [];
    return [`The gate ${gate} takes a whole number.`];
  });
}

/** A time zone as the IANA list spells it. */
export function asListed(timeZone: string | null): string | null {
  return timeZone === null ? null : (zoneName(timeZone) ?? timeZone);
}

/** What is wrong with a time zone. */
export function zoneFaults(timeZone: string | null): string[] {
  const fault = timeZone === null ? null : zoneFault(timeZone);
  return fault === null ? [] : [fault];
}

/** Throws all faults of one command at once. */
export function refuse(faults: readonly string[], o: { code: FaultCode; next: Next }): void {
  if (faults.length === 0) return;
  const [only = ''] = faults;
  throw new Fault('usage', {
    code: o.code,
    message:
      faults.length === 1
        ? only
        : `Several things are wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    next: o.next,
  });
}
