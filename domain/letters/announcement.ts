import type { LetterContent } from './content';

/** What is announced, as it was when it was sent: what `campaign.content` keeps of an announcement. */
export interface AnnouncementContent {
  /** One line. */
  readonly title: string;
  /** As it was written. */
  readonly markdown: string;
  /** The same, rendered: no HTML of the writer, links to https only, no pictures. */
  readonly html: string;
  /** An https URL; `null`: none. */
  readonly link: string | null;
  /** How it is mailed; absent: it is not mailed. */
  readonly letter?: LetterContent;
}

export const MAX_TITLE_CHARS = 200;
/** Rendered at once: the worst that fits takes a third of a second. */
export const MAX_MARKDOWN_CHARS = 20_000;
export const MAX_LINK_CHARS = 2000;

/** How an announcement stands: who has it in the list, and why not. */
export const ANNOUNCEMENT_STATES = [
  'visible',
  'planned',
  'expired',
  'retracted',
  'held',
  'cancelled',
] as const;
export type AnnouncementState = (typeof ANNOUNCEMENT_STATES)[number];
