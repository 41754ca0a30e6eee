import { diagnose, toFailure } from './failures';
import { publicFailure } from './publicFailure';
import type { EdgeLog } from './edge';
import type { BegunDue, DueActivities } from './types';

export interface DueDeps {
  readonly store: {
    /** Records a run for each source and time zone in which people are due. */
    beginDue(): Promise<BegunDue>;
  };
  readonly log: EdgeLog;
}

/** The activity of the hourly look for people who are due. */
export function createDueActivities({ store, log }: DueDeps): DueActivities {
  return {
    beginDue: async () => {
      try {
        return await store.beginDue();
      } catch (error) {
        const diagnosis = diagnose(error);
        log.warn(
          { code: diagnosis.code, ...publicFailure(error) },
          'who is due could not be asked',
        );
        throw toFailure(diagnosis, 'of those who are due');
      }
    },
  };
}
