-- A fact is inserted by the transaction that made it true. `position` grows with each insert, so writers that take
-- turns on an aggregate number its facts in the order of their turns; `xid` tells when all of them can be seen.
CREATE TABLE kit.facts (
    id uuid PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    aggregate text NOT NULL,
    aggregate_id uuid NOT NULL,
    name text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    payload jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    routed boolean NOT NULL DEFAULT false
);
CREATE INDEX facts_unrouted ON kit.facts (position) WHERE NOT routed;
CREATE INDEX facts_unrouted_of_aggregate ON kit.facts (aggregate_id, position) WHERE NOT routed;
CREATE INDEX facts_kept ON kit.facts (recorded_at) WHERE routed;

CREATE TABLE kit.subscriptions (
    subscriber text NOT NULL,
    fact text NOT NULL,
    PRIMARY KEY (subscriber, fact)
);

-- One row for each fact and each subscriber that wants it. What orders deliveries is repeated from the fact.
CREATE TABLE kit.deliveries (
    fact_id uuid NOT NULL REFERENCES kit.facts ON DELETE CASCADE,
    subscriber text NOT NULL,
    aggregate text NOT NULL,
    aggregate_id uuid NOT NULL,
    position bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'delivered', 'dead', 'discarded')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    settled_at timestamptz,
    error text,
    PRIMARY KEY (fact_id, subscriber),
    CHECK ((state = 'pending') = (settled_at IS NULL)),
    CHECK (state <> 'dead' OR error IS NOT NULL)
);
CREATE INDEX deliveries_pending ON kit.deliveries (position) WHERE state = 'pending';
CREATE INDEX deliveries_unsettled ON kit.deliveries (subscriber, aggregate_id, position)
WHERE state IN ('pending', 'dead');

ALTER TABLE kit.facts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE kit.subscriptions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE kit.deliveries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Whoever may make something true may say so; only the system reads what was said.
CREATE POLICY record ON kit.facts FOR INSERT TO highstreet_app WITH CHECK (NOT routed);
CREATE POLICY relay ON kit.facts TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY relay ON kit.subscriptions TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY relay ON kit.deliveries TO highstreet_system USING (true) WITH CHECK (true);

GRANT INSERT ON kit.facts TO highstreet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.facts, kit.subscriptions, kit.deliveries TO highstreet_system;
