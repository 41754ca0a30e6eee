/**
 * What a fake vendor may do wrong, as real ones do. `times`: how often, before it behaves again; `from`:
 * the list call in which it begins (1 = the first).
 */
export const MISBEHAVIOURS = {
  repeated_cursor: 'gives the same place in the list again and again',
  in_parts: 'gives a person in several records, each with some of the fields',
  moved_row: 'takes an early row away while the list is read, and appends another',
  drifting_total: 'tells another total with each page',
  truncated_page: 'leaves rows of a page out and goes on as if it had not',
  cut_body: 'ends an answer in the middle',
  throttle_429_seconds: '429 with Retry-After in seconds',
  throttle_429_date: '429 with Retry-After as a date',
  throttle_429_none: '429 without a word on how long',
  throttle_vendor: 'throttles in its own status and header',
  down_503: '503, down',
  forbidden_403: '403 from some page on',
  unauthorized_401: '401 in the middle, once',
  revoked_401: '401 for ever from some page on',
  expired_cursor: 'no longer knows the place in the list',
  html: '200 with a page of HTML',
  empty: 'answers with nobody',
  withheld: 'withholds a field',
  foreign_link: 'gives a next link to another host',
  redirect: 'redirects to another host',
  slow_drip: 'sends a byte now and then',
  huge_body: 'sends more than anybody reads',
  server_error: '500, then again well',
  no_body: 'an answer without a word in it',
  no_list: 'an object where the list should be',
  skew: 'its clock is five minutes ahead',
} as const;
export type Misbehaviour = keyof typeof MISBEHAVIOURS;

export interface Mischief {
  readonly kind: Misbehaviour;
  /** The list call in which it begins; default 2. */
  readonly from?: number;
  /** Default: once for faults that pass, always for the others. */
  readonly times?: number;
}
