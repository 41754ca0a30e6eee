/**
 * Why a user is inactive whose creation was undone, and why the next row of that source that has the
 * person reactivates them.
 */
export const UNDONE_CREATION = 'undone_creation';
