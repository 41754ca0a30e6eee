// The entry of the workflow bundle: every workflow type, by the name that Temporal knows it by.
export { applyDue } from './applyDue';
export { bulkChange } from './bulkChange';
export { importCsv } from './importCsv';
export { mergeUsers } from './mergeUsers';
export { sendCampaign } from './campaigns/sendCampaign';
export { startDue } from './startDue';
export { syncSource } from './syncSource';
export { undoRun } from './undoRun';
