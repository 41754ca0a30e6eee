import { Fault } from '../../domain/faults';

/** The last owner who may act stays one. */
export function lastOwner(message: string): Fault {
  return new Fault('conflict', { code: 'last_owner', message, next: { do: 'addOwner' } });
}
