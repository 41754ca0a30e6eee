/**
 * SQL: why a key of a row was not written, as one half of a hand-over was approved without the other.
 * Of `head` (the column), `holder`, `partner` and `partner_line` (the other half), `entry`, `kind` (of the
 * run), `source_kind` and `source`.
 */
export function notFree(): string {
  return `'The ' || head || ' of this row is not free: ' || holder || ' was to give it up by entry ' || partner
    || coalesce(' (line ' || partner_line || ')', '') || ', which was not approved together with entry '
    || entry || ' (this row). Both come again with the next read: '
    || case when kind = 'sync' then 'rollcall sources sync ' || source
      when source_kind = 'list' then 'rollcall import FILE --source ' || source
      else 'rollcall import FILE' end
    || '. Approve both then.'`;
}
