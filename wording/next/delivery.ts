import { quoted } from '../../domain/shown';
import type { SomeWords } from './words';

/** Words of the steps about letters that come back, and about announcements. */
export const DELIVERY_WORDS = {
  listSuppressions: () => 'rollcall suppressions list',
  helpAddSuppression: () => 'rollcall suppressions add --help',
  helpImportBounces: () => 'rollcall bounces import --help',
  listAnnouncements: () => 'rollcall announcements list',
  helpAnnounce: () => 'rollcall announcements send --help',
  listNotifications: ({ user }) => `rollcall notifications list ${quoted(user)}`,
} as const satisfies SomeWords;
