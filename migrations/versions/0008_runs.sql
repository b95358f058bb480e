CREATE SCHEMA feeds;
GRANT USAGE ON SCHEMA feeds TO highstreet_app, highstreet_system;

-- Runs ---------------------------------------------------------------------------------------------------------------

CREATE TABLE feeds.runs (
    id uuid PRIMARY KEY,
    -- By which people call a run.
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    feed text NOT NULL CHECK (feed <> ''),
    state text NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted', 'undoing', 'undone')),
    replays uuid REFERENCES feeds.runs,
    scheduled boolean NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    os_user text,
    source text NOT NULL,
    source_sha256 text CHECK (source_sha256 ~ '^[0-9a-f]{64}$'),
    mapping_name text,
    mapping text NOT NULL,
    mapping_sha256 text NOT NULL CHECK (mapping_sha256 ~ '^[0-9a-f]{64}$'),
    shift_dates boolean NOT NULL,
    shifted_days integer NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    undone_at timestamptz,
    rows_total integer CHECK (rows_total >= 0),
    rows_done integer NOT NULL,
    rows_new integer NOT NULL CHECK (rows_new >= 0),
    rows_changed integer NOT NULL CHECK (rows_changed >= 0),
    rows_same integer NOT NULL CHECK (rows_same >= 0),
    rows_rejected integer NOT NULL CHECK (rows_rejected >= 0),
    rows_over integer NOT NULL CHECK (rows_over >= 0),
    deals_vanished integer NOT NULL CHECK (deals_vanished >= 0),
    deals_spared integer NOT NULL CHECK (deals_spared >= 0),
    by_reach jsonb NOT NULL CHECK (jsonb_typeof(by_reach) = 'object'),
    rejected_by_field jsonb NOT NULL CHECK (jsonb_typeof(rejected_by_field) = 'object'),
    error text,
    CONSTRAINT runs_count_every_row CHECK (rows_done = rows_new + rows_changed + rows_same + rows_rejected),
    CONSTRAINT runs_do_no_more_than_there_is CHECK (rows_done <= rows_total),
    CONSTRAINT runs_end CHECK ((state = 'running') = (ended_at IS NULL)),
    CONSTRAINT runs_fail_for_a_reason CHECK (state <> 'failed' OR error IS NOT NULL),
    CONSTRAINT runs_undone CHECK ((state = 'undone') = (undone_at IS NOT NULL))
);
-- Whoever works on a feed holds an advisory lock; this holds even if somebody did not ask for it.
CREATE UNIQUE INDEX runs_one_at_a_time ON feeds.runs (feed) WHERE state IN ('running', 'undoing');
CREATE INDEX runs_by_feed ON feeds.runs (feed, number DESC);
CREATE INDEX runs_by_replayed ON feeds.runs (replays) WHERE replays IS NOT NULL;

-- The rows that a run refused. They may hold anything, NUL and half characters too, which jsonb and text refuse.
CREATE TABLE feeds.rejects (
    run_id uuid NOT NULL REFERENCES feeds.runs,
    row_number integer NOT NULL CHECK (row_number >= 1),
    content json NOT NULL,
    PRIMARY KEY (run_id, row_number)
);

-- What a run made, changed and ended, each with what it takes to take it back. A row goes when that has been done, or
-- says why it was not.
CREATE TABLE feeds.changes (
    run_id uuid NOT NULL REFERENCES feeds.runs,
    subject_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('new', 'changed', 'vanished', 'merchant', 'division')),
    former jsonb,
    passage bigint,
    kept text,
    PRIMARY KEY (run_id, subject_id),
    CONSTRAINT changes_know_the_former_state CHECK (
        (kind IN ('changed', 'vanished')) = (former IS NOT NULL AND passage IS NOT NULL)
    )
);

