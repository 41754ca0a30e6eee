import { normalName } from '../files/columns';
import { nearestName } from '../nearest';

/** Subjects of runs that files of learner records make. */
export const RECORD_SUBJECTS = ['enrollments', 'credits'] as const;
export type RecordSubject = (typeof RECORD_SUBJECTS)[number];

/** True for the subjects of learner records. */
export function isRecordSubject(subject: string): subject is RecordSubject {
  return RECORD_SUBJECTS.some((known) => known === subject);
}

/** A column of a file of learner records. */
export interface RecordColumn {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly about: string;
  /** Each row needs a value. */
  readonly required?: true;
}

const USER: RecordColumn = {
  name: 'user',
  aliases: [
    'code',
    'user code',
    'user id',
    'employee id',
    'employee number',
    'employee code',
    'external id',
    'personnel number',
    'person',
    'learner',
    'student',
    'login',
    'username',
    'user name',
    'email',
    'email address',
    'e-mail',
  ],
  about: 'code, login, e-mail or id of a user',
  required: true,
};

/** The columns of each subject's files. */
export const RECORD_COLUMNS = {
  enrollments: [
    USER,
    {
      name: 'course',
      aliases: ['course code', 'course id', 'course number'],
      about: 'code of a course that exists',
      required: true,
    },
    {
      name: 'status',
      aliases: ['enrollment status', 'completion status', 'state'],
      about:
        'enrolled (for a new enrollment without a status), in_progress, completed or cancelled',
    },
    {
      name: 'progress',
      aliases: ['progress %', 'percent', 'percent complete', 'completion %'],
      about: 'percent, a whole number from 0 to 100',
    },
    {
      name: 'score',
      aliases: ['grade', 'result', 'points', 'mark'],
      about: 'a number, such as 82.5',
    },
    {
      name: 'completed',
      aliases: ['completed at', 'completed on', 'completion date', 'date completed', 'finished on'],
      about: 'day of completion, YYYY-MM-DD; today for a completed course without one',
    },
  ],
  credits: [
    USER,
    {
      name: 'title',
      aliases: ['credit', 'name', 'course', 'course title', 'activity', 'training'],
      about: 'what was learned',
      required: true,
    },
    {
      name: 'provider',
      aliases: ['issuer', 'institution', 'vendor', 'organization', 'school'],
      about: 'where it was learned',
      required: true,
    },
    {
      name: 'credits',
      aliases: ['credit hours', 'hours', 'points', 'units', 'ceu', 'cpd'],
      about: 'a number above 0, such as 1.5',
      required: true,
    },
    {
      name: 'earned',
      aliases: ['earned on', 'date', 'date earned', 'completed', 'completed on', 'completion date'],
      about: 'the day, YYYY-MM-DD',
      required: true,
    },
    {
      name: 'evidence',
      aliases: ['evidence url', 'link', 'url', 'certificate', 'proof'],
      about: 'an https address, which is shown and never fetched',
    },
  ],
} as const satisfies Record<RecordSubject, readonly RecordColumn[]>;

/** The name of the column that a header stands for; `undefined`: of none. */
export function recordColumnOf(subject: RecordSubject, header: string): string | undefined {
  const wanted = normalName(header);
  if (wanted === '') return undefined;
  return COLUMNS_BY_NAME[subject].get(wanted);
}

const byName = (columns: readonly RecordColumn[]): ReadonlyMap<string, string> =>
  new Map(
    columns.flatMap(({ name, aliases }) =>
      [name, ...aliases].map((called): [string, string] => [normalName(called), name]),
    ),
  );

const COLUMNS_BY_NAME: Readonly<Record<RecordSubject, ReadonlyMap<string, string>>> = {
  enrollments: byName(RECORD_COLUMNS.enrollments),
  credits: byName(RECORD_COLUMNS.credits),
};

/** The column that a name most likely means; `undefined`: none is near. */
export function nearestRecordColumn(subject: RecordSubject, name: string): string | undefined {
  const known = [...COLUMNS_BY_NAME[subject].keys()];
  const near = nearestName(normalName(name), known);
  return near === undefined ? undefined : COLUMNS_BY_NAME[subject].get(near);
}
