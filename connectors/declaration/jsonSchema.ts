import { z } from 'zod';
import { connectorSchema } from './schema';

/** The form of a declaration as JSON Schema, for editors and other tools. */
export function connectorJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(connectorSchema, { io: 'input', reused: 'ref' }),
    $id: 'connector.schema.json',
    title: 'Rollcall connector',
  };
}
