import type { Command } from 'commander';
import type { Io } from './output';

/** Adds commands to the program. */
export type Register = (program: Command, io: Io) => void;

/** Commands that one file registers. */
export interface Family {
  /** The words after the program. */
  readonly names: readonly string[];
  readonly load: () => Promise<Register>;
}

/** All commands, in the order of the help. */
export const FAMILIES: readonly Family[] = [
  {
    names: ['up', 'down', 'status'],
    load: async () => (await import('./commands/house/stack.js')).registerStackCommands,
  },
  { names: ['todo'], load: async () => (await import('./commands/todo.js')).registerTodoCommand },
  {
    names: ['import'],
    load: async () => (await import('./commands/import.js')).registerImportCommands,
  },
  { names: ['runs'], load: async () => (await import('./commands/runs.js')).registerRunsCommands },
  {
    names: ['sources'],
    load: async () => (await import('./commands/sources.js')).registerSourcesCommands,
  },
  {
    names: ['connectors'],
    load: async () => (await import('./commands/connectors.js')).registerConnectorsCommands,
  },
  {
    names: ['users', 'duplicates'],
    load: async () => (await import('./commands/users.js')).registerUsersCommands,
  },
  {
    names: ['merges'],
    load: async () => (await import('./commands/merges/merges.js')).registerMergesCommands,
  },
  { names: ['orgs'], load: async () => (await import('./commands/orgs.js')).registerOrgsCommands },
  {
    names: ['properties'],
    load: async () => (await import('./commands/properties.js')).registerPropertiesCommands,
  },
  {
    names: ['filters'],
    load: async () => (await import('./commands/filters.js')).registerFiltersCommands,
  },
  {
    names: ['courses'],
    load: async () => (await import('./commands/records/courses.js')).registerCoursesCommands,
  },
  {
    names: ['enrollments'],
    load: async () =>
      (await import('./commands/records/enrollments.js')).registerEnrollmentsCommands,
  },
  {
    names: ['credits'],
    load: async () => (await import('./commands/records/credits.js')).registerCreditsCommands,
  },
  {
    names: ['announcements'],
    load: async () =>
      (await import('./commands/letters/announcements.js')).registerAnnouncementsCommands,
  },
  {
    names: ['notifications'],
    load: async () =>
      (await import('./commands/letters/announcements.js')).registerNotificationsCommands,
  },
  {
    names: ['bounces'],
    load: async () => (await import('./commands/letters/bounces.js')).registerBouncesCommands,
  },
  {
    names: ['suppressions'],
    load: async () =>
      (await import('./commands/letters/suppressions.js')).registerSuppressionsCommands,
  },
  { names: ['letters'], load: letters },
  { names: ['campaigns'], load: campaigns },
  {
    names: ['mappings'],
    load: async () => (await import('./commands/mappings.js')).registerMappingsCommands,
  },
  {
    names: ['mail'],
    load: async () => (await import('./commands/letters/mail.js')).registerMailCommands,
  },
  {
    names: ['audit'],
    load: async () => (await import('./commands/audit.js')).registerAuditCommands,
  },
  {
    names: ['admins'],
    load: async () => (await import('./commands/admins/admins.js')).registerAdminsCommands,
  },
  {
    names: ['tokens'],
    load: async () => (await import('./commands/admins/tokens.js')).registerTokensCommands,
  },
  {
    names: ['alerts'],
    load: async () => (await import('./commands/alerts.js')).registerAlertsCommands,
  },
  { names: ['db'], load: async () => (await import('./commands/house/db.js')).registerDbCommands },
  {
    names: ['config'],
    load: async () => (await import('./commands/house/config.js')).registerConfigCommands,
  },
  {
    names: ['worker'],
    load: async () => (await import('./commands/house/worker.js')).registerWorkerCommands,
  },
  {
    names: ['completion'],
    load: async () => (await import('./commands/house/completion.js')).registerCompletionCommand,
  },
];

async function letters(): Promise<Register> {
  const { registerLettersCommands } = await import('./commands/letters/letters.js');
  const { registerSendCommand } = await import('./commands/letters/send.js');
  return (program, io) => {
    const group = program.command('letters').description('letters to people');
    registerLettersCommands(group, io);
    registerSendCommand(group, io);
  };
}

async function campaigns(): Promise<Register> {
  const { registerCampaignsCommands } = await import('./commands/letters/campaigns.js');
  const { registerCampaignDecisions } = await import('./commands/letters/campaignsDecide.js');
  return (program, io) => {
    registerCampaignDecisions(registerCampaignsCommands(program, io), io);
  };
}

/** Commands that are about all the others. */
const OF_ALL = ['completion', 'help'];

/**
 * The family of the first word of a command line. Without one all commands are needed: the help lists them, and an
 * unknown word is answered with the nearest one. To read the files of all of them takes 0.1 s.
 */
export function familyFor(words: readonly string[]): Family | undefined {
  const first = words.find((word) => !word.startsWith('-')) ?? '';
  return OF_ALL.includes(first) ? undefined : FAMILIES.find(({ names }) => names.includes(first));
}
