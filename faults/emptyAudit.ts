/** Removes all events: only the owner of the table can, who has the trigger that refuses it. */
export const EMPTY_AUDIT = `
  alter table audit_event disable trigger audit_event_refuse_write;
  delete from audit_event;
  alter table audit_event enable always trigger audit_event_refuse_write;
  delete from audit_value`;
