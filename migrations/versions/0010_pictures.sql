-- What is kept among the blobs under `digest`, with its renditions beside it.
CREATE TABLE catalog.pictures (
    digest text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    width integer NOT NULL CHECK (width BETWEEN 1 AND 10000),
    height integer NOT NULL CHECK (height BETWEEN 1 AND 10000),
    bytes integer NOT NULL CHECK (bytes > 0),
    placeholder bytea NOT NULL CHECK (length(placeholder) BETWEEN 1 AND 32),
    -- The point that every rendition shows, from the left and from the top.
    focus_x double precision NOT NULL CHECK (focus_x BETWEEN 0 AND 1),
    focus_y double precision NOT NULL CHECK (focus_y BETWEEN 0 AND 1),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE catalog.deal_pictures (
    deal_id uuid NOT NULL REFERENCES catalog.deals,
    position smallint NOT NULL CHECK (position BETWEEN 0 AND 99),
    -- What is shown; a picture that is wanted anew shows the former one until it has come.
    digest text REFERENCES catalog.pictures,
    -- Where it comes from, unless it was handed over.
    address text CHECK (address ~ '^https?://' AND length(address) <= 2000),
    from_feed boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('wanted', 'fetching', 'shown', 'refused')),
    reason text CHECK (length(reason) BETWEEN 1 AND 1000),
    attempts smallint NOT NULL CHECK (attempts >= 0),
    -- When it is to be fetched next; while it is being fetched, when whoever fetches it counts as gone.
    due_at timestamptz,
    alt text CHECK (length(alt) BETWEEN 1 AND 300),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (deal_id, position),
    CONSTRAINT deal_pictures_shown_are_there CHECK (state <> 'shown' OR digest IS NOT NULL),
    CONSTRAINT deal_pictures_refused_say_why CHECK ((state = 'refused') = (reason IS NOT NULL)),
    CONSTRAINT deal_pictures_refused_show_nothing CHECK (state <> 'refused' OR digest IS NULL),
    CONSTRAINT deal_pictures_wanted_are_somewhere CHECK (
        (state IN ('wanted', 'fetching')) = (due_at IS NOT NULL)
        AND (state NOT IN ('wanted', 'fetching') OR address IS NOT NULL)
    ),
    CONSTRAINT deal_pictures_of_feeds_have_address CHECK (NOT from_feed OR address IS NOT NULL)
);
CREATE UNIQUE INDEX deal_pictures_one_from_feed ON catalog.deal_pictures (deal_id) WHERE from_feed;
CREATE INDEX deal_pictures_by_digest ON catalog.deal_pictures (digest);
CREATE INDEX deal_pictures_by_address ON catalog.deal_pictures (md5(address)) WHERE state = 'shown';
CREATE INDEX deal_pictures_due ON catalog.deal_pictures (due_at) WHERE state IN ('wanted', 'fetching');

-- What a deal shows has changed ---------------------------------------------------------------------------------------

CREATE FUNCTION catalog.mark_deal_of_picture() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    marked uuid;
    since timestamptz;
BEGIN
    IF TG_OP = 'DELETE' THEN
        marked := OLD.deal_id;
        since := OLD.changed_at;
    ELSE
        marked := NEW.deal_id;
        since := NEW.changed_at;
    END IF;
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id(), changed_at = greatest(deals.changed_at, since)
    WHERE deals.id = marked AND deals.changed_xid <> pg_current_xact_id();
    RETURN NULL;
END;
$$;
CREATE TRIGGER deal_pictures_mark_on_insert AFTER INSERT ON catalog.deal_pictures
FOR EACH ROW WHEN (NEW.digest IS NOT NULL) EXECUTE FUNCTION catalog.mark_deal_of_picture();
CREATE TRIGGER deal_pictures_mark_on_update AFTER UPDATE ON catalog.deal_pictures
FOR EACH ROW WHEN ((OLD.digest, OLD.alt) IS DISTINCT FROM (NEW.digest, NEW.alt))
EXECUTE FUNCTION catalog.mark_deal_of_picture();
CREATE TRIGGER deal_pictures_mark_on_delete AFTER DELETE ON catalog.deal_pictures
FOR EACH ROW WHEN (OLD.digest IS NOT NULL) EXECUTE FUNCTION catalog.mark_deal_of_picture();

CREATE FUNCTION catalog.mark_deals_of_picture() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.deals
    SET changed_xid = pg_current_xact_id(), changed_at = greatest(deals.changed_at, NEW.changed_at)
    FROM catalog.deal_pictures
    WHERE
        deal_pictures.digest = NEW.digest
        AND deals.id = deal_pictures.deal_id
        AND deals.changed_xid <> pg_current_xact_id();
    RETURN NULL;
END;
$$;
CREATE TRIGGER pictures_mark AFTER UPDATE ON catalog.pictures
FOR EACH ROW EXECUTE FUNCTION catalog.mark_deals_of_picture();

-- Who may see and do what ---------------------------------------------------------------------------------------------

ALTER TABLE catalog.pictures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.deal_pictures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY public_reads ON catalog.deal_pictures FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM catalog.deals WHERE deals.id = deal_pictures.deal_id));
CREATE POLICY public_reads ON catalog.pictures FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM catalog.deal_pictures WHERE deal_pictures.digest = pictures.digest));
CREATE POLICY operator_works ON catalog.pictures TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_works ON catalog.deal_pictures TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY system_works ON catalog.pictures TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.deal_pictures TO highstreet_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON catalog.pictures TO highstreet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.pictures TO highstreet_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.deal_pictures TO highstreet_app, highstreet_system;
