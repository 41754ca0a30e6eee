import type { Command } from 'commander';
import { processIo } from '../../cli/output';
import { createProgram } from '../../cli/program';
import { isCommand, said, storedNext, type NextKind, type NextOf } from '../../domain/next';
import { wordInFolder, wordNext } from '../../wording/next';

const RUN = '0192f0c1-0000-7000-8000-000000000001';
const USER = '0192f0c1-0000-7000-8000-000000000002';
const run = RUN;
const campaign = RUN;
const source = 'hr';
const user = USER;

/** Of every kind of step its forms; a new kind does not compile without one. */
const SAMPLES: { readonly [K in NextKind]: readonly NextOf<K>[] } = {
  showRun: [{ do: 'showRun', run }],
  listRuns: [{ do: 'listRuns' }],
  listRunsOf: [{ do: 'listRunsOf', source }],
  waitForRuns: [{ do: 'waitForRuns' }],
  diff: [
    { do: 'diff', run },
    { do: 'diff', run, action: 'conflict' },
    { do: 'diff', run, gate: 'renumbered' },
    { do: 'diff', run, gate: 'rejected_before' },
  ],
  writeEntries: [{ do: 'writeEntries', run }],
  helpDiff: [{ do: 'helpDiff' }],
  approve: [{ do: 'approve', run }],
  approvePart: [{ do: 'approvePart' }],
  reject: [{ do: 'reject', run }],
  lookFirst: [
    { do: 'lookFirst', run, rest: false },
    { do: 'lookFirst', run, rest: true },
  ],
  decideAfterLook: [
    { do: 'decideAfterLook', run, rest: false },
    { do: 'decideAfterLook', run, rest: true },
  ],
  apply: [
    { do: 'apply', run },
    { do: 'apply', run, expect: 3 },
  ],
  cancel: [{ do: 'cancel', run }],
  showOrCancel: [{ do: 'showOrCancel', run }],
  resume: [{ do: 'resume', run }],
  undo: [{ do: 'undo', run }],
  report: [{ do: 'report', run }],
  writeFailedRows: [{ do: 'writeFailedRows', run }],
  resolveConflict: [{ do: 'resolveConflict' }],
  resolveRenumbered: [{ do: 'resolveRenumbered', run }],
  resolveByEmail: [{ do: 'resolveByEmail', run }],
  checkWorker: [{ do: 'checkWorker', run }],
  importAgain: [{ do: 'importAgain' }],
  importRowAgain: [{ do: 'importRowAgain' }],
  importOnceUp: [{ do: 'importOnceUp' }],
  importOtherKey: [{ do: 'importOtherKey', known: 'code', wanted: 'Pers Nr' }],
  importAfterNewer: [{ do: 'importAfterNewer', source }],
  importAbsence: [{ do: 'importAbsence' }],
  importNewList: [{ do: 'importNewList', source }],
  importWithReason: [{ do: 'importWithReason' }],
  helpImport: [{ do: 'helpImport' }],
  showColumns: [{ do: 'showColumns' }],
  importEncoded: [
    {
      do: 'importEncoded',
      readings: [
        { word: 'Jšrg', encoding: 'windows-1252' },
        { word: 'Jörg', encoding: 'macintosh' },
      ],
    },
  ],
  importEscaped: [{ do: 'importEscaped' }],
  importUnquoted: [{ do: 'importUnquoted' }],
  importFromLine: [{ do: 'importFromLine', line: 4 }],
  checkPath: [{ do: 'checkPath' }],
  nameFileOrPipe: [{ do: 'nameFileOrPipe' }],
  startWriter: [{ do: 'startWriter' }],
  declareField: [{ do: 'declareField', field: 'properties.shoe' }],
  mapNearest: [{ do: 'mapNearest', map: [['Emp No', 'code']] }],
  placeColumns: [
    {
      do: 'placeColumns',
      map: [
        ['emial', 'email'],
        ['Shirt size', null],
      ],
      columns: 2,
      keyless: true,
      property: 'Shirt size',
    },
    { do: 'placeColumns', map: [], columns: 1, keyless: false, property: null },
  ],
  mapToField: [
    { do: 'mapToField', name: 'shoe_size' },
    { do: 'mapToField', name: 'Our Nr', swapped: 'code' },
  ],
  listUsers: [{ do: 'listUsers' }],
  pageUsers: [{ do: 'pageUsers', limit: 1000 }],
  searchUsers: [
    { do: 'searchUsers', all: true },
    { do: 'searchUsers', all: false },
  ],
  filterUsers: [{ do: 'filterUsers' }],
  listUsersWith: [{ do: 'listUsersWith', property: 'shoe' }],
  showUser: [{ do: 'showUser', user }],
  pageHistory: [{ do: 'pageHistory', limit: 1000 }],
  createUser: [{ do: 'createUser' }],
  editUser: [{ do: 'editUser', user }],
  giveEmail: [{ do: 'giveEmail', user }],
  chooseManager: [{ do: 'chooseManager', user }],
  releaseField: [{ do: 'releaseField' }],
  editKey: [{ do: 'editKey', field: 'email' }],
  setMany: [{ do: 'setMany' }],
  linkIdentity: [{ do: 'linkIdentity' }],
  moveIdentity: [{ do: 'moveIdentity', user, source, externalId: '4 2' }],
  unlinkIdentity: [{ do: 'unlinkIdentity', user, source, externalId: '42' }],
  listOrganizations: [{ do: 'listOrganizations' }],
  showOrganization: [{ do: 'showOrganization', code: 'SALES' }],
  createOrganization: [{ do: 'createOrganization' }],
  reopenOrganization: [{ do: 'reopenOrganization', code: 'SALES' }],
  reopenProperty: [{ do: 'reopenProperty', key: 'shoe' }],
  listProperties: [{ do: 'listProperties' }],
  createProperty: [{ do: 'createProperty' }],
  declareProperty: [{ do: 'declareProperty', key: 'shoe' }],
  listFilters: [{ do: 'listFilters' }],
  findDuplicates: [{ do: 'findDuplicates' }],
  saveFilter: [{ do: 'saveFilter' }],
  mergeUsers: [
    { do: 'mergeUsers', survivor: 'E-1', redundant: user, take: [] },
    { do: 'mergeUsers', survivor: 'E-1', redundant: 'anna b', take: ['status=survivor'] },
  ],
  mergeAsShown: [
    {
      do: 'mergeAsShown',
      survivor: 'E-1',
      redundant: user,
      take: ['email=redundant'],
      shown: '9d1f',
    },
  ],
  listMerges: [{ do: 'listMerges' }],
  showMerge: [{ do: 'showMerge', merge: RUN }],
  unmerge: [{ do: 'unmerge', merge: RUN }],
  deleteFilter: [{ do: 'deleteFilter', name: 'mine' }],
  listCourses: [{ do: 'listCourses' }],
  showCourse: [{ do: 'showCourse', code: 'SAFETY 1' }],
  createCourse: [{ do: 'createCourse' }],
  reopenCourse: [{ do: 'reopenCourse', code: 'SAFETY' }],
  listEnrollments: [{ do: 'listEnrollments', user: 'anna@example.com' }],
  listCredits: [{ do: 'listCredits', user: 'E-1' }],
  editCredit: [{ do: 'editCredit', user: 'E-1', credit: run }],
  listSuppressions: [{ do: 'listSuppressions' }],
  helpAddSuppression: [{ do: 'helpAddSuppression' }],
  helpImportBounces: [{ do: 'helpImportBounces' }],
  listAnnouncements: [{ do: 'listAnnouncements' }],
  helpAnnounce: [{ do: 'helpAnnounce' }],
  listNotifications: [{ do: 'listNotifications', user: 'E-1' }],
  listCampaigns: [{ do: 'listCampaigns' }],
  showCampaign: [{ do: 'showCampaign', campaign }],
  showRecipients: [
    { do: 'showRecipients', campaign },
    { do: 'showRecipients', campaign, state: 'failed' },
  ],
  decideCampaign: [{ do: 'decideCampaign', campaign }],
  resumeCampaign: [{ do: 'resumeCampaign', campaign }],
  retryCampaign: [{ do: 'retryCampaign', campaign }],
  resolveCampaign: [{ do: 'resolveCampaign', campaign }],
  sendToOthers: [{ do: 'sendToOthers', campaign }],
  sendLetter: [{ do: 'sendLetter' }],
  listLetters: [{ do: 'listLetters' }],
  showLetter: [{ do: 'showLetter', letter: 'Welcome 2026' }],
  createLetter: [{ do: 'createLetter' }],
  helpLetters: [{ do: 'helpLetters' }],
  unarchiveLetter: [{ do: 'unarchiveLetter', letter: run }],
  listSources: [{ do: 'listSources' }],
  nameSource: [{ do: 'nameSource' }],
  showList: [{ do: 'showList', source }],
  showSource: [{ do: 'showSource', source }],
  testSource: [{ do: 'testSource', source }],
  syncSource: [
    { do: 'syncSource', source },
    { do: 'syncSource', source, replaceHeld: true },
  ],
  scheduleSource: [
    { do: 'scheduleSource', source },
    { do: 'scheduleSource', source, times: { daily: '2:30', timeZone: 'Europe/Vienna' } },
  ],
  resumeSource: [{ do: 'resumeSource', source }],
  changeSource: [{ do: 'changeSource', source }],
  helpSetSource: [{ do: 'helpSetSource' }],
  listSourceTypes: [{ do: 'listSourceTypes' }],
  showSourceType: [{ do: 'showSourceType', type: 'bamboohr' }],
  repeatSchedule: (['schedule', 'unschedule', 'pause', 'resume'] as const).map((what) => ({
    do: 'repeatSchedule',
    source,
    what,
  })),
  compareSource: [{ do: 'compareSource' }, { do: 'compareSource', source }],
  renewSecrets: [{ do: 'renewSecrets' }, { do: 'renewSecrets', source, secret: 'apiKey' }],
  correctSettings: [{ do: 'correctSettings', source }],
  readFromStart: [{ do: 'readFromStart', source }],
  giveSecrets: [{ do: 'giveSecrets' }],
  listMappings: [{ do: 'listMappings' }],
  keepMap: [
    { do: 'keepMap', source: 'hr', map: [] },
    { do: 'keepMap', source: 'hr', map: ['Emp No=code', 'B=email'] },
  ],
  saveMapping: [{ do: 'saveMapping' }],
  listAlerts: [{ do: 'listAlerts' }],
  helpAddAlert: [{ do: 'helpAddAlert' }],
  checkMail: [{ do: 'checkMail' }],
  listMail: [{ do: 'listMail' }],
  testAlert: [{ do: 'testAlert', target: RUN }],
  testAlertAfter: [{ do: 'testAlertAfter', target: RUN, first: 'Use https' }],
  createToken: [{ do: 'createToken', admin: 'owner' }],
  askForToken: [{ do: 'askForToken' }],
  listTokens: [{ do: 'listTokens' }],
  listAdmins: [{ do: 'listAdmins' }],
  helpCreateToken: [{ do: 'helpCreateToken' }],
  helpAddAdmin: [{ do: 'helpAddAdmin' }],
  enableAdmin: [{ do: 'enableAdmin', admin: 'Anna Berg' }],
  askToEnable: [{ do: 'askToEnable', admin: 'anna' }],
  unlinkAdmin: [{ do: 'unlinkAdmin', admin: 'anna' }],
  askToUnlink: [{ do: 'askToUnlink', admin: 'anna' }],
  linkAdmin: [
    { do: 'linkAdmin', admin: 'Anna', user },
    { do: 'linkAdmin', admin: 'Anna Berg', user: 'none' },
  ],
  helpSetAdmin: [{ do: 'helpSetAdmin' }],
  addOwner: [{ do: 'addOwner' }],
  startServers: [{ do: 'startServers' }],
  showServers: [{ do: 'showServers' }],
  showDatabase: [{ do: 'showDatabase' }],
  migrate: [{ do: 'migrate' }],
  databaseRestored: [{ do: 'databaseRestored' }],
  databaseCopied: [{ do: 'databaseCopied' }],
  startNewerVersion: [{ do: 'startNewerVersion' }],
  raiseLevel: [{ do: 'raiseLevel' }, { do: 'raiseLevel', level: 'admin' }],
  say: [{ do: 'say', text: 'Check ROLLCALL_DATABASE_URL.' }, said('rollcall status')],
};

