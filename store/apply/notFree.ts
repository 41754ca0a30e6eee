/**
 * SQL: the facts of `key_not_free`: a key of a row was not written, because one half of a key swap was
 * approved without the other. From `holder`, `partner` and `partner_line` (the other half), `entry`, `kind`
 * (of the run), `source_kind` and `source`.
 */
export const NOT_FREE = `jsonb_build_object('holder', holder, 'partner', partner, 'line', partner_line,
    'entry', entry, 'source', source, 'again', case when kind = 'sync' then 'sync'
      when source_kind = 'list' then 'list' else 'file' end)`;
