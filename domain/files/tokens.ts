/** The token by which a cell clears its field. */
export const CLEAR_TOKEN = '<clear>';

/**
 * What a failed-rows file shows for a cell that the row did not have, and between the cells of a
 * row that had too many. A row that comes back with one of these tokens was not fixed.
 */
export const MISSING_TOKEN = '<missing>';
export const EXTRA_TOKEN = '<extra>';
