/** Limits of a letter: of its parts as they are written, and as they are rendered. */
export const MAX_SUBJECT_CHARS = 200;
export const MAX_LETTER_NAME_CHARS = 100;
/** Of the text, and of the HTML, as written. */
export const MAX_TEMPLATE_BYTES = 100_000;
/** Of the text and the HTML together, as one person gets them. */
export const MAX_RENDERED_BYTES = 256_000;
export const MAX_VARIABLES = 50;
export const MAX_VALUE_CHARS = 10_000;

/** Connections of a worker to the mail server, unless a setting says otherwise. */
export const DEFAULT_CONNECTIONS = 8;

/**
 * Characters before the @ of the address that bounces come to: a local part holds 64 (RFC 5321), and a letter adds up
 * to 50.
 */
export const MAX_BOUNCE_LOCAL_CHARS = 14;
