/** The owner's token in every database of a test's own: its template has it. */
export const TEST_TOKEN = `rc_jest0000_${'t'.repeat(43)}`;
