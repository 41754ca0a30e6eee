import * as announcements from '../../../operations/letters/announcements';
import type { SendAnnouncement } from '../../../operations/letters/announcements';
import * as campaigns from '../../../operations/letters/campaigns';
import * as decisions from '../../../operations/letters/decisions';
import * as notifications from '../../../operations/letters/notifications';
import { letterFor } from '../../../operations/letters/preview';
import * as resolving from '../../../operations/letters/resolve';
import { previewLetter, sendLetter, type SendLetter } from '../../../operations/letters/sendLetter';
import * as sentAnnouncements from '../../../operations/letters/sentAnnouncements';
import { cursorAt } from '../../../operations/pages';
import { testLetter } from '../../../operations/letters/testLetter';
import { contextWith, type OperationContext } from '../../../operations/context';
import type { Selection } from '../../../operations/users/selection';
import { all, byRun, byUser, each, type Call } from './ways';

const settings = { sink: true, gate: 10, timeZone: 'UTC' };

const announced = (who: Selection): { request: SendAnnouncement; settings: typeof settings } => ({
  request: { title: 'News', markdown: 'Hello', recently: 'again', ...who },
  settings,
});

const SENDING = { sink: true, gate: 1000, twoPeople: false, timeZone: 'UTC', keys: [] } as const;
/** Of the letters that are sent here; a list leaves their campaigns out, because they become more. */
const SUBJECT = 'S';

const oneOff = (who: Selection): { request: SendLetter; settings: typeof SENDING } => ({
  request: { custom: { subject: SUBJECT, text: 'T' }, recently: 'again', ...who },
  settings: SENDING,
});

/** Each way of naming people, beside a person within the reach where they are named. */
const byChoice =
  (work: (context: OperationContext, who: Selection) => Promise<unknown>): Call =>
  (context, ways) => ({
    ...each('person', ways.people, (user) => work(context, { users: [ways.own, user] })),
    ...each('filter', ways.filters, (filter) => work(context, { filter })),
    ...each('saved', ways.saved, (saved) => work(context, { saved })),
  });

const byDecision = (
  decide: (
    context: OperationContext,
    input: decisions.CampaignDecisionInput,
  ) => Promise<decisions.DecidedCampaign>,
): Call => byRun((context, campaign) => decide(context, { campaign }));

/** Campaigns of others, and people of others in an own campaign. */
const byUnknown =
  (
    work: (
      context: resolving.ResolveContext,
      which: resolving.WhichUnknown,
    ) => Promise<resolving.Resolvable | decisions.DecidedCampaign>,
  ): Call =>
  (context, ways) => {
    const keyed = contextWith(context, { keys: [] });
    return {
      ...each('run', ways.runs, (campaign) => work(keyed, { campaign, all: true })),
      ...each('person', ways.people, (user) => work(keyed, { campaign: ways.ownCampaign, user })),
    };
  };

/** Nothing listens there. */
const NO_MAIL = { url: 'smtp://127.0.0.1:1', from: 'a@example.org', sink: false };

