import type { LetterContent, LetterContext } from '../../../domain/letters/content';

/** A letter with this, and the simplest rest. */
export function contentOf(given: Partial<LetterContent> = {}): LetterContent {
  return {
    subject: 'News',
    text: 'Hello',
    html: null,
    variables: [],
    values: {},
    category: 'administrative',
    ...given,
  };
}

/** What a letter may say of Ada Byron, with these fields. */
export function contextOf(user: Partial<LetterContext['user']> = {}): LetterContext {
  return {
    user: {
      firstName: 'Ada',
      lastName: 'Byron',
      displayName: null,
      name: 'Ada Byron',
      login: 'ada',
      email: 'ada@example.org',
      code: '7',
      jobTitle: 'Analyst',
      department: null,
      location: null,
      locale: 'de_AT',
      hireDate: '2026-01-05',
      properties: { shift: 'night' },
      ...user,
    },
    organization: { code: 'SALES', name: 'Sales' },
    sender: { name: 'Mia Gate' },
    mail: { fromName: null, replyTo: null },
  };
}
