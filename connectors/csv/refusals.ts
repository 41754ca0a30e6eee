import type { FaultCode } from '../../domain/faultCodes';
import { Fault } from '../../domain/faults';
import type { Next } from '../../domain/next';

/** The fault of a file that is not read, or not read on: the reason, and what to do. */
export function refusal(
  code: FaultCode,
  message: string,
  next: Next | string,
  cause?: unknown,
): Fault {
  return new Fault('refused_file', { code, message, next, cause });
}