/** The operations of letters, campaigns and announcements, as `CALLS`. */
export const LETTER_CALLS: Readonly<Record<string, Call>> = {
  'sendLetter.previewLetter': byChoice((context, who) => previewLetter(context, oneOff(who))),
  'sendLetter.sendLetter': byChoice(async (context, who) => {
    const { recipients, planned, held } = await sendLetter(context, oneOff(who));
    return { recipients, planned, held };
  }),
  'preview.letterFor': byUser((context, user) => letterFor(context, { letter: 'Welcome', user })),
  'testLetter.testLetter': byUser((context, user) =>
    testLetter(
      context,
      { letter: 'Welcome', user, to: 'a@example.org' },
      { mail: NO_MAIL, delivery: { dkim: null, unsubscribe: null }, rendering: {} },
    ),
  ),
  'campaigns.listCampaigns': (context, ways) => ({
    all: async () => {
      const list = await campaigns.listCampaigns(context, { limit: 1000 });
      return list.campaigns.filter(({ subject }) => subject !== SUBJECT);
    },
    ...each('cursor', ways.runs, (id) =>
      campaigns.listCampaigns(context, { state: 'held', cursor: cursorAt(id) }),
    ),
  }),
  'campaigns.showCampaign': byRun(campaigns.showCampaign),
  'campaigns.campaignState': byRun(campaigns.campaignState),
  'campaigns.campaignRecipients': byRun((context, campaign) =>
    all(campaigns.campaignRecipients(context, { campaign, key: null })),
  ),
  'decisions.approveCampaign': byRun((context, campaign) =>
    decisions.approveCampaign(context, { campaign, twoPeople: false }),
  ),
  'decisions.rejectCampaign': byDecision(decisions.rejectCampaign),
  'decisions.pauseCampaign': byDecision(decisions.pauseCampaign),
  'decisions.resumeCampaign': byDecision(decisions.resumeCampaign),
  'decisions.cancelCampaign': byDecision(decisions.cancelCampaign),
  'decisions.retryCampaign': byDecision(decisions.retryCampaign),
  'resolve.countUnresolved': byUnknown(resolving.countUnresolved),
  'resolve.resolveCampaign': byUnknown((context, which) =>
    resolving.resolveCampaign(context, { ...which, as: 'accepted' }),
  ),
  'announcements.previewAnnouncement': byChoice((context, who) =>
    announcements.previewAnnouncement(context, announced(who)),
  ),
  'announcements.sendAnnouncement': byUser((context, user) =>
    announcements.sendAnnouncement(context, announced({ users: [user] })),
  ),
  'sentAnnouncements.listAnnouncements': (context) => ({
    all: () => sentAnnouncements.listAnnouncements(context),
  }),
  'sentAnnouncements.retractAnnouncement': byRun((context, announcement) =>
    sentAnnouncements.retractAnnouncement(context, { announcement }),
  ),
  'notifications.listNotifications': byUser((context, user) =>
    notifications.listNotifications(context, { user }),
  ),
  'notifications.readNotifications': byUser((context, user) =>
    notifications.readNotifications(context, { user, all: true }),
  ),
};

/** As `NOT_ABOUT_PEOPLE`. */
export const LETTERS_NOT_ABOUT_PEOPLE: Readonly<Record<string, string>> = {
  'campaignRequest.campaignFor': 'a part of sendLetter and sendAnnouncement, which are tried',
  'campaignRequest.recentlyOf': 'reads what is typed',
  'preview.renderedFor': 'a part of letterFor and testLetter, which are tried',
  'letters.createLetter': 'is for levels that reach all',
  'letters.editLetter': 'is for levels that reach all',
  'letters.duplicateLetter': 'is for levels that reach all',
  'letters.archiveLetter': 'is for levels that reach all',
  'letters.listLetters': 'letters belong to nobody; nobody is looked up',
  'letters.showLetter': 'letters belong to nobody; nobody is looked up',
  'letters.knownLetter': 'finds a letter; nobody is looked up',
  'letters.refuseArchived': 'looks at a letter that was found',
  'letterValues.readLetter': 'reads what is typed',
  'letterValues.missingOf': 'reads what is typed',
  'letterValues.withRenderer': 'opens a renderer',
  'letterValues.checkContent': 'checks what is typed; nobody is looked up',
  'letterToSend.contentToSend': 'finds a letter; nobody is looked up',
  'letterToSend.missingValues': 'a part of previewLetter, which is tried',
  'campaignReach.campaignsFor': 'the reach itself',
  'campaignReach.seesOnly': 'the reach itself',
  'decisions.decide': 'a part of every decision about a campaign',
  'decisions.goesOn': 'names a state',
  'decisions.campaignMisfit': 'words a fault',
  'decisions.allSentRecently': 'words a fault',
  'bounces.importBounces': 'is for levels that reach all',
  'bounceBatch.applyBatch': 'a part of importBounces',
  'suppressions.listSuppressions': 'is for levels that reach all',
  'suppressions.addSuppression': 'is for levels that reach all',
  'suppressions.removeSuppression': 'is for levels that reach all',
  'mail.listMail': 'is for levels that reach all',
  'mail.showMail': 'is for levels that reach all',
  'mail.rawMail': 'is for levels that reach all',
};
