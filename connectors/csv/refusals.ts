import type { FaultCode } from '../../domain/faultCodes';
import { Fault } from '../../domain/faults';

/** A file that is not read, or not read on: why, and what to do. */
export function refusal(code: FaultCode, message: string, next: string, cause?: unknown): Fault {
  return new Fault('refused_file', { code, message, next, cause });
}
