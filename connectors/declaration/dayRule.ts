import type { FieldDeclaration } from './schema';

/**
 * True for a field whose values are read as days: it says how a first or last day at the same path
 * is read.
 */
export function isDayRule(field: string, { to = 'text' }: Pick<FieldDeclaration, 'to'>): boolean {
  return to !== 'text' || field === 'hireDate' || field === 'leaveDate';
}