-- When a feed is imported again and again, and what came of it the last time.
CREATE TABLE feeds.schedules (
    feed text PRIMARY KEY CHECK (feed <> ''),
    source text NOT NULL CHECK (source <> ''),
    mapping_name text,
    mapping text NOT NULL,
    shift_dates boolean NOT NULL,
    every_minutes integer CHECK (every_minutes BETWEEN 5 AND 43200),
    daily_at time,
    time_zone text NOT NULL,
    os_user text,
    created_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    asked_at timestamptz,
    told_at timestamptz,
    told text,
    CONSTRAINT schedules_have_one_rhythm CHECK (num_nonnulls(every_minutes, daily_at) = 1)
);
CREATE INDEX schedules_due ON feeds.schedules (next_at);

ALTER TABLE feeds.runs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE feeds.rejects ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE feeds.changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE feeds.schedules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY operator_reads ON feeds.runs FOR SELECT TO highstreet_app USING (kit.actor_kind() = 'operator');
CREATE POLICY operator_reads ON feeds.rejects FOR SELECT TO highstreet_app USING (kit.actor_kind() = 'operator');
CREATE POLICY operator_reads ON feeds.changes FOR SELECT TO highstreet_app USING (kit.actor_kind() = 'operator');
CREATE POLICY operator_reads ON feeds.schedules FOR SELECT TO highstreet_app USING (kit.actor_kind() = 'operator');
CREATE POLICY system_works ON feeds.runs TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON feeds.rejects TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON feeds.changes TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON feeds.schedules TO highstreet_system USING (true) WITH CHECK (true);

GRANT SELECT ON feeds.runs, feeds.rejects, feeds.changes, feeds.schedules TO highstreet_app;
GRANT SELECT, INSERT, UPDATE ON feeds.runs TO highstreet_system;
GRANT SELECT, INSERT ON feeds.rejects TO highstreet_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON feeds.changes, feeds.schedules TO highstreet_system;

-- What a run made can be taken out of the catalogue --------------------------------------------------------------------

-- Followers learn from these rows of deals that have left.
CREATE TABLE catalog.departed_deals (
    deal_id uuid PRIMARY KEY,
    changed_xid xid8 NOT NULL
);
CREATE INDEX departed_deals_by_change ON catalog.departed_deals (changed_xid);
ALTER TABLE catalog.departed_deals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY system_works ON catalog.departed_deals TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON catalog.departed_deals TO highstreet_system;

CREATE FUNCTION catalog.keep_departed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog.departed_deals (deal_id, changed_xid)
    SELECT departed.id, pg_current_xact_id() FROM departed;
    RETURN NULL;
END;
$$;
CREATE TRIGGER deals_departed AFTER DELETE ON catalog.deals
REFERENCING OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION catalog.keep_departed();

CREATE FUNCTION catalog.guard_departure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.origin <> 'imported' THEN
        RAISE EXCEPTION 'deal % is % and stays', OLD.id, OLD.origin
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'deals_stay';
    END IF;
    RETURN OLD;
END;
$$;
CREATE TRIGGER deals_stay BEFORE DELETE ON catalog.deals
FOR EACH ROW EXECUTE FUNCTION catalog.guard_departure();

-- A history is only ever added to, and goes with its deal or not at all.
DROP TRIGGER deal_passages_frozen ON catalog.deal_passages;
DROP TRIGGER option_prices_frozen ON catalog.option_prices;
CREATE TRIGGER deal_passages_frozen BEFORE UPDATE OR TRUNCATE ON catalog.deal_passages
FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_change();
CREATE TRIGGER option_prices_frozen BEFORE UPDATE OR TRUNCATE ON catalog.option_prices
FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_change();

CREATE FUNCTION catalog.guard_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM catalog.deals WHERE deals.id = OLD.deal_id) THEN
        RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER deal_passages_go_with_their_deal AFTER DELETE ON catalog.deal_passages
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_history();
CREATE CONSTRAINT TRIGGER option_prices_go_with_their_deal AFTER DELETE ON catalog.option_prices
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_history();

GRANT DELETE ON catalog.deals, catalog.options, catalog.deal_passages, catalog.option_prices, catalog.merchants,
catalog.divisions TO highstreet_system;
