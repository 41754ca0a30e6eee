-- Deliveries that a person has to look at: found and counted without reading the others.
CREATE INDEX "delivery_unknown_idx" ON "delivery"("campaign_id", "n")
  WHERE (state = 'unknown'::delivery_state);

-- Receivers that asked for everything there was get the alerts about campaigns, too.
UPDATE "alert_target" SET "events" = "events" || ARRAY['campaign_held', 'campaign_paused', 'campaign_unknown']
  WHERE "events" @> ARRAY['held', 'quarantined', 'failed', 'overdue', 'conflicts', 'token_ending', 'token_recovered']::text[];
