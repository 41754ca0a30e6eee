import { Fault } from '../../domain/faults';

/** The connector knows the encodings; an unknown one is wrong usage before anything is stored. */
export async function refuseUnknownEncoding(encoding: string): Promise<void> {
  const { requireEncoding } = await import('../../connectors/csv/format/text.js');
  try {
    requireEncoding(encoding);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const { code, message, next = { do: 'helpImport' } } = cause;
    throw new Fault('usage', { code, message, next, cause });
  }
}
