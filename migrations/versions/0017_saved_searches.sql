-- What somebody wants to be told of: a search without order, page and time.
CREATE TABLE search.saved_searches (
    id uuid PRIMARY KEY,
    -- Whose it is, by a number that says nothing about them; none where an operator looks out for themselves.
    owner_id uuid,
    text text NOT NULL CHECK (length(text) <= 200),
    latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    radius_km double precision CHECK (radius_km > 0 AND radius_km <= 500),
    category text CHECK (length(category) BETWEEN 1 AND 200),
    min_price_minor bigint CHECK (min_price_minor >= 0),
    max_price_minor bigint CHECK (max_price_minor >= 0),
    currency text CHECK (currency ~ '^[A-Z]{3}$'),
    min_discount smallint CHECK (min_discount BETWEEN 1 AND 100),
    days smallint[] NOT NULL CHECK (days <@ '{1,2,3,4,5,6,7}'::smallint[] AND cardinality(days) <= 7),
    usable_today boolean NOT NULL,
    new_merchant boolean NOT NULL,
    created_at timestamptz NOT NULL,
    -- From then on it tells of nothing, and goes.
    expires_at timestamptz NOT NULL,
    paused boolean NOT NULL,
    -- The transaction that wrote it last, so that who holds all in memory reads what is new.
    changed_xid xid8 NOT NULL,
    CONSTRAINT saved_searches_have_a_whole_place CHECK (num_nonnulls(latitude, longitude, radius_km) IN (0, 3)),
    CONSTRAINT saved_searches_price_in_a_currency CHECK (
        num_nonnulls(min_price_minor, max_price_minor) = 0 OR currency IS NOT NULL
    ),
    CONSTRAINT saved_searches_ask_for_something CHECK (
        text <> '' OR days <> '{}' OR usable_today OR new_merchant
        OR num_nonnulls(latitude, category, min_price_minor, max_price_minor, min_discount) > 0
    ),
    CONSTRAINT saved_searches_last CHECK (expires_at > created_at)
);
CREATE INDEX saved_searches_by_change ON search.saved_searches (changed_xid);
CREATE INDEX saved_searches_by_end ON search.saved_searches (expires_at);
CREATE INDEX saved_searches_by_owner ON search.saved_searches (owner_id) WHERE owner_id IS NOT NULL;

CREATE FUNCTION search.mark_saved_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END;
$$;
CREATE TRIGGER saved_searches_marked BEFORE INSERT OR UPDATE ON search.saved_searches
FOR EACH ROW EXECUTE FUNCTION search.mark_saved_search();

-- A deal that a saved search was told of; of each once, for as long as both last.
CREATE TABLE search.matches (
    search_id uuid NOT NULL REFERENCES search.saved_searches ON DELETE CASCADE,
    deal_id uuid NOT NULL REFERENCES catalog.deals ON DELETE CASCADE,
    matched_at timestamptz NOT NULL,
    PRIMARY KEY (search_id, deal_id)
);
CREATE INDEX matches_by_deal ON search.matches (deal_id);
CREATE INDEX matches_by_time ON search.matches (matched_at);

-- How far the catalogue was held against the saved searches: all that changed up to `since`, and of what changed
-- between that and `until` the deals up to `after`.
CREATE TABLE search.matched (
    sole boolean PRIMARY KEY CHECK (sole),
    since text NOT NULL,
    until text,
    after uuid,
    moved_at timestamptz NOT NULL,
    CONSTRAINT matched_part_way CHECK (num_nonnulls(until, after) IN (0, 2))
);

ALTER TABLE search.saved_searches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE search.matches ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE search.matched ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY operator_works ON search.saved_searches TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_reads ON search.matches FOR SELECT TO highstreet_app USING (kit.actor_kind() = 'operator');
CREATE POLICY system_works ON search.saved_searches TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON search.matches TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON search.matched TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON search.saved_searches TO highstreet_app, highstreet_system;
GRANT SELECT ON search.matches TO highstreet_app;
GRANT SELECT, INSERT ON search.matches TO highstreet_system;
GRANT SELECT, INSERT, UPDATE ON search.matched TO highstreet_system;
