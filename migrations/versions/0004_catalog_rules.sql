-- What holds whoever writes ------------------------------------------------------------------------------------------

CREATE FUNCTION catalog.guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came_from text := 'new';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        came_from := OLD.state;
        IF OLD.origin <> NEW.origin THEN
            RAISE EXCEPTION 'deal % keeps its origin, %', OLD.id, OLD.origin
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deals_keep_origin';
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
CREATE TRIGGER deals_birth BEFORE INSERT ON catalog.deals
FOR EACH ROW EXECUTE FUNCTION catalog.guard_transition();
CREATE TRIGGER deals_transition BEFORE UPDATE ON catalog.deals
FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.origin <> NEW.origin) EXECUTE FUNCTION catalog.guard_transition();

-- Histories are written by the whole statement where deals and options are made, thousands at a time in a bulk load, and
-- row by row where one of them changes, which is rare among the updates of a row.
CREATE FUNCTION catalog.keep_births() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog.deal_passages (deal_id, before, after, at, actor_kind, actor_id, reason)
    SELECT
        written.id, NULL, written.state, written.changed_at, coalesce(kit.actor_kind(), current_user), kit.actor_id(),
        written.state_reason
    FROM written;
    RETURN NULL;
END;
$$;
CREATE TRIGGER deals_born AFTER INSERT ON catalog.deals
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.keep_births();

CREATE FUNCTION catalog.keep_passage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog.deal_passages (deal_id, before, after, at, actor_kind, actor_id, reason)
    VALUES (
        NEW.id, OLD.state, NEW.state, NEW.changed_at, coalesce(kit.actor_kind(), current_user), kit.actor_id(),
        NEW.state_reason
    );
    RETURN NULL;
END;
$$;
CREATE TRIGGER deals_passed AFTER UPDATE ON catalog.deals
FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION catalog.keep_passage();

CREATE FUNCTION catalog.keep_first_prices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog.option_prices
        (option_id, deal_id, currency, price_minor, value_minor, value_evidence, since)
    SELECT
        written.id, written.deal_id, deals.currency, written.price_minor, written.value_minor, written.value_evidence,
        written.changed_at
    FROM written INNER JOIN catalog.deals ON written.deal_id = deals.id;
    RETURN NULL;
END;
$$;
CREATE TRIGGER options_priced AFTER INSERT ON catalog.options
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.keep_first_prices();

CREATE FUNCTION catalog.keep_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog.option_prices
        (option_id, deal_id, currency, price_minor, value_minor, value_evidence, since)
    SELECT NEW.id, NEW.deal_id, deals.currency, NEW.price_minor, NEW.value_minor, NEW.value_evidence, NEW.changed_at
    FROM catalog.deals WHERE deals.id = NEW.deal_id;
    RETURN NULL;
END;
$$;
CREATE TRIGGER options_repriced AFTER UPDATE ON catalog.options
FOR EACH ROW WHEN (
    (OLD.price_minor, OLD.value_minor, OLD.value_evidence)
    IS DISTINCT FROM (NEW.price_minor, NEW.value_minor, NEW.value_evidence)
) EXECUTE FUNCTION catalog.keep_price();

CREATE FUNCTION catalog.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER deal_terms_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON catalog.deal_terms
FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_change();
CREATE TRIGGER deal_passages_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON catalog.deal_passages
FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_change();
CREATE TRIGGER option_prices_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON catalog.option_prices
FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_change();

-- At commit: whatever has left draft offers an option, and says where if it says that it has locations.
CREATE FUNCTION catalog.guard_completeness() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked uuid;
BEGIN
    IF TG_TABLE_NAME = 'deals' THEN
        checked := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        checked := OLD.deal_id;
    ELSE
        checked := NEW.deal_id;
    END IF;
    IF EXISTS (
        SELECT FROM catalog.deals
        WHERE deals.id = checked AND deals.state NOT IN ('draft', 'archived') AND (
            NOT EXISTS (
                SELECT FROM catalog.options WHERE options.deal_id = deals.id AND options.position IS NOT NULL
            )
            OR (deals.reach = 'locations' AND NOT EXISTS (
                SELECT FROM catalog.deal_points WHERE deal_points.deal_id = deals.id
            ))
        )
    ) THEN
        RAISE EXCEPTION 'deal % has left draft without an option or a point', checked
        USING ERRCODE = 'check_violation', CONSTRAINT = 'deals_complete';
    END IF;
    RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER deals_made_complete AFTER INSERT ON catalog.deals
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state NOT IN ('draft', 'archived'))
EXECUTE FUNCTION catalog.guard_completeness();
CREATE CONSTRAINT TRIGGER deals_stay_complete AFTER UPDATE ON catalog.deals
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.reach <> NEW.reach)
EXECUTE FUNCTION catalog.guard_completeness();
CREATE CONSTRAINT TRIGGER options_stay_complete AFTER UPDATE OR DELETE ON catalog.options
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_completeness();
CREATE CONSTRAINT TRIGGER deal_points_stay_complete AFTER UPDATE OR DELETE ON catalog.deal_points
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_completeness();

