import { dismissDuplicate, findDuplicates } from '../../../operations/duplicates/duplicates';
import { createMergesImport, prepareMerges } from '../../../operations/merges/importMerges';
import { checkMerge, createMerge } from '../../../operations/merges/merge';
import { createUnmerge, previewUnmerge } from '../../../operations/merges/unmerge';
import * as merges from '../../../operations/merges/merges';
import { previewMerge } from '../../../operations/merges/preview';
import { isOrphaned } from '../../../operations/runs/orphans';
import { createImport, prepareImport } from '../../../operations/runs/imports';
import { checkRules } from '../../../operations/runs/checks';
import * as decisions from '../../../operations/runs/decisions';
import { resolveConflict } from '../../../operations/runs/resolve';
import { countResolvable, resolveAll } from '../../../operations/runs/resolveAll';
import * as runs from '../../../operations/runs/runs';
import { createUndo } from '../../../operations/runs/undo';
import { listTodo } from '../../../operations/todo';
import type { OperationContext } from '../../../operations/context';
import * as bulk from '../../../operations/users/bulk';
import { exportUsers, type ExportUsers } from '../../../operations/users/exportUsers';
import * as courses from '../../../operations/records/courses';
import * as credits from '../../../operations/records/credits';
import * as enrollments from '../../../operations/records/enrollments';
import { prepareRecords } from '../../../operations/records/importRecords';
import * as filters from '../../../operations/users/filters';
import * as links from '../../../operations/users/links';
import * as organizations from '../../../operations/users/organizations';
import * as properties from '../../../operations/users/properties';
import * as edits from '../../../operations/users/userEdits';
import * as history from '../../../operations/users/userHistory';
import * as users from '../../../operations/users/users';
import { chunksOf } from '../support';
import { LETTER_CALLS, LETTERS_NOT_ABOUT_PEOPLE } from './letters';
import { all, byRun, byUser, each, type Call } from './ways';

/** A code that only this admin takes. */
const codeOf = ({ actorId }: OperationContext): string => `NEW-${actorId}`;

const dry = { dryRun: true, expect: null } as const;

