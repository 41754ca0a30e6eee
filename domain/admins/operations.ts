import type { Verb } from '../permissions';

/**
 * What an operation is about, which decides how far it reaches for an admin of organizations:
 * `people` of those organizations; the admin's own `runs`, `campaigns` and `tokens`; for `rest` the level alone
 * decides.
 */
export type Subject = 'people' | 'runs' | 'campaigns' | 'tokens' | 'rest';

export interface Operation {
  /** The weakest verb that opens it. */
  readonly verb: Verb;
  readonly about: Subject;
  /** The commands that call it. */
  readonly command: string;
  /** A verb that some of it needs besides. */
  readonly also?: { readonly verb: Verb; readonly when: string };
}

/**
 * Every operation, by file and name in `operations/`: the one matrix of levels. An operation that is
 * neither here nor among the exceptions of its test fails that test.
 */
export const OPERATIONS = {
  'users/users.listUsers': people('users.read', 'users list'),
  'users/users.showUser': people('users.read', 'users show'),
  'users/userHistory.explainUser': people('users.history', 'users show --explain'),
  'users/userHistory.userHistory': people('users.history', 'users history'),
  'users/exportUsers.exportUsers': people('users.export', 'users export'),
  'users/userEdits.createUser': people('users.create', 'users create'),
  'users/userEdits.editUser': people('users.edit', 'users edit'),
  'users/bulk.createBulk': {
    ...people('users.status', 'users (de)activate, assign, set'),
    also: { verb: 'users.assign', when: 'it assigns an organization' },
  },
  'users/bulk.sizeOfBulk': {
    ...people('users.status', 'users (de)activate, assign, set'),
    also: { verb: 'users.assign', when: 'it assigns an organization' },
  },
  'merges/merge.createMerge': people('users.merge', 'users merge'),
  'merges/merge.checkMerge': people('users.merge', 'users merge'),
  'merges/importMerges.createMergesImport': rest('users.merge', 'merges import'),
  'merges/importMerges.prepareMerges': rest('users.merge', 'merges import'),
  'merges/preview.previewMerge': people('users.merge', 'users merge --dry-run'),
  'merges/unmerge.createUnmerge': people('users.merge', 'users unmerge'),
  'merges/unmerge.previewUnmerge': people('users.merge', 'users unmerge --dry-run'),
  'merges/merges.listMerges': people('users.merge', 'merges list'),
  'merges/merges.showMerge': people('users.merge', 'merges show'),
  'merges/merges.findMerge': people('users.merge', 'merges show'),
  'users/userEdits.protectUser': people('users.protect', 'users protect'),
  'users/links.linkUser': people('users.link', 'users link'),
  'users/links.unlinkUser': people('users.link', 'users unlink'),
  'duplicates/duplicates.findDuplicates': people('users.merge', 'users duplicates'),
  'duplicates/duplicates.dismissDuplicate': people('users.merge', 'duplicates dismiss'),
  'users/organizations.listOrganizations': people('organizations.read', 'orgs list'),
  'users/organizations.showOrganization': people('organizations.read', 'orgs show'),
  'users/organizations.createOrganization': people('organizations.write', 'orgs create'),
  'users/organizations.renameOrganization': people('organizations.write', 'orgs rename'),
  'users/organizations.archiveOrganization': people('organizations.write', 'orgs archive'),
  'users/properties.listProperties': rest('properties.read', 'properties list'),
  'users/properties.countProperties': people('properties.read', 'properties list --count'),
  'users/properties.showProperty': people('properties.read', 'properties show'),
  'users/properties.renameProperty': rest('properties.write', 'properties rename'),
  'users/properties.archiveProperty': rest('properties.write', 'properties archive'),
  'users/properties.createProperty': rest('properties.write', 'properties create'),
  'users/properties.deleteProperty': rest('properties.write', 'properties delete'),
  'users/filters.listFilters': rest('filters.read', 'filters list'),
  'users/filterAttributes.filterAttributes': rest('filters.read', 'filters attributes'),
  'users/filters.savedFilter': rest('filters.read', 'every --saved NAME'),
  'users/filters.saveFilter': rest('filters.write', 'filters save'),
  'users/filters.renameFilter': rest('filters.write', 'filters rename'),
  'users/filters.deleteFilter': rest('filters.write', 'filters delete'),
  'records/courses.listCourses': rest('courses.read', 'courses list'),
  'records/courses.showCourse': people('courses.read', 'courses show'),
  'records/courses.createCourse': rest('courses.write', 'courses create'),
  'records/courses.renameCourse': rest('courses.write', 'courses rename'),
  'records/courses.archiveCourse': rest('courses.write', 'courses archive'),
  'records/enrollments.listEnrollments': people('records.read', 'enrollments list'),
  'records/enrollments.setEnrollment': people('records.write', 'enrollments set'),
  'records/enrollments.removeEnrollment': people('records.write', 'enrollments remove'),
  'records/credits.listCredits': people('records.read', 'credits list'),
  'records/credits.addCredit': people('records.write', 'credits add'),
  'records/credits.editCredit': people('records.write', 'credits edit'),
  'records/credits.removeCredit': people('records.write', 'credits remove'),
  'letters/letters.listLetters': rest('letters.read', 'letters list'),
  'letters/letters.showLetter': rest('letters.read', 'letters show'),
  'letters/letters.createLetter': rest('letters.write', 'letters create'),
  'letters/letters.editLetter': rest('letters.write', 'letters edit'),
  'letters/letters.duplicateLetter': rest('letters.write', 'letters duplicate'),
  'letters/letters.archiveLetter': rest('letters.write', 'letters archive'),
  'letters/testLetter.testLetter': people('letters.send', 'letters test'),
  'letters/preview.letterFor': people('letters.send', 'letters preview'),
  'users/organizations.setOrganization': people('organizations.write', 'orgs set'),
  'todo.listTodo': runs('runs.readOwn', 'todo'),
  'runs/imports.prepareImport': rest('imports.create', 'import'),
  'runs/imports.createImport': rest('imports.create', 'import'),
  'runs/imports.sourceExists': rest('imports.create', 'import'),
  'records/importRecords.prepareRecords': rest(
    'imports.create',
    'enrollments import, credits import',
  ),
  'records/importRecords.createRecordsImport': rest(
    'imports.create',
    'enrollments import, credits import',
  ),
  'runs/checks.checkRules': rest('imports.create', 'import --check'),
  'runs/runs.listRuns': runs('runs.readOwn', 'runs list'),
  'runs/runs.readRun': runs('runs.readOwn', 'runs show'),
  'runs/runs.runStatus': runs('runs.readOwn', 'runs show'),
  'runs/runs.waitsFor': runs('runs.readOwn', 'runs show'),
  'runs/runs.awaitsTurn': runs('runs.readOwn', 'runs show'),
  'runs/orphans.isOrphaned': runs('runs.readOwn', 'runs show'),
  'runs/runs.diffRun': runs('runs.readOwn', 'runs diff'),
  'runs/runs.runMessages': runs('runs.readOwn', 'runs report'),
  'runs/runs.failedRows': runs('runs.readOwn', 'runs report --failed-rows'),
  'runs/decisions.isTaken': runs('runs.readOwn', 'runs approve, reject, …'),
  'runs/decisions.approveRun': runs('runs.decideOwn', 'runs approve'),
  'runs/decisions.rejectRun': runs('runs.decideOwn', 'runs reject'),
  'runs/decisions.applyRun': runs('runs.decideOwn', 'runs apply'),
  'runs/decisions.cancelRun': runs('runs.decideOwn', 'runs cancel'),
  'runs/decisions.resumeRun': runs('runs.decideOwn', 'runs resume'),
  'runs/undo.createUndo': runs('runs.undoOwn', 'runs undo'),
  'runs/resolve.resolveConflict': rest('users.link', 'runs resolve'),
  'runs/resolveAll.countResolvable': runs('runs.readOwn', 'runs show'),
  'runs/resolveAll.resolveAll': rest('users.link', 'runs resolve --all-by'),
  'sources/sources.listSources': rest('sources.read', 'sources list'),
  'sources/sources.scheduledIds': rest('sources.read', 'sources list'),
  'sources/showSource.showSource': rest('sources.read', 'sources show'),
  'sources/pauseSource.scheduleOf': rest('sources.read', 'sources schedule'),
  'sources/mastering.listMastering': rest('sources.read', 'sources precedence'),
  'sources/addSource.addSource': rest('sources.write', 'sources add'),
  'sources/setSource.setSource': rest('sources.write', 'sources set'),
  'sources/pauseSource.pauseSource': rest('sources.write', 'sources pause'),
  'sources/pauseSource.resumeSource': rest('sources.write', 'sources resume'),
  'sources/pauseSource.scheduleSource': rest('sources.write', 'sources schedule'),
  'sources/pauseSource.removeSource': rest('sources.write', 'sources remove'),
  'sources/mastering.setMastering': rest('sources.write', 'sources precedence'),
  'sources/testSource.testSource': rest('sources.test', 'sources test'),
  'sources/previewPerson.readPerson': rest('sources.test', 'sources sync --only'),
  'sources/previewPerson.previewPerson': rest('sources.test', 'sources sync --only'),
  'sources/recordSync.recordSync': rest('sources.sync', 'sources sync'),
  'sources/recordSync.replaceableRun': rest('sources.sync', 'sources sync --replace-held'),
  'sources/mappings.listMappings': rest('mappings.read', 'mappings list'),
  'sources/mappings.showMapping': rest('mappings.read', 'mappings show'),
  'sources/mappings.saveMapping': rest('mappings.write', 'mappings save'),
  'sources/mappings.deleteMapping': rest('mappings.write', 'mappings delete'),
  'alerts/alerts.listAlerts': rest('alerts.read', 'alerts list'),
  'alerts/alerts.addAlert': rest('alerts.write', 'alerts add'),
  'alerts/alerts.testAlert': rest('alerts.write', 'alerts test'),
  'alerts/alerts.removeAlert': rest('alerts.write', 'alerts remove'),
  'letters/suppressions.listSuppressions': rest('suppressions.read', 'suppressions list'),
  'letters/suppressions.addSuppression': rest('suppressions.write', 'suppressions add'),
  'letters/suppressions.removeSuppression': rest('suppressions.write', 'suppressions remove'),
  'letters/bounces.importBounces': rest('bounces.import', 'bounces import'),
  'letters/sendLetter.previewLetter': people('letters.send', 'letters send'),
  'letters/sendLetter.sendLetter': people('letters.send', 'letters send'),
  'letters/campaigns.listCampaigns': campaigns('campaigns.readOwn', 'campaigns list'),
  'letters/campaigns.showCampaign': campaigns('campaigns.readOwn', 'campaigns show'),
  'letters/campaigns.campaignState': campaigns('campaigns.readOwn', 'letters send'),
  'letters/campaigns.campaignRecipients': campaigns('campaigns.readOwn', 'campaigns recipients'),
  'letters/decisions.approveCampaign': campaigns('campaigns.decideOwn', 'campaigns approve'),
  'letters/decisions.rejectCampaign': campaigns('campaigns.decideOwn', 'campaigns reject'),
  'letters/decisions.pauseCampaign': campaigns('campaigns.decideOwn', 'campaigns pause'),
  'letters/decisions.resumeCampaign': campaigns('campaigns.decideOwn', 'campaigns resume'),
  'letters/decisions.cancelCampaign': campaigns('campaigns.decideOwn', 'campaigns cancel'),
  'letters/decisions.retryCampaign': campaigns('campaigns.decideOwn', 'campaigns retry'),
  'letters/resolve.countUnresolved': campaigns('campaigns.decideOwn', 'campaigns resolve'),
  'letters/resolve.resolveCampaign': campaigns('campaigns.decideOwn', 'campaigns resolve'),
  'letters/announcements.previewAnnouncement': people('announcements.send', 'announcements send'),
  'letters/announcements.sendAnnouncement': people('announcements.send', 'announcements send'),
  'letters/sentAnnouncements.listAnnouncements': campaigns(
    'campaigns.readOwn',
    'announcements list',
  ),
  'letters/sentAnnouncements.retractAnnouncement': campaigns(
    'campaigns.decideOwn',
    'announcements retract',
  ),
  'letters/notifications.listNotifications': people('notifications.read', 'notifications list'),
  'letters/notifications.readNotifications': people('notifications.write', 'notifications read'),
  'audit/audit.listAudit': rest('audit.read', 'audit list'),
  'letters/mail.listMail': rest('mail.read', 'mail list'),
  'letters/mail.showMail': rest('mail.read', 'mail show'),
  'letters/mail.rawMail': rest('mail.read', 'mail show --raw'),
  'admins/tokens.createToken': tokens('tokens create'),
  'admins/tokens.listTokens': tokens('tokens list'),
  'admins/tokens.revokeToken': tokens('tokens revoke'),
  'admins/admins.listAdmins': rest('admins.read', 'admins list'),
  'admins/admins.showAdmin': rest('admins.read', 'admins show'),
  'admins/admins.addAdmin': rest('admins.write', 'admins add'),
  'admins/admins.setAdmin': rest('admins.write', 'admins set'),
  'admins/admins.disableAdmin': rest('admins.write', 'admins disable'),
  'installation.showInstallation': rest('installation.read', 'db restored'),
  'installation.restoreInstallation': rest('installation.write', 'db restored'),
} as const satisfies Readonly<Record<string, Operation>>;

function people(verb: Verb, command: string): Operation {
  return { verb, about: 'people', command };
}

function runs(verb: Verb, command: string): Operation {
  return { verb, about: 'runs', command };
}

function campaigns(verb: Verb, command: string): Operation {
  return { verb, about: 'campaigns', command };
}

function tokens(command: string): Operation {
  return { verb: 'tokens.write', about: 'tokens', command };
}

function rest(verb: Verb, command: string): Operation {
  return { verb, about: 'rest', command };
}