const ALL = Object.values(SAMPLES).flat();
let program: Awaited<ReturnType<typeof createProgram>>;

beforeAll(async () => {
  program = await createProgram(processIo(), { out: '', err: '', command: undefined });
});

test.each(ALL.map((next) => [wordNext(next), next] as const))('%s', (words, next) => {
  const commands = commandsIn(words);

  expect(words).not.toMatch(/undefined|null|\[object/);
  expect(storedNext(JSON.parse(JSON.stringify(next)))).toEqual(next);
  // A step is one command, or more than that, as the words of older builds are judged.
  expect(isCommand(next)).toBe(isCommand(said(words)));
  if (next.do !== 'say') expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) expect(faultOf(command)).toBeNull();
});

test('the words of an older build are kept, and a step that is not known is none', () => {
  expect(storedNext('rollcall runs resume R')).toEqual(said('rollcall runs resume R'));
  expect(storedNext({ do: 'somethingNew', run })).toBeUndefined();
  expect(storedNext({ do: 'toString' })).toBeUndefined();
  expect(storedNext(undefined)).toBeUndefined();
});

test('in the folder of Rollcall a command begins with npx, also one that an older build stored', () => {
  expect(wordInFolder({ do: 'showRun', run })).toBe(`npx rollcall runs show ${RUN}`);
  expect(wordInFolder(said(`rollcall runs show ${RUN}`))).toBe(`npx rollcall runs show ${RUN}`);
  expect(wordInFolder(said('Look at rollcall status.'))).toBe('Look at rollcall status.');
});