/** Each operation that takes or shows people, or runs, in all the ways that name those of others. */
export const CALLS: Readonly<Record<string, Call>> = {
  'users.listUsers': (context, { cursors, ...ways }) => ({
    all: () => users.listUsers(context, { status: 'all', count: true }),
    'by manager': () => users.listUsers(context, { sort: 'manager', count: true }),
    ...each('filter', ways.filters, (filter) =>
      users.listUsers(context, { filter, status: 'all', count: true }),
    ),
    ...each('search', ways.searches, (search) =>
      users.listUsers(context, { search, status: 'all', count: true }),
    ),
    ...each('saved', ways.saved, (saved) => users.listUsers(context, { saved, count: true })),
    ...Object.fromEntries(
      cursors.map(({ sort, cursor }) => [
        `cursor ${sort}`,
        () => users.listUsers(context, { sort, cursor, status: 'all', count: true }),
      ]),
    ),
  }),
  'users.showUser': byUser(users.showUser),
  'users.choiceOf': (context, ways) =>
    each('saved', ways.saved, (saved) =>
      users.choiceOf(context, { kind: 'organizations', ids: [] }, { saved }),
    ),
  'users.existing': byUser((context, user) =>
    users.existing(context, /^[0-9a-f-]{36}$/.test(user) ? user : ZERO),
  ),
  'duplicates.findDuplicates': (context) => ({
    all: async () => {
      const search = await findDuplicates(context, { min: 0 });
      const watch = { onProgress: () => undefined, onCompared: () => undefined };
      return (await all(Promise.resolve(search(watch)))).flat();
    },
  }),
  'duplicates.dismissDuplicate': (context, ways) =>
    each('person', ways.people, (user) => dismissDuplicate(context, [user, ways.own])),
  ...LETTER_CALLS,
  'exportUsers.exportUsers': (context, ways) => {
    const exported = async (input: ExportUsers): Promise<unknown> => {
      let count = 0;
      const { read } = await exportUsers(context, input, 'jsonl');
      const blocks = read((users) => {
        count = users;
      });
      return { people: (await all(Promise.resolve(blocks))).flat(), count };
    };
    return {
      all: () => exported({ status: 'all', sort: 'manager' }),
      ...each('filter', ways.filters, (filter) => exported({ filter, status: 'all' })),
      ...each('search', ways.searches, (search) => exported({ search, status: 'all' })),
      ...each('saved', ways.saved, (saved) => exported({ saved })),
    };
  },
  'userHistory.userHistory': (context, ways) => ({
    ...each('person', ways.people, (user) => history.userHistory(context, { user })),
    ...each('cursor', ways.historyCursors, (cursor) =>
      history.userHistory(context, { user: ways.own, cursor }),
    ),
  }),
  'userHistory.explainUser': byUser(history.explainUser),
  'userEdits.createUser': (context, ways) => ({
    ...each('manager', ways.people, (manager) =>
      edits.createUser(context, { set: { code: codeOf(context), organization: 'MINE', manager } }),
    ),
    ...each('organization', ways.organizations, (organization) =>
      edits.createUser(context, { set: { code: codeOf(context), organization } }),
    ),
  }),
  'userEdits.editUser': (context, ways) => ({
    ...each('person', ways.people, (user) =>
      edits.editUser(context, { user, set: { phone: '1' } }),
    ),
    ...each('manager', ways.people, (manager) =>
      edits.editUser(context, { user: ways.own, set: { manager } }),
    ),
    ...each('organization', ways.organizations, (organization) =>
      edits.editUser(context, { user: ways.own, set: { organization } }),
    ),
  }),
  'userEdits.protectUser': byUser((context, user) =>
    edits.protectUser(context, { user, on: true }),
  ),
  'links.linkUser': byUser((context, user) =>
    links.linkUser(context, { user, source: 'csv', externalId: 'x' }),
  ),
  'links.unlinkUser': byUser((context, user) =>
    links.unlinkUser(context, { user, source: 'csv', externalId: 'x' }),
  ),
  'bulk.createBulk': (context, ways) => ({
    ...each('person', ways.people, (user) =>
      bulk.createBulk(context, { users: [user], status: 'inactive', ...dry }),
    ),
    ...each('set', ways.people, (user) =>
      bulk.createBulk(context, { users: [user], set: { phone: '1' }, ...dry }),
    ),
    ...each('manager', ways.people, (manager) =>
      bulk.createBulk(context, { users: [ways.own], set: { manager }, ...dry }),
    ),
    ...each('organization', ways.organizations, (organization) =>
      bulk.createBulk(context, { users: [ways.own], set: { organization }, ...dry }),
    ),
  }),
  'bulk.sizeOfBulk': (context, ways) => ({
    all: () => bulk.sizeOfBulk(context, { filter: 'id pr', status: 'inactive' }),
    ...each('person', ways.people, (user) =>
      bulk.sizeOfBulk(context, { users: [user], status: 'inactive' }),
    ),
    ...each('filter', ways.filters, (filter) =>
      bulk.sizeOfBulk(context, { filter, status: 'inactive' }),
    ),
    ...each('saved', ways.saved, (saved) =>
      bulk.sizeOfBulk(context, { saved, status: 'inactive' }),
    ),
  }),
  'organizations.listOrganizations': (context) => ({
    all: () => organizations.listOrganizations(context),
  }),
  'organizations.showOrganization': (context, ways) =>
    each('organization', ways.organizations, (code) =>
      organizations.showOrganization(context, code),
    ),
  'organizations.renameOrganization': (context, ways) =>
    each('organization', ways.organizations, (code) =>
      organizations.renameOrganization(context, { code, name: 'New' }),
    ),
  'organizations.setOrganization': (context, ways) =>
    each('organization', ways.organizations, (code) =>
      organizations.setOrganization(context, { code, mailName: 'New' }),
    ),
  'courses.listCourses': (context) => ({ all: () => courses.listCourses(context) }),
  'courses.showCourse': (context) => ({
    'who is in it': () => courses.showCourse(context, 'SAFETY'),
  }),
  'enrollments.listEnrollments': byUser((context, user) =>
    enrollments.listEnrollments(context, { user }),
  ),
  'enrollments.setEnrollment': byUser((context, user) =>
    enrollments.setEnrollment(context, { user, course: 'SAFETY', status: 'enrolled' }),
  ),
  'enrollments.removeEnrollment': byUser((context, user) =>
    enrollments.removeEnrollment(context, { user, course: 'SAFETY' }),
  ),
  'credits.listCredits': byUser((context, user) => credits.listCredits(context, { user })),
  'credits.addCredit': byUser((context, user) =>
    credits.addCredit(context, {
      ...{ user, title: 'x', provider: 'y', credits: 1, earnedOn: '2026-01-01' },
    }),
  ),
  'credits.editCredit': (context, ways) =>
    each('person', [...ways.people, ways.own], (user) =>
      credits.editCredit(context, { user, credit: ways.credit, title: 'z' }),
    ),
  'credits.removeCredit': (context, ways) =>
    each('person', [...ways.people, ways.own], (user) =>
      credits.removeCredit(context, { user, credit: ways.credit }),
    ),
  'importRecords.prepareRecords': byRun((context, retryOf) =>
    prepareRecords(context, { subject: 'credits', request: { retryOf }, today: '2026-11-30' }),
  ),
  'organizations.archiveOrganization': (context, ways) =>
    each('organization', ways.organizations, (code) =>
      organizations.archiveOrganization(context, { code }),
    ),
  'properties.countProperties': (context) => ({ all: () => properties.countProperties(context) }),
  'properties.showProperty': (context) => ({
    used: () => properties.showProperty(context, 'badge'),
  }),
  'properties.listProperties': (context) => ({ all: () => properties.listProperties(context) }),
  'properties.deleteProperty': (context) => ({
    used: () => properties.deleteProperty(context, 'badge'),
  }),
  'filters.listFilters': (context) => ({ all: () => filters.listFilters(context) }),
  'filters.savedFilter': (context, ways) =>
    each('saved', ways.saved, (name) => filters.savedFilter(context, name)),
  'runs.runStatus': byRun(runs.runStatus),
  'runs.readRun': byRun(runs.readRun),
  'runs.listRuns': (context, ways) => ({
    all: () => runs.listRuns(context, { limit: 100 }),
    ...each('cursor', ways.runs, (cursor) => runs.listRuns(context, { limit: 100, cursor })),
    'of a list': () => runs.listRuns(context, { limit: 100, source: 'canary-list' }),
  }),
  'runs.diffRun': byRun((context, run) => all(runs.diffRun(context, { run }))),
  'runs.runMessages': byRun((context, run) => all(runs.runMessages(context, run))),
  'runs.failedRows': byRun(runs.failedRows),
  'runs.waitsFor': byRun(runs.waitsFor),
  'runs.awaitsTurn': byRun(runs.awaitsTurn),
  'orphans.isOrphaned': byRun((context, runId) =>
    isOrphaned(context, { runId, ask: () => Promise.resolve('there') }),
  ),
  'decisions.approveRun': byRun((context, run) => decisions.approveRun(context, { run })),
  'decisions.rejectRun': byRun((context, run) => decisions.rejectRun(context, { run })),
  'decisions.cancelRun': byRun((context, run) => decisions.cancelRun(context, { run })),
  'decisions.applyRun': byRun((context, run) => decisions.applyRun(context, { run })),
  'decisions.resumeRun': byRun((context, run) => decisions.resumeRun(context, { run })),
  'decisions.isTaken': (context, ways) =>
    each('decision', ways.decisions, (id) => decisions.isTaken(context, id)),
  'undo.createUndo': byRun((context, run) => createUndo(context, { run, ...dry })),
  'resolve.resolveConflict': byRun((context, run) =>
    resolveConflict(context, { run, entry: 1, choice: { as: 'skip' } }),
  ),
  'resolveAll.countResolvable': byRun((context, run) =>
    countResolvable(context, { run, by: 'email' }),
  ),
  'resolveAll.resolveAll': byRun((context, run) => resolveAll(context, { run, by: 'email' })),
  'imports.prepareImport': byRun((context, retryOf) => prepareImport(context, { retryOf })),
  'imports.createImport': (context) => ({
    file: () =>
      createImport(context, {
        prepared: { source: { id: null, name: 'x' }, options: OPTIONS, retryOfId: null },
        file: { name: 'x.csv', chunks: chunksOf('code\n1\n'), maxBytes: 100 },
      }),
  }),
  'checks.checkRules': (context) => ({ file: () => checkRules(context, {}) }),
  'merge.createMerge': byUser((context, user) =>
    createMerge(context, { survivor: user, redundant: ZERO, dryRun: true }),
  ),
  'merge.checkMerge': byUser((context, user) =>
    checkMerge(context, { survivor: user, redundant: ZERO }),
  ),
  'importMerges.prepareMerges': byRun((context, retryOf) => prepareMerges(context, { retryOf })),
  'importMerges.createMergesImport': (context) => ({
    file: () =>
      createMergesImport(context, {
        prepared: { options: { ...dry, expect: null }, retryOfId: null },
        file: { name: 'x.csv', chunks: chunksOf('survivor,redundant\n'), maxBytes: 100 },
      }),
  }),
  'preview.previewMerge': byRun(previewMerge),
  'unmerge.createUnmerge': byRun((context, merge) => createUnmerge(context, { merge, ...dry })),
  'unmerge.previewUnmerge': byRun(previewUnmerge),
  'merges.listMerges': (context, ways) => ({
    all: () => merges.listMerges(context, {}),
    ...each('person', ways.people, (user) => merges.listMerges(context, { user })),
  }),
  'merges.showMerge': byRun(merges.showMerge),
  'merges.findMerge': byRun(merges.findMerge),
  'todo.listTodo': (context) => ({
    all: () => listTodo(context, { limit: 100, now: new Date() }),
  }),
};

