// The package's one entry. Everything exported here is public, with its declarations. What only
// Rollcall itself needs has the tag for internal, and scripts/lib/declarations.mjs leaves it out.
export type { Access, AccessReason, ShownUser } from '../domain/access';
export type { AdminView, CreatedToken, TokenView } from '../domain/admins/adminView';
export type { LevelReach, LevelsRow } from '../domain/admins/levels';
export type { DuplicatePair, PairUser } from '../domain/duplicates/pair';
export type { PairReason } from '../domain/duplicates/reasons';
export type { FaultCode } from '../domain/faultCodes';
export { Fault, type FaultKind } from '../domain/faults';
export type { Next, NextKind, NextOf } from '../domain/next';
export type { ExportReader } from '../domain/files/exportColumns';
export type { ShownLetter, SinkLetter } from '../domain/letters/sink/letter';
export type { MergeDocument, MergeState, MergeView } from '../domain/merges/mergeView';
export type { MergePreview, ShownMerge } from '../domain/merges/preview';
export type { UnmergeView } from '../domain/merges/unmergeView';
export type { Gate, HeldGate } from '../domain/runs/gates';
export type { Action, RunState } from '../domain/runs/run';
export type {
  DiffEntry,
  RunDocument,
  RunMessage,
  RunProgress,
  RunReason,
  RunSummary,
} from '../domain/runs/runDocument';
export type {
  SourceTrouble,
  Todo,
  TodoCampaign,
  TodoConflict,
  TodoFailed,
  TodoHeld,
  TodoPlanned,
  TodoRows,
  TodoRun,
  TodoSource,
  TodoToken,
  TodoWaiting,
} from '../domain/todo';
export type { PropertyDefinition } from '../domain/users/fields';
export type { UserView } from '../domain/users/userView';
export type { AuditEventView, AuditList, ListAudit } from '../operations/audit/audit';
export type { AddAdmin, SetAdmin } from '../operations/admins/admins';
export type { CreateToken } from '../operations/admins/tokens';
export type {
  CourseList,
  CourseView,
  CreateCourse,
  ListCourses,
  RenameCourse,
  ShownCourse,
} from '../operations/records/courses';
export type {
  AddCredit,
  ChangedCredit,
  CreditList,
  EditCredit,
} from '../operations/records/credits';
export type {
  ChangedEnrollment,
  EnrollmentList,
  ListEnrollments,
  SetEnrollment,
} from '../operations/records/enrollments';
export type { CreditView, EnrollmentView, UserRecords } from '../operations/records/recordViews';
export type {
  CampaignDocument,
  CampaignGate,
  CampaignTrouble,
  HeldCampaignGate,
} from '../domain/letters/campaignDocument';
export type { CampaignKind, CampaignState } from '../domain/letters/campaigns';
export type { DeliveryCounts, DeliveryState } from '../domain/letters/deliveries';
export type { WaitedForCampaign, WaitForCampaign } from './letters/campaigns';
export type { CampaignDecided, ChooseUnknown, ResolveCampaign } from './letters/decisions';
export type { CampaignDecisionInput, DecidedCampaign } from '../operations/letters/decisions';
export type {
  CampaignList,
  CampaignRecipients,
  ListCampaigns,
  Recipient,
} from '../operations/letters/campaigns';
export type { FrozenCampaign, LetterPreview, SendLetter } from '../operations/letters/sendLetter';
export type { DismissedPair } from '../operations/duplicates/duplicates';
export type { ListMail, MailList } from '../operations/letters/mail';
export type {
  AnnouncementPreview,
  SendAnnouncement,
  SentAnnouncement,
} from '../operations/letters/announcements';
export type {
  AnnouncementList,
  AnnouncementView,
  RetractedAnnouncement,
} from '../operations/letters/sentAnnouncements';
export type {
  ListNotifications,
  NotificationList,
  NotificationView,
  ReadNotifications,
  ReadResult,
} from '../operations/letters/notifications';
export type { BouncePlace, BouncesImport } from '../operations/letters/bounces';
export type {
  AddSuppression,
  ChangedSuppression,
  ListSuppressions,
  RemovedSuppressions,
  RemoveSuppression,
  SuppressionList,
  SuppressionView,
} from '../operations/letters/suppressions';
export type { MergeInput } from '../operations/merges/merge';
export type { UnmergeInput } from '../operations/merges/unmerge';
export type { ListMerges, MergeList } from '../operations/merges/merges';
export type { ApproveInput, DecisionInput } from '../operations/runs/decisions';
export type { Resolvable, ResolveAllInput } from '../operations/runs/resolveAll';
export type { DiffInput, ListRuns } from '../operations/runs/runs';
export type { FilterAttributeView } from '../operations/users/filterAttributes';
export type { ListedFilter, SavedFilterView, SaveFilter } from '../operations/users/filters';
export type {
  CodeAndName,
  OrganizationView,
  SetOrganization,
} from '../operations/users/organizations';
export type { ListUsers, UserList, UserWithRecords } from '../operations/users/users';
export type { CheckImport, FileCheck, FileFault, NotJudged } from './files/checks';
export type { DuplicateSearch, SearchDuplicates } from './users/duplicates';
export type { ExportInput, UserExport } from './users/exports';
export type { FileStream } from './files/file';
export type { StartMerges } from './merges';
export type { OfflineImports, StartImport, StartRecords } from './imports';
export type { ImportBouncesInput } from './letters/bounces';
export { Rollcall, type ConnectOptions } from './rollcall';
export type { Sent, Waited, WaitOptions } from './runs';
export type { ListedSource, StartSync } from './sources';
export type { StopSignal } from '../temporal/patience';
export type { TodoOptions } from './todo';
export { wordFault, wordNext, wordReason } from '../wording/next';
export type { Variable } from '../domain/letters/variables';
export type { LetterCategory, RenderedLetter } from '../domain/letters/content';
export type {
  CreateLetter,
  EditLetter,
  LetterList,
  LetterView,
  ListedLetter,
  ListLetters,
} from '../operations/letters/letters';
export type { LetterPreviewed, PreviewLetter } from '../operations/letters/preview';
export type { TestedLetter, TestLetter } from '../operations/letters/testLetter';
