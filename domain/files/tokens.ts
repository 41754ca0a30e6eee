/** The token with which a cell says: there is nothing here any more. */
export const CLEAR_TOKEN = '<clear>';

/**
 * What a failed-rows file shows in place of a cell that the row did not have, and between cells of
 * which it had too many. A row that comes back with one of them was not mended.
 */
export const MISSING_TOKEN = '<missing>';
export const EXTRA_TOKEN = '<extra>';
