import type { TokenState } from '../../domain/admins/token';

/**
 * SQL: an admin (alias `a`, left join of its user `u`) may act: neither disabled, nor linked to a user
 * who is not active.
 */
export const MAY_ACT = `(a.disabled_at is null and (a.user_id is null or u.status = 'active'))`;

/** SQL: an admin (aliases as {@link MAY_ACT}) that is an owner and may act. */
export const WORKING_OWNER = `(a.level = 'owner' and ${MAY_ACT})`;

/** SQL: branches of a `case` for an admin (aliases as {@link MAY_ACT}) who may not act. */
const NOT_ACTING = `
    when a.disabled_at is not null then '${state('admin_disabled')}'
    when a.user_id is not null and u.status <> 'active' then '${state('user_inactive')}'`;

/** SQL: the state of an admin (aliases as {@link MAY_ACT}) who comes without a token. */
export const ADMIN_STATE = `case ${NOT_ACTING} else '${state('valid')}' end`;

/** SQL: the state of a token (alias `t`) of an admin (aliases as {@link MAY_ACT}). */
export const TOKEN_STATE = `case ${NOT_ACTING}
    when t.revoked_at is not null then '${state('revoked')}'
    when t.expires_at <= now() then '${state('expired')}'
    else '${state('valid')}' end`;

function state(name: TokenState): TokenState {
  return name;
}