-- What a deal shows has changed --------------------------------------------------------------------------------------

CREATE FUNCTION catalog.mark_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END;
$$;
CREATE TRIGGER deals_marked BEFORE INSERT OR UPDATE ON catalog.deals
FOR EACH ROW EXECUTE FUNCTION catalog.mark_change();

-- Each of these marks the deals that show the rows a statement wrote, unless this transaction has marked them already.
CREATE FUNCTION catalog.mark_deals_of_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id()
    WHERE deals.changed_xid <> pg_current_xact_id() AND deals.id IN (SELECT written.deal_id FROM written);
    RETURN NULL;
END;
$$;
CREATE TRIGGER options_mark_on_insert AFTER INSERT ON catalog.options
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();
CREATE TRIGGER options_mark_on_update AFTER UPDATE ON catalog.options
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();
CREATE TRIGGER options_mark_on_delete AFTER DELETE ON catalog.options
REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();
CREATE TRIGGER deal_points_mark_on_insert AFTER INSERT ON catalog.deal_points
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();
CREATE TRIGGER deal_points_mark_on_update AFTER UPDATE ON catalog.deal_points
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();
CREATE TRIGGER deal_points_mark_on_delete AFTER DELETE ON catalog.deal_points
REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();

CREATE FUNCTION catalog.mark_deals_of_merchants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id(), changed_at = greatest(deals.changed_at, written.changed_at)
    FROM written
    WHERE deals.merchant_id = written.id AND deals.changed_xid <> pg_current_xact_id();
    RETURN NULL;
END;
$$;
CREATE TRIGGER merchants_mark AFTER UPDATE ON catalog.merchants
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_merchants();

CREATE FUNCTION catalog.mark_deals_of_locations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id(), changed_at = greatest(deals.changed_at, written.changed_at)
    FROM catalog.deal_points, written
    WHERE
        deals.id = deal_points.deal_id
        AND deal_points.location_id = written.id
        AND deals.changed_xid <> pg_current_xact_id();
    RETURN NULL;
END;
$$;
CREATE TRIGGER locations_mark AFTER UPDATE ON catalog.locations
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_locations();

CREATE FUNCTION catalog.mark_deals_of_categories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id(), changed_at = greatest(deals.changed_at, written.changed_at)
    FROM written
    WHERE deals.category_id = written.id AND deals.changed_xid <> pg_current_xact_id();
    RETURN NULL;
END;
$$;
CREATE TRIGGER categories_mark AFTER UPDATE ON catalog.categories
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_categories();

CREATE FUNCTION catalog.mark_deals_of_divisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id(), changed_at = greatest(deals.changed_at, written.changed_at)
    FROM written
    WHERE deals.division_id = written.id AND deals.changed_xid <> pg_current_xact_id();
    RETURN NULL;
END;
$$;
CREATE TRIGGER divisions_mark AFTER UPDATE ON catalog.divisions
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_divisions();

CREATE FUNCTION catalog.mark_deals_of_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id()
    WHERE deals.changed_xid <> pg_current_xact_id() AND deals.id IN (
        SELECT deal_points.deal_id
        FROM written
        INNER JOIN catalog.deal_points ON written.id = deal_points.place_id
        UNION ALL
        SELECT deal_points.deal_id
        FROM written
        INNER JOIN catalog.locations ON written.id = locations.place_id
        INNER JOIN catalog.deal_points ON locations.id = deal_points.location_id
    );
    RETURN NULL;
END;
$$;
CREATE TRIGGER places_mark AFTER UPDATE ON catalog.places
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_places();