const ZERO = '00000000-0000-7000-8000-000000000000';
const OPTIONS = {
  dryRun: true,
  missing: 'ignore',
  blank: 'keep',
  create: true,
  update: 'all',
  ignoreUnknown: false,
} as const;

/** Exported functions that neither take nor show people of others, each with its reason. */
export const NOT_ABOUT_PEOPLE: Readonly<Record<string, string>> = {
  ...LETTERS_NOT_ABOUT_PEOPLE,
  'organizations.createOrganization': 'takes what is typed, and makes an organization',
  'courses.createCourse': 'takes what is typed, and makes a course',
  'courses.renameCourse': 'renames a course; nobody is looked up',
  'courses.archiveCourse': 'archives a course; nobody is looked up',
  'recordViews.enrollmentView': 'shows a row that was found',
  'recordViews.creditView': 'shows a row that was found',
  'recordViews.recordsOf': 'a part of showUser and explainUser, which are tried',
  'users.withRecords': 'a part of showUser and explainUser, which are tried',
  'importRecords.createRecordsImport': 'is for levels that reach all',
  'recordValues.readValues': 'reads values',
  'recordValues.changesOf': 'values for the audit',
  'recordValues.knownCourse': 'finds a course; nobody is looked up',
  'recordValues.unknownCourse': 'words a fault',
  'properties.createProperty': 'takes what is typed, and makes a property',
  'properties.renameProperty': 'renames a property; nobody is looked up',
  'properties.archiveProperty': 'archives a property; nobody is looked up',
  'archived.addArchived': 'words faults',
  'filterAttributes.filterAttributes': 'names fields; nobody is looked up',
  'filters.saveFilter': 'stores what is typed; nobody is looked up',
  'filters.renameFilter': 'renames a filter; nobody is looked up',
  'filters.deleteFilter': 'removes a filter; nobody is looked up',
  'lastOwner.refuseLastOwner': 'looks at admins',
  'selection.selectionOf': 'a part of bulk changes, letters and announcements, which are tried',
  'selection.selectionAsked': 'counts users that are named',
  'userChanged.userChanged': 'words a fault of editUser, which is tried',
  'outside.maskFor': 'what hides people outside the reach',
  'bulkFields.changeOfFields': 'a part of createBulk, which is tried',
  'userFields.readFields': 'a part of createUser and editUser, which are tried',
  'userFields.fieldOf': 'names of fields',
  'userFields.statusValues': 'columns of a status',
  'userScope.scopeFor': 'the reach itself',
  'userScope.reachOf': 'the reach itself',
  'userScope.reachedBy': 'the reach itself',
  'userScope.resolveUsers': 'a part of every operation that takes a user',
  'userScope.resolveUser': 'a part of every operation that takes a user',
  'userScope.lockWithin': 'a part of the edits, which are tried',
  'users.userEvent': 'makes an event of what it is given',
  'take.takeOf': 'choices of fields and courses',
  'take.typedTake': 'choices of fields and courses',
  'auditFollowUp.auditFollowUp': 'writes an event',
  'checks.checkRulesWithoutStore': 'has no store',
  'entryClaims.requireExpected': 'a part of approveRun',
  'forgotten.refuseForgotten': 'looks at a run that was found',
  'recordMergeRun.recordMergeRun': 'a part of createMerge, createUnmerge and createMergesImport',
  'importOptions.importOptions': 'a part of prepareImport',
  'importOptions.readingOptions': 'reads options',
  'importOptions.keyFor': 'a part of prepareImport',
  'importOptions.checkFormat': 'reads options',
  'importOptions.checkTwoRows': 'reads options',
  'importOptions.checkGates': 'reads options',
  'importOptions.givenFormat': 'reads options',
  'imports.storeAndRecord': 'a part of createImport',
  'imports.refuseBadName': 'the name of a source',
  'imports.sourceExists': 'the name of a source',
  'peopleWithin.entriesWithin': 'what hides people outside the reach',
  'peopleWithin.messagesWithin': 'what hides people outside the reach',
  'peopleWithin.documentWithin': 'what hides people outside the reach',
  'runReach.runsFor': 'the reach itself',
  'runReach.reachedRun': 'a part of every operation that takes a run',
  'undoMerges.refuseUnlessMerged': 'a part of createUndo, which admins use',
  'undo.alreadyUndone': 'a part of createUndo and applyRun',
};
