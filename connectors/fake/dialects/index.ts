import type { Dialect } from '../dialect';
import { gusto, merge, odata, restGeneric, rippling } from './cloud';
import { entra, hubspot, salesforce, scim } from './directory';
import { bamboohr, hibob, personio, workdayRaas } from './hris';

/** The dialect of each vendor, by the id of its connector. */
// prettier-ignore
export const DIALECTS = {
  bamboohr, hibob, personio, workdayRaas, scim, hubspot, salesforce, entra, rippling, gusto, merge,
  restGeneric, odata,
} as const satisfies Record<string, Dialect>;
export type DialectName = keyof typeof DIALECTS;
