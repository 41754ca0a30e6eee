/** The token by which a cell clears its field. */
export const CLEAR_TOKEN = '<clear>';

/**
 * What a failed-rows file shows for a cell that the row did not have, and between the cells of a
 * row that had too many. A row that comes back with one of these tokens was not fixed.
 */
export const MISSING_TOKEN = '<missing>';
export const EXTRA_TOKEN = '<extra>';

/**
 * A cell without quotes that says that there is no value, as databases write it: no opinion, also
 * where an empty cell clears. In quotes it is a text, which the reader gives as
 * {@link QUOTED_NULL_CELL}: white space around a cell is no part of its value.
 */
export const NULL_CELL = '\\N';
export const QUOTED_NULL_CELL = `${NULL_CELL} `;