/** The command lines of a text, as words; of `rollcall runs diff R. Or …` the words before the dot. */
function commandsIn(text: string): string[][] {
  const word = String.raw`(?:"[^"]*"|'[^']*'|[^\s"'().,;:](?:[^\s"'()]*[^\s"'().,;:])?)+`;
  const pattern = new RegExp(String.raw`\brollcall((?: (?:${word}))+)`, 'g');
  return [...text.matchAll(pattern)].map(
    ([, line = '']) => line.match(new RegExp(word, 'g')) ?? [],
  );
}

/** What of a command line the program does not know; null: all is known. */
function faultOf(words: readonly string[]): string | null {
  let at: Command = program;
  let path = 0;
  for (const word of words) {
    const found = at.commands.find((command) => command.name() === word);
    if (found === undefined) break;
    at = found;
    path += 1;
  }
  if (path === 0) return `no command: ${words.join(' ')}`;
  const options = words.slice(path).filter((word) => word.startsWith('--'));
  const known = [...at.options, ...program.options].map(({ long }) => long);
  const unknown = options.find((option) => option !== '--help' && !known.includes(option));
  if (unknown !== undefined) return `no option ${unknown} of ${words.join(' ')}`;
  // A group says nothing by itself; `import` is both.
  const isGroup = at.commands.length > 0 && at.registeredArguments.length === 0;
  return isGroup && !options.includes('--help') ? `a group: ${words.join(' ')}` : null;
}
