import { Fault } from '../../domain/faults';
import { keepsAnOwner } from '../../store/admins/admins';

/** The last owner who may act stays one. */
export function lastOwner(message: string): Fault {
  return new Fault('conflict', { code: 'last_owner', message, next: { do: 'addOwner' } });
}

/**
 * Runs `work`, which may take the last owner away. Throws Fault `conflict` where a trigger of the database
 * refuses it: another owner went at the same moment, after `work` found that one was left.
 */
export async function keepingAnOwner<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw keepsAnOwner(error) ? lastOwner(message) : error;
  }
}
