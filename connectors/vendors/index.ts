import type { Connector } from '../declaration/schema';
import { bamboohr } from './bamboohr';
import { entra } from './entra';
import { odata, restGeneric } from './generic';
import { gusto } from './gusto';
import { hibob } from './hibob';
import { hubspot } from './hubspot';
import { merge } from './merge';
import { personio } from './personio';
import { rippling } from './rippling';
import { salesforce } from './salesforce';
import { scim } from './scim';
import { workdayRaas } from './workdayRaas';

// prettier-ignore
const ALL: readonly Connector[] = [
  bamboohr, hibob, personio, workdayRaas, scim, hubspot, salesforce, entra, rippling, gusto, merge,
  restGeneric, odata,
];

/** The declarations that come with Rollcall. */
export function connectorTypes(): readonly Connector[] {
  return ALL;
}

/** The declaration of a type; undefined when none comes with Rollcall. */
export function connectorType(id: string): Connector | undefined {
  return ALL.find((connector) => connector.id === id);
}
