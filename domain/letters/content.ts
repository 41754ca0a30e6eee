import type { PropertyValue } from '../users/userView';
import type { OrganizationPathValues, UserPathValues } from './person/letterPaths';
import type { Variable } from './variables';

/** Letters about access reach people who unsubscribed, too: they are administrative. */
export const LETTER_CATEGORIES = ['administrative', 'optional'] as const;
export type LetterCategory = (typeof LETTER_CATEGORIES)[number];

/** What is sent, before it is rendered for a person: what `campaign.content` keeps of a letter. */
export interface LetterContent {
  /** Liquid, one line. */
  readonly subject: string;
  /** Liquid, plain text. */
  readonly text: string;
  /** Liquid in HTML, which is put into the layout; `null`: the HTML is made from the text. */
  readonly html: string | null;
  readonly variables: readonly Variable[];
  /** What `values.*` are, given when the letter is sent: the name without `values.` → its value. */
  readonly values: Readonly<Record<string, string>>;
  readonly category: LetterCategory;
}

/** What a letter may say about one person: a plain copy, by an allow-list. `null`: not known. */
export interface LetterContext {
  readonly user: UserPathValues & {
    readonly properties: Readonly<Record<string, PropertyValue>>;
  };
  readonly organization: OrganizationPathValues;
  /** Who sends the letter: the name of the admin. */
  readonly sender: { readonly name: string | null };
  /** For the headers of the message, not for templates: set on the person's organization. */
  readonly mail: { readonly fromName: string | null; readonly replyTo: string | null };
}

/** A letter as one person gets it. */
export interface RenderedLetter {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  /** A whole document; `null`: only text is sent. */
  readonly html: string | null;
}
