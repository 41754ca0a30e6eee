import { quoted, shellWord } from '../../domain/shown';
import type { GivenTimes } from '../../domain/sources/syncSchedule';
import type { SomeWords } from './words';

const SCHEDULING = {
  schedule: (source: string) => `schedule ${source}`,
  unschedule: (source: string) => `schedule ${source} --off`,
  pause: (source: string) => `pause ${source}`,
  resume: (source: string) => `resume ${source}`,
} as const;

/** A schedule as it is typed. */
function timeWords(times: GivenTimes): string {
  const { daily, weekdays, every, cron, timeZone, jitter, fullEvery, ...rest } = times;
  // A part that is not written below does not compile.
  const none: Readonly<Record<string, never>> = rest;
  const given = {
    ...{ daily, weekdays, every, cron, 'time-zone': timeZone, jitter },
    ...{ 'full-every': fullEvery, ...none },
  };
  return Object.entries(given)
    .flatMap(([name, text]) => (text === undefined ? [] : [`--${name} ${quoted(text)}`]))
    .join(' ');
}

/** Words of the steps about sources, saved mappings and alerts. */
export const SOURCE_WORDS = {
  listSources: () => 'rollcall sources list',
  nameSource: () => 'rollcall sources list (unnamed uploads are the source csv)',
  showList: ({ source }) => `Its imports: rollcall runs list --source ${source}`,
  showSource: ({ source }) => `rollcall sources show ${source}`,
  testSource: ({ source }) =>
    `rollcall sources test ${source} (shows the first people of its list)`,
  syncSource: ({ source, replaceHeld = false }) =>
    `rollcall sources sync ${source}${replaceHeld ? ' --replace-held' : ''}`,
  scheduleSource: ({ source, times }) =>
    `rollcall sources schedule ${source} ${times === undefined ? '--help' : timeWords(times)}`,
  resumeSource: ({ source }) => `rollcall sources resume ${source}`,
  changeSource: ({ source }) =>
    `Give another --name, or change that one: rollcall sources set ${source} --help`,
  helpSetSource: () => 'rollcall sources set --help',
  listSourceTypes: () => 'rollcall sources types',
  showSourceType: ({ type }) => `rollcall sources types ${type}`,
  repeatSchedule: ({ source, what }) =>
    `rollcall sources ${SCHEDULING[what](source)} (once more, when Temporal answers: rollcall status)`,
  compareSource: ({ source = 'NAME' }) =>
    `Compare the configuration: rollcall sources show ${source}`,
  renewSecrets: ({ source = 'NAME', secret = 'KEY' }) =>
    `Renew them: rollcall sources set ${source} --secret ${secret}=-`,
  correctSettings: ({ source = 'NAME' }) =>
    `Correct them: rollcall sources set ${source} --config key=value --secret key=-`,
  readFromStart: ({ source = 'NAME' }) =>
    `Begin the read anew: rollcall sources sync ${source} --full`,
  giveSecrets: () =>
    'Set ROLLCALL_SECRET_KEY_PREVIOUS to the key they were sealed with, or give them anew: rollcall sources set NAME --secret …',
  listMappings: () => 'rollcall mappings list (a column map is written column=field)',
  keepMap: ({ source, map }) =>
    `rollcall sources set ${shellWord(source)} --no-map${map.length === 0 ? '' : ` --map ${shellWord(map.join(','))}`}`,
  saveMapping: () => "rollcall mappings save hr --map 'Emp No=code'",
  listAlerts: () => 'rollcall alerts list',
  helpAddAlert: () => 'rollcall alerts add --help',
  checkMail: () => 'Look at ROLLCALL_SMTP_URL and ROLLCALL_MAIL_FROM: rollcall config',
  listMail: () => 'rollcall mail list',
  testAlert: ({ target }) => `rollcall alerts test ${target}`,
  testAlertAfter: ({ target, first }) =>
    `${first} (here and where the worker runs), then: rollcall alerts test ${target}`,
} as const satisfies SomeWords;
