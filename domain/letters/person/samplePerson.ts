import type { LetterContext } from '../content';
import {
  isUserValues,
  ORGANIZATION_PATHS,
  USER_PATHS,
  type OrganizationPathValues,
} from './letterPaths';

type Paths = Readonly<Record<string, { readonly column: string | null; readonly sample: string }>>;
type Values = Readonly<Record<string, string | null>>;

/** A made-up person, for previews and trials. False for `hasValues`: one who has nothing but a name. */
export function samplePerson(o: {
  readonly hasValues: boolean;
  /** Keys of properties that the person has. */
  readonly properties?: readonly string[];
}): LetterContext {
  const values = (paths: Paths): Values =>
    Object.fromEntries(
      Object.entries(paths).map(([name, { column, sample }]) => [
        name,
        o.hasValues || column === null ? sample : null,
      ]),
    );
  const user = values(USER_PATHS);
  const organization = values(ORGANIZATION_PATHS);
  if (!isUserValues(user) || !isOrganization(organization))
    throw new Error('a path without a sample');
  const properties = o.hasValues ? (o.properties ?? []) : [];
  return {
    user: { ...user, properties: Object.fromEntries(properties.map((key) => [key, 'A'])) },
    organization,
    sender: { name: 'Sender' },
    mail: { fromName: null, replyTo: null },
  };
}

function isOrganization(values: Values): values is OrganizationPathValues {
  return Object.keys(ORGANIZATION_PATHS).every((path) => Object.hasOwn(values, path));
}
