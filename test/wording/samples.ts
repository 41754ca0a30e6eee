import type { AllFacts, AnyMessageCode } from '../../domain/runs/messages';

const RUN = '01a22987-0000-7000-8000-000000000001';
const USER = '01a2297b-0000-7000-8000-000000000002';
const OTHER = '01a2297b-0000-7000-8000-000000000003';

const ann = { id: USER, name: 'Ann Example', number: '1003', inactive: false };
const bo = { id: OTHER, name: null, number: null, inactive: true };

const conflict = { run: RUN, entry: 4, users: [ann] };
const file = { free: true, source: null };
const polled = { free: false, source: 'hr' };
const rejected = { run: RUN, runs: [RUN], more: false };
const circle = { who: '1001', named: '1001', more: false };

/** Facts of every code, one for each sentence that it has. */
export const SAMPLES: { readonly [C in AnyMessageCode]: readonly AllFacts[C][] } = {
  ignored_column: [
    { place: 3, header: 'Shoe' },
    { place: 3, header: '' },
  ],
  mapped_column_absent: [{ header: 'Shoe' }],
  missing_organization: [
    { rows: 3, line: 2, name: 'East Side' },
    { rows: 3, line: 2, name: "it's" },
  ],
  blank_rows: [{ rows: 1 }, { rows: 3 }],
  words_for_nothing: [
    { rows: 40, few: true, columns: [['Location', 2]], words: [['NA', 2]] },
    {
      rows: 1_200,
      columns: [
        ['Department', 1_200],
        ['Phone', 700],
      ],
      words: [
        ['N/A', 1_500],
        ['NULL', 400],
      ],
    },
  ],
  backslash_escapes: [
    { count: 1, line: 4 },
    { count: 12, line: 7 },
  ],
  unseen_characters: [
    { cells: 1, line: 2 },
    { cells: 3, line: 2 },
  ],
  question_marks: [
    { cells: 1, line: 2, value: 'M?ller' },
    { cells: 3, line: 2, value: 'M?ller' },
  ],
  garbled_letters: [
    { cells: 1, line: 2, value: 'MÃ¼ller', meant: 'Müller', encoding: 'windows-1252' },
    {
      cells: 3,
      line: 2,
      value: 'MÃƒÂ¼ller',
      meant: 'Müller',
      encoding: 'windows-1252',
      twice: true,
    },
  ],
  rounded_manager: [
    { cells: 1, line: 2, value: '1e+05' },
    { cells: 3, line: 2, value: '1e+05' },
  ],
  no_day: [
    { cells: 1, days: [['1900-01-01', 1]] },
    {
      cells: 12,
      days: [
        ['31.12.9999', 10],
        ['0000-00-00', 2],
      ],
    },
  ],
  unknown_zone: [
    { cells: 1, different: 1, zones: [['CST', 1]] },
    {
      ...{ cells: 12, different: 7 },
      zones: [
        ['W. Europe Standard Time', 8],
        ['Europe/Vienne', 3],
      ],
    },
  ],
  date_format_found: [
    { format: 'DD.MM.YYYY', cells: 1, value: '31.01.2020' },
    { format: 'MM/DD/YYYY', cells: 29, value: '1/31/2020' },
  ],
  header_found: [{}],
  repeated_header: [{ rows: 1 }, { rows: 3 }],
  active_after_last_day: [
    { rows: 1, lines: [2] },
    { rows: 8, lines: [2, 3, 5, 7, 11] },
  ],
  active_before_first_day: [
    { rows: 1, lines: [2] },
    { rows: 2, lines: [2, 3] },
  ],
  days_without_number: [
    { rows: 1, lines: [2] },
    { rows: 2, lines: [2, 3] },
  ],
  withheld: [{ field: 'email', records: 12 }],
  below_floor: [{ field: 'email' }],
  not_whole: [{ why: 'total_moved' }],
  not_listed: [{ people: 1 }, { people: 2 }],
  not_in_file: [1, 18].map((people) => ({ people, source: 'hr' })),
  column_gone: [
    { run: RUN, filled: 22, rows: 22, source: null },
    { run: RUN, filled: 22, rows: 22, source: 'hr' },
  ],
  same_person_twice: [
    { other: 3, numbers: null },
    { other: 3, numbers: ['1001', '1002'] },
    { other: 3, numbers: null, canRule: true },
  ],
  ambiguous: [
    { ...conflict, ...file, users: [ann, bo] },
    { ...conflict, ...polled },
    { ...conflict, free: false, source: null },
  ],
  other_identity: [
    { ...conflict, ...file },
    { ...conflict, ...polled },
  ],
  two_rows: [
    { ...conflict, other: 3 },
    { ...conflict, other: null },
  ],
  key_taken: [
    { ...conflict, ...file, own: null },
    { ...conflict, ...polled, own: OTHER },
  ],
  key_twice: [{ other: 3 }, { other: null }],
  no_key: [{}],
  no_key_left: [{ users: [ann] }],
  rejected_before: [
    { ...rejected, people: 1, deactivations: 1, reactivations: 0 },
    { ...rejected, people: 7, deactivations: 3, reactivations: 2 },
    { ...rejected, people: 2, deactivations: 0, reactivations: 1, runs: [RUN, OTHER], more: true },
  ],
  rejections_remembered: [{ people: 1 }, { people: 8 }],
  no_number: [
    { rows: 1, lines: [2], source: 'hr', key: 'code', column: 'Pers-Nr', byEmail: false },
    { rows: 12, lines: [2, 3, 9], source: 'hr', key: 'code', column: 'Pers-Nr', byEmail: false },
    { rows: 2, lines: [2, 3], source: 'hr', key: 'code', column: null, byEmail: false },
    { rows: 12, lines: [2, 3, 4], source: 'hr', key: 'code', column: null, byEmail: true },
  ],
  people_without_number: [
    { run: RUN, source: 'hr', people: 1, absent: 0, named: [], key: 'code' },
    { run: RUN, source: 'hr', people: 5, absent: 0, named: [], key: 'code' },
    { run: RUN, source: 'hr', people: 1, absent: 1, named: ['ada@example.org'], key: 'code' },
    { run: RUN, source: 'hr', people: 9, absent: 4, named: ['ada', 'bo', 'cy'], key: 'code' },
  ],
  nobody_by_keys: [
    { run: RUN, rows: 1, lines: [7] },
    { run: RUN, rows: 9, lines: [7, 8, 12] },
  ],
  renumbered: [
    { run: RUN, people: 1, pairs: [{ was: '0010041', is: '10041', name: 'Ada North' }] },
    { run: RUN, people: 2, pairs: [{ was: '0010041', is: '10041', name: null }] },
    ...[
      { decided: true } as const,
      { linked: 1, linkedBy: RUN },
      { linked: 2, linkedBy: RUN, undone: true } as const,
    ].map((since) => ({
      ...{ run: RUN, people: 2, pairs: [{ was: '0010041', is: '10041', name: null }] },
      ...since,
    })),
  ],
  namesake_left: [1, 7].map((people) => ({
    run: RUN,
    source: 'staff',
    people,
    pairs: [{ was: '1001', is: '1009', name: 'Ada North' }],
  })),
  shared_email: [null, 'hr'].flatMap((source) =>
    [3, 12].map((rows) => ({ rows, email: 'depot@example.org', lines: [2, 3, 4], source })),
  ),
  manager_names: [null, 'hr'].flatMap((source) =>
    [1, 12].map((refs) => ({
      people: refs,
      refs,
      names: refs === 1 ? ['Ada North'] : ['Ada North', 'North, Ada (MA1)', 'Bo South'],
      source,
    })),
  ),
  known_by_email: [
    { run: RUN, people: 1 },
    { run: RUN, people: 2 },
    { run: RUN, people: 2, linked: 2, linkedBy: RUN },
    { run: RUN, people: 2, linked: 1, linkedBy: RUN, undone: true },
  ],
  manager_unknown: [null, 'hr'].flatMap((source) =>
    [null, 'error', 'conflict', 'skip'].flatMap((problem) =>
      [1, 5].map((people) => ({
        run: RUN,
        ref: '1020',
        people,
        source,
        row:
          problem === 'error' || problem === 'conflict' || problem === 'skip'
            ? { line: 22, problem }
            : null,
      })),
    ),
  ),
  manager_cycle: [
    { ...circle, circle: [] },
    { ...circle, circle: [{ who: '1002', line: 3 }, { who: '1003' }], more: true },
  ],
  manager_cycle_stands: [
    { ...circle, circle: [] },
    { ...circle, circle: [{ who: '1002', line: 3 }] },
  ],
  managers_came: [{ people: 1 }, { people: 5 }],
  kept_by_hand: [
    { run: RUN, fields: 1, people: 1, of: [['Nachname', 1]] },
    {
      run: RUN,
      fields: 3,
      people: 2,
      of: [
        ['Nachname', 2],
        ['email', 1],
      ],
    },
  ],
  protected: [
    { run: RUN, people: 1 },
    { run: RUN, people: 2 },
  ],
  not_approved: [
    {
      ...{ run: RUN, entries: 1, of: [['create', 1]], again: false },
      first: [{ action: 'create', who: null, name: 'Ann Example' }],
    },
    {
      ...{ run: RUN, entries: 14, again: true },
      of: [
        ['create', 3],
        ['update', 11],
      ],
      first: [
        { action: 'create', who: '1003', name: 'Ann Example' },
        { action: 'update', who: '1004', name: null },
      ],
    },
  ],
  login_follows: [
    { run: RUN, people: 1 },
    { run: RUN, people: 12 },
  ],
  last_day_gone: [
    { run: RUN, people: 1, source: null },
    { run: RUN, people: 12, source: 'hr' },
  ],
  login_stays: [
    { run: RUN, people: 1, users: [ann] },
    { run: RUN, people: 2, users: [ann] },
  ],
  active_elsewhere: [true, false].flatMap((deactivates) =>
    [true, false].flatMap((decided) =>
      [true, false].map((silent) => ({
        run: RUN,
        people: decided ? 1 : 2,
        deactivates,
        elsewhere: [['payroll', 2] as const],
        source: 'hr',
        decided,
        silent,
      })),
    ),
  ),
  made_nothing: [{ run: RUN, field: 'department', word: 'NULL', people: 5 }],
  admins_stopped: [
    { people: 1, users: [ann] },
    { people: 7, users: [ann] },
  ],
  left_since: [
    { people: 1, source: 'staff', users: [ann] },
    { people: 2, source: 'staff', users: [ann] },
  ],
  merged_at_source: [{ user: USER, into: OTHER }],
  listed_later: [1, 32].map((people) => ({ run: RUN, people, source: 'staff' })),
  absorbed_since: [1, 3].map((people) => ({ people, who: '1001', user: USER, merge: OTHER })),
  unmerge_no_key: [
    { merges: 1, merge: OTHER, user: USER, who: 'Ann Lee', holder: '1002' },
    { merges: 3, merge: OTHER, user: USER, who: null, holder: null },
  ],
  unmerge_newer_first: [1, 3].map((merges) => ({ merges, merge: OTHER })),
  changed_since: [
    { who: '1001', user: USER },
    { who: null, user: USER },
    { who: '1001', user: USER, merge: OTHER },
  ],
  key_taken_since: [
    { run: RUN, source: null },
    { run: RUN, source: 'hr' },
  ],
  key_not_free: (['sync', 'list', 'file'] as const).map((again, i) => ({
    holder: '1001',
    partner: 5,
    line: i === 0 ? null : 6,
    entry: 4,
    again,
    source: 'hr',
  })),

  merge_user_unknown: [{ ref: 'x', side: 'survivor' }],
  merge_user_unclear: [{ ref: 'x', side: 'redundant' }],
  same_person: [{ users: [ann] }],
  merged_elsewhere: [{ users: [ann] }],
  merge_cycle: [{ other: 5 }],
  two_survivors: [{ other: 5, users: [ann] }],
  status_differs: [{ users: [ann, bo] }],
  too_many_enrollments: [{ enrollments: 12_000, most: 10_000 }],
  linked_admin: [{ users: [ann], admin: 'Ann' }],
  changed_since_shown: [
    { users: [ann, bo] },
    { users: [ann, bo], take: ['course:SAFETY 1=redundant'] },
  ],
  merge_changed_since: [{ users: [ann, bo] }],
  merge_of_different: [
    { users: [ann, bo], by: 'Ida', on: '2026-11-30' },
    { users: [ann, bo], by: null, on: '2026-11-30' },
  ],
  merge_last_owner: [{ users: [ann, bo] }],

  missing_key: [{}, { polled: true }],
  missing_value: [{}],
  not_confirmed: [{}],
  too_few_cells: [
    { cells: 1, columns: 3 },
    { cells: 1, columns: 3, backslash: true },
  ],
  unnamed_cell: [{ place: 4 }],
  too_many_cells: [{ cells: 4, columns: 3 }],
  cell_too_long: [
    { chars: 40_000, most: 32_768 },
    { chars: 40_000, most: 32_768, polled: true },
  ],
  nul_byte: [{}],
  control_character: [{ char: 'U+001B' }, { polled: true }],
  cannot_clear: [{}],
  unmended_cell: [
    { columns: ['code'], cells: 1 },
    { columns: ['code', 'email', 'login'], cells: 5 },
  ],
  bad_value: [{ value: 'x' }, { value: 'x', polled: true }],
  bad_email: [{ value: 'x' }, { value: 'x', polled: true }],
  rounded_key: [{ value: '1.00E+05' }, { value: '1e+05', polled: true }],
  lost_letters: [{}, { polled: true }],
  not_a_person: [{}],
  bad_key: [
    { value: 'x', char: 'U+200B' },
    { value: 'x', most: 255 },
    { value: 'x', polled: true },
  ],
  bad_date: [
    { value: '01.02.2019', format: 'YYYY-MM-DD' },
    { value: '0000-00-00', format: 'YYYY-MM-DD' },
    { value: '3/14/2020', format: 'YYYY-MM-DD' },
    { value: '3/4/2020', format: 'DD.MM.YYYY' },
    { value: '3 Mar 2020', format: 'YYYY-MM-DD' },
    { value: '1.2.20', format: 'YYYY-MM-DD' },
    { value: 'x', format: 'DD.MM.YYYY' },
    { value: '01.02.2019', format: 'YYYY-MM-DD', polled: true },
    { value: 'x', format: 'YYYY-MM-DD', polled: true },
  ],
  crossed_days: [{}],
  bad_boolean: [{ value: 'x' }, { value: 'x', polled: true }],
  bad_number: [{ value: 'x' }, { value: '1e999', range: true }, { value: 'x', polled: true }],
  unknown_status: [
    { value: 'ruhend' },
    { value: 'ruhend', words: ['ruhend', 'On leave'] },
    { value: 'On leave', mapped: true },
    { value: "x'; rm -rf ~" },
    { value: 'Sabbatical', polled: true },
  ],
  unknown_organization: [{ value: 'East' }, { value: 'East', polled: true }],
  missing_cell: [{}],
  bad_record_value: [{ value: '120', wanted: 'a whole number from 0 to 100' }],
  unknown_user: [{ value: 'A1' }],
  several_users: [{ value: 'A1' }],
  unknown_course: [{ value: 'SAFETY' }],
  archived_organization: [{ value: 'NORTH WEST' }, { value: 'NORTH', polled: true }],
  archived_property: [{ value: 'shoe' }, { value: 'shoe', polled: true }],
  archived_course: [{ value: 'SAFETY' }],
  rows_differ: [{ line: 3 }],
};
