-- Where an adopted deal came from, and what was agreed. The deal itself forgets its source: it is a written one now.
CREATE TABLE catalog.adoptions (
    deal_id uuid PRIMARY KEY REFERENCES catalog.deals,
    feed text NOT NULL,
    key text NOT NULL,
    url text CHECK (url ~ '^https?://'),
    shifted_days integer NOT NULL,
    terms_version integer NOT NULL,
    agreement_digest text NOT NULL CHECK (agreement_digest ~ '^[0-9a-f]{64}$'),
    evidence jsonb NOT NULL CHECK (jsonb_typeof(evidence) = 'array'),
    adopted_at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    -- What the feed said when the deal was adopted, what it said when somebody last looked, and what it says by now.
    adopted_digest text NOT NULL,
    seen_digest text NOT NULL,
    stated_digest text NOT NULL,
    stated jsonb CHECK (jsonb_typeof(stated) = 'object'),
    UNIQUE (feed, key),
    FOREIGN KEY (deal_id, terms_version) REFERENCES catalog.deal_terms (deal_id, version),
    CONSTRAINT adoptions_keep_what_differs CHECK ((stated_digest = adopted_digest) = (stated IS NULL))
);

ALTER TABLE catalog.adoptions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY operator_works ON catalog.adoptions TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY system_works ON catalog.adoptions TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON catalog.adoptions TO highstreet_app, highstreet_system;
GRANT UPDATE (seen_digest, stated_digest, stated) ON catalog.adoptions TO highstreet_app, highstreet_system;

-- An origin changes once, from imported to written, and only for a deal that is adopted in the same transaction.
CREATE OR REPLACE FUNCTION catalog.guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came_from text := 'new';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        came_from := OLD.state;
        IF OLD.origin <> NEW.origin THEN
            IF
                OLD.origin <> 'imported' OR NEW.origin <> 'written' OR OLD.state <> NEW.state
                OR NOT EXISTS (SELECT FROM catalog.adoptions WHERE adoptions.deal_id = NEW.id)
            THEN
                RAISE EXCEPTION 'deal % keeps its origin, %', OLD.id, OLD.origin
                USING ERRCODE = 'check_violation', CONSTRAINT = 'deals_keep_origin';
            END IF;
            RETURN NEW;
        END IF;
    END IF;
    IF NOT EXISTS (
        SELECT FROM catalog.allowed_transitions AS allowed
        WHERE allowed.origin = NEW.origin AND allowed.before = came_from AND allowed.after = NEW.state
    ) THEN
        RAISE EXCEPTION 'deal % is % and cannot become %', NEW.id, came_from, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'deals_transition';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION catalog.guard_adoption() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM catalog.deals WHERE deals.id = NEW.deal_id AND deals.origin = 'written') THEN
        RAISE EXCEPTION 'deal % is adopted and still imported', NEW.deal_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'adoptions_are_written';
    END IF;
    RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER adoptions_made_whole AFTER INSERT ON catalog.adoptions
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_adoption();

-- What was adopted is not imported a second time, whoever writes.
CREATE FUNCTION catalog.guard_sources() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        INNER JOIN catalog.adoptions ON written.source_feed = adoptions.feed AND written.source_key = adoptions.key
    ) THEN
        RAISE EXCEPTION 'a deal of this feed and key has been adopted'
        USING ERRCODE = 'unique_violation', CONSTRAINT = 'deals_adopted_once';
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER deals_not_adopted AFTER INSERT ON catalog.deals
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.guard_sources();
