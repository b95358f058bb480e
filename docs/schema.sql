-- Every table, index, policy and grant of ours. Generated: python -m highstreet.kit.schema > docs/schema.sql
-- The tables of the job library, in the schema `jobs`, are described by the library.

CREATE SCHEMA bookings;

CREATE SCHEMA capacity;

CREATE SCHEMA catalog;

CREATE SCHEMA feeds;

CREATE SCHEMA identity;

CREATE SCHEMA kit;

CREATE SCHEMA ledger;

CREATE SCHEMA orders;

CREATE SCHEMA payments;

CREATE SCHEMA promotions;

CREATE SCHEMA sandbox;

CREATE SCHEMA search;

CREATE SCHEMA settlement;

CREATE SCHEMA vouchers;

CREATE FUNCTION bookings.guard_day() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'on % location % takes % and not one more', NEW.day, NEW.location_id, NEW.capacity
    USING ERRCODE = 'check_violation', CONSTRAINT = 'days_hold_no_more_than_they_can';
END;
$$;

CREATE FUNCTION bookings.guard_seats() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM bookings.slots
        WHERE slots.id = NEW.slot_id AND slots.taken <> (
            SELECT coalesce(sum(booked.seats), 0) FROM bookings.bookings AS booked
            WHERE booked.slot_id = slots.id AND booked.cancelled_at IS NULL
        )
    ) THEN
        RAISE EXCEPTION 'slot % has not taken what is booked', NEW.slot_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'slots_take_what_is_booked';
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION capacity.guard_transition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM capacity.allowed_transitions AS allowed
        WHERE allowed.before = OLD.state AND allowed.after = NEW.state
    ) THEN
        RAISE EXCEPTION 'the guard of deal % is % and cannot become %', NEW.deal_id, OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'guards_transition';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION catalog.guard_adoption() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM catalog.deals WHERE deals.id = NEW.deal_id AND deals.origin = 'written') THEN
        RAISE EXCEPTION 'deal % is adopted and still imported', NEW.deal_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'adoptions_are_written';
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.guard_completeness() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION catalog.guard_departure() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.origin <> 'imported' THEN
        RAISE EXCEPTION 'deal % is % and stays', OLD.id, OLD.origin
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'deals_stay';
    END IF;
    RETURN OLD;
END;
$$;

CREATE FUNCTION catalog.guard_history() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM catalog.deals WHERE deals.id = OLD.deal_id) THEN
        RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.guard_merge() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (NEW.state = 'merged') <> EXISTS (SELECT FROM catalog.duplicates WHERE duplicates.withdrawn_id = NEW.id) THEN
        RAISE EXCEPTION 'deal % is merged exactly while it gives way to another one', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'deals_merged';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION catalog.guard_merged_pair() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a pair that is merged stays on record'
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END;
$$;

CREATE FUNCTION catalog.guard_sources() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION catalog.guard_transition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION catalog.guard_withdrawal() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    withdrawn uuid;
BEGIN
    FOR withdrawn IN
        SELECT ids.id FROM (VALUES (CASE WHEN TG_OP <> 'INSERT' THEN OLD.withdrawn_id END), (NEW.withdrawn_id)) AS ids (id)
        WHERE ids.id IS NOT NULL
    LOOP
        IF EXISTS (SELECT FROM catalog.duplicates WHERE duplicates.withdrawn_id = withdrawn)
            <> EXISTS (SELECT FROM catalog.deals WHERE deals.id = withdrawn AND deals.state = 'merged')
        THEN
            RAISE EXCEPTION 'deal % is merged exactly while it gives way to another one', withdrawn
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deals_merged';
        END IF;
    END LOOP;
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.keep_births() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO catalog.deal_passages (deal_id, before, after, at, actor_kind, actor_id, reason)
    SELECT
        written.id, NULL, written.state, written.changed_at, coalesce(kit.actor_kind(), current_user), kit.actor_id(),
        written.state_reason
    FROM written;
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.keep_departed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO catalog.departed_deals (deal_id, changed_xid)
    SELECT departed.id, pg_current_xact_id() FROM departed;
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.keep_first_prices() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION catalog.keep_passage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO catalog.deal_passages (deal_id, before, after, at, actor_kind, actor_id, reason)
    VALUES (
        NEW.id, OLD.state, NEW.state, NEW.changed_at, coalesce(kit.actor_kind(), current_user), kit.actor_id(),
        NEW.state_reason
    );
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.keep_price() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO catalog.option_prices
        (option_id, deal_id, currency, price_minor, value_minor, value_evidence, since)
    SELECT NEW.id, NEW.deal_id, deals.currency, NEW.price_minor, NEW.value_minor, NEW.value_evidence, NEW.changed_at
    FROM catalog.deals WHERE deals.id = NEW.deal_id;
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.mark_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END;
$$;

CREATE FUNCTION catalog.mark_deal_of_picture() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION catalog.mark_deals_of_categories() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id(), changed_at = greatest(deals.changed_at, written.changed_at)
    FROM written
    WHERE deals.category_id = written.id AND deals.changed_xid <> pg_current_xact_id();
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.mark_deals_of_divisions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id(), changed_at = greatest(deals.changed_at, written.changed_at)
    FROM written
    WHERE deals.division_id = written.id AND deals.changed_xid <> pg_current_xact_id();
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.mark_deals_of_locations() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION catalog.mark_deals_of_merchants() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id(), changed_at = greatest(deals.changed_at, written.changed_at)
    FROM written
    WHERE deals.merchant_id = written.id AND deals.changed_xid <> pg_current_xact_id();
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.mark_deals_of_picture() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION catalog.mark_deals_of_places() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION catalog.mark_deals_of_rows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE catalog.deals SET changed_xid = pg_current_xact_id()
    WHERE deals.changed_xid <> pg_current_xact_id() AND deals.id IN (SELECT written.deal_id FROM written);
    RETURN NULL;
END;
$$;

CREATE FUNCTION catalog.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END;
$$;

CREATE FUNCTION identity.guard_transition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    came_from text := 'new';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        came_from := OLD.state;
    END IF;
    IF NOT EXISTS (
        SELECT FROM identity.allowed_transitions AS allowed
        WHERE allowed.before = came_from AND allowed.after = NEW.state
    ) THEN
        RAISE EXCEPTION 'account % is % and cannot become %', NEW.id, came_from, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_transition';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION identity.may(permission text, scope uuid DEFAULT NULL::uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
    kind text := kit.actor_kind();
    actor uuid := kit.actor_id();
    within text := current_setting('highstreet.actor_within', true);
BEGIN
    IF kind = 'system' OR (kind = 'operator' AND actor IS NULL) THEN
        RETURN true;
    END IF;
    IF kind IS NULL OR actor IS NULL OR (within <> '' AND may.permission <> ALL (string_to_array(within, ','))) THEN
        RETURN false;
    END IF;
    RETURN EXISTS (
        SELECT
        FROM identity.grants
        INNER JOIN identity.role_permissions AS allowed ON grants.role = allowed.role
        INNER JOIN identity.accounts ON grants.account_id = accounts.id
        WHERE
            grants.account_id = actor
            AND accounts.state = 'registered'
            AND allowed.permission = may.permission
            AND grants.reach = CASE kind
                WHEN 'operator' THEN 'everything' WHEN 'staff' THEN 'merchant' WHEN 'partner' THEN 'partner'
            END
            AND (grants.scope IS NULL OR grants.scope = may.scope)
    );
END;
$$;

CREATE FUNCTION kit.actor_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('highstreet.actor_id'::text, true), ''::text))::uuid;

CREATE FUNCTION kit.actor_kind() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('highstreet.actor_kind'::text, true), ''::text);

CREATE FUNCTION ledger.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END;
$$;

CREATE FUNCTION ledger.refuse_more_lines() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        INNER JOIN ledger.entries ON written.entry_id = entries.id
        WHERE entries.line_count <> (SELECT count(*) FROM ledger.lines WHERE lines.entry_id = entries.id)
    ) THEN
        RAISE EXCEPTION 'an entry is written whole, and takes no line afterwards'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_closed';
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION ledger.refuse_unbalanced() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    wrong record;
BEGIN
    SELECT written.key, found.lines, found.sum_minor, found.currencies, found.strange INTO wrong
    FROM written
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS lines,
            sum(lines.amount_minor) AS sum_minor,
            bool_and(lines.currency = written.currency) AS currencies,
            min(lines.account_code) FILTER (
                WHERE codes.code IS NULL OR (codes.party = 'nobody') <> (lines.party_id IS NULL)
            ) AS strange
        FROM ledger.lines
        LEFT JOIN ledger.account_codes AS codes ON lines.account_code = codes.code
        WHERE lines.entry_id = written.id
    ) AS found
    WHERE found.lines <> written.line_count OR found.sum_minor <> 0 OR NOT found.currencies
        OR found.strange IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        IF wrong.strange IS NOT NULL THEN
            RAISE EXCEPTION 'entry % names an account % that cannot be', wrong.key, wrong.strange
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_have_accounts';
        END IF;
        RAISE EXCEPTION 'entry % does not balance: % lines, sum %', wrong.key, wrong.lines, wrong.sum_minor
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_balance';
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION orders.guard_hold() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the hold of order % has been % and ends once', OLD.order_id, OLD.state
    USING ERRCODE = 'check_violation', CONSTRAINT = 'holds_end_once';
END;
$$;

CREATE FUNCTION orders.guard_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    came_from text := 'new';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        came_from := OLD.state;
        IF (OLD.quote_id, OLD.currency, OLD.price_minor, OLD.promotion_minor, OLD.credit_minor, OLD.placed_at)
            IS DISTINCT FROM
            (NEW.quote_id, NEW.currency, NEW.price_minor, NEW.promotion_minor, NEW.credit_minor, NEW.placed_at)
        THEN
            RAISE EXCEPTION 'order % keeps what was agreed', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_keep_agreement';
        END IF;
    END IF;
    IF came_from <> NEW.state AND NOT EXISTS (
        SELECT FROM orders.allowed_transitions AS allowed
        WHERE allowed.before = came_from AND allowed.after = NEW.state
    ) THEN
        RAISE EXCEPTION 'order % is % and cannot become %', NEW.id, came_from, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_transition';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION orders.guard_stock() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'of option % there are % and not one more', NEW.option_id, NEW.cap
    USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_never_oversold';
END;
$$;

CREATE FUNCTION orders.guard_tipping() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'deal % has % already', OLD.deal_id, OLD.state
    USING ERRCODE = 'check_violation', CONSTRAINT = 'tipping_ends_once';
END;
$$;

CREATE FUNCTION orders.keep_passage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO orders.passages (order_id, before, after, at, actor_kind, actor_id, reason)
    VALUES (
        NEW.id, OLD.state, NEW.state, NEW.changed_at, coalesce(kit.actor_kind(), current_user), kit.actor_id(),
        NEW.state_reason
    );
    RETURN NULL;
END;
$$;

CREATE FUNCTION orders.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END;
$$;

CREATE FUNCTION payments.guard_payment() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (OLD.order_id, OLD.amount_minor, OLD.currency, OLD.capture, OLD.created_at)
        IS DISTINCT FROM (NEW.order_id, NEW.amount_minor, NEW.currency, NEW.capture, NEW.created_at)
        OR (OLD.authorised_at IS NOT NULL AND NEW.authorised_at IS DISTINCT FROM OLD.authorised_at)
        OR (OLD.captured_at IS NOT NULL AND NEW.captured_at IS DISTINCT FROM OLD.captured_at)
        OR (OLD.ended IS NOT NULL AND NEW.ended IS NULL)
        OR (OLD.provider_ref IS NOT NULL AND NEW.provider_ref IS DISTINCT FROM OLD.provider_ref)
    THEN
        RAISE EXCEPTION 'what is known of payment % stays', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_only_grow';
    END IF;
    IF OLD.state <> NEW.state AND NOT EXISTS (
        SELECT FROM payments.allowed_transitions AS allowed
        WHERE allowed.before = OLD.state AND allowed.after = NEW.state
    ) THEN
        RAISE EXCEPTION 'payment % is % and cannot become %', NEW.id, OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_transition';
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION promotions.guard_use() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what order % took off was % already', OLD.order_id, OLD.state
    USING ERRCODE = 'check_violation', CONSTRAINT = 'uses_end_once';
END;
$$;

CREATE FUNCTION search.mark_saved_search() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END;
$$;

CREATE FUNCTION settlement.guard_payee() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF kit.actor_kind() = 'staff' AND (
        (TG_OP = 'INSERT' AND (NEW.reserve_basis_points <> 0 OR NEW.bears_disputes OR NEW.withheld IS NOT NULL))
        OR (TG_OP = 'UPDATE' AND (
            OLD.reserve_basis_points, OLD.reserve_days, OLD.bears_disputes, OLD.withheld, OLD.negative_since
        ) IS DISTINCT FROM (
            NEW.reserve_basis_points, NEW.reserve_days, NEW.bears_disputes, NEW.withheld, NEW.negative_since
        ))
    ) THEN
        RAISE EXCEPTION 'staff of a merchant cannot change what is held back of its earnings'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION settlement.guard_statement() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    moved_minor bigint;
    counted bigint;
    before_minor bigint;
BEGIN
    SELECT coalesce(sum(lines.amount_minor), 0), count(*) INTO moved_minor, counted
    FROM settlement.statement_lines AS lines WHERE lines.statement_id = NEW.id;
    SELECT earlier.closing_minor INTO before_minor
    FROM settlement.statements AS earlier
    WHERE earlier.merchant_id = NEW.merchant_id AND earlier.currency = NEW.currency
        AND earlier.number = NEW.number - 1;
    IF counted <> NEW.line_count OR NEW.opening_minor + moved_minor <> NEW.closing_minor
        OR NEW.opening_minor IS DISTINCT FROM (CASE WHEN NEW.number = 1 THEN 0 ELSE before_minor END)
    THEN
        RAISE EXCEPTION 'statement % does not add up', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'statements_add_up';
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION settlement.guard_transition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    came_from text := 'new';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        came_from := OLD.state;
        IF (OLD.amount_minor, OLD.currency, OLD.merchant_id, OLD.destination)
            <> (NEW.amount_minor, NEW.currency, NEW.merchant_id, NEW.destination)
        THEN
            RAISE EXCEPTION 'payout % keeps its amount and its destination', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payouts_keep_what_they_are';
        END IF;
    END IF;
    IF came_from <> NEW.state AND NOT EXISTS (
        SELECT FROM settlement.allowed_transitions AS allowed
        WHERE allowed.before = came_from AND allowed.after = NEW.state
    ) THEN
        RAISE EXCEPTION 'payout % is % and cannot become %', NEW.id, came_from, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payouts_transition';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION vouchers.guard_promise() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'voucher % keeps what it was sold as', OLD.id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'vouchers_keep_promise';
END;
$$;

CREATE FUNCTION vouchers.guard_redemption() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.reversed_at IS NOT NULL OR to_jsonb(OLD) - ARRAY['reversed_at', 'reversed_by', 'reversal_reason']
        <> to_jsonb(NEW) - ARRAY['reversed_at', 'reversed_by', 'reversal_reason']
    THEN
        RAISE EXCEPTION 'redemption % can be reversed once, and nothing else', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'redemptions_reversed_once';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION vouchers.guard_transition() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM vouchers.allowed_transitions AS allowed
        WHERE allowed.before = OLD.state AND allowed.after = NEW.state
    ) THEN
        RAISE EXCEPTION 'voucher % is % and cannot become %', NEW.id, OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'vouchers_transition';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION vouchers.keep_births() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        WHERE written.step <> 'issued' OR written.units_left <> written.units OR NOT EXISTS (
            SELECT FROM vouchers.allowed_transitions AS allowed
            WHERE allowed.before = 'new' AND allowed.after = written.state
        )
    ) THEN
        RAISE EXCEPTION 'a voucher begins as issued, and whole'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'vouchers_transition';
    END IF;
    INSERT INTO vouchers.passages (voucher_id, step, after, units_left, paid_minor, at, by_id, reason)
    SELECT
        written.id, written.step, written.state, written.units_left, written.paid_left_minor, written.changed_at,
        written.changed_by, written.reason
    FROM written;
    RETURN NULL;
END;
$$;

CREATE FUNCTION vouchers.keep_passages() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO vouchers.passages (voucher_id, step, before, after, units_left, paid_minor, at, by_id, reason)
    SELECT
        written.id, written.step, former.state, written.state, written.units_left,
        written.paid_left_minor - former.paid_left_minor, written.changed_at, written.changed_by, written.reason
    FROM written INNER JOIN former ON written.id = former.id
    WHERE (written.state, written.units_left, written.generation)
        IS DISTINCT FROM (former.state, former.units_left, former.generation);
    RETURN NULL;
END;
$$;

CREATE FUNCTION vouchers.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END;
$$;

CREATE TABLE bookings.bookings (
    id uuid NOT NULL,
    slot_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    voucher_id uuid NOT NULL,
    account_id uuid NOT NULL,
    seats integer NOT NULL,
    booked_at timestamp with time zone NOT NULL,
    cancelled_at timestamp with time zone,
    CONSTRAINT bookings_end_after_they_began CHECK ((cancelled_at >= booked_at)),
    CONSTRAINT bookings_seats_check CHECK ((seats >= 1))
);

ALTER TABLE ONLY bookings.bookings FORCE ROW LEVEL SECURITY;

CREATE TABLE bookings.capacities (
    deal_id uuid NOT NULL,
    location_id uuid NOT NULL,
    weekday smallint NOT NULL,
    merchant_id uuid NOT NULL,
    guests integer NOT NULL,
    CONSTRAINT capacities_guests_check CHECK (((guests >= 0) AND (guests <= 10000))),
    CONSTRAINT capacities_weekday_check CHECK (((weekday >= 1) AND (weekday <= 7)))
);

ALTER TABLE ONLY bookings.capacities FORCE ROW LEVEL SECURITY;

CREATE TABLE bookings.days (
    deal_id uuid NOT NULL,
    location_id uuid NOT NULL,
    day date NOT NULL,
    merchant_id uuid NOT NULL,
    capacity integer,
    taken integer NOT NULL,
    CONSTRAINT days_capacity_check CHECK ((capacity >= 0)),
    CONSTRAINT days_taken_check CHECK ((taken >= 0))
);

ALTER TABLE ONLY bookings.days FORCE ROW LEVEL SECURITY;

CREATE TABLE bookings.slots (
    id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    option_id uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    length_minutes integer NOT NULL,
    capacity integer NOT NULL,
    taken integer NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT slots_capacity_check CHECK (((capacity >= 1) AND (capacity <= 10000))),
    CONSTRAINT slots_hold_no_more_than_they_can CHECK ((taken <= capacity)),
    CONSTRAINT slots_length_minutes_check CHECK (((length_minutes >= 5) AND (length_minutes <= 1440))),
    CONSTRAINT slots_taken_check CHECK ((taken >= 0))
);

ALTER TABLE ONLY bookings.slots FORCE ROW LEVEL SECURITY;

CREATE TABLE capacity.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL
);

ALTER TABLE ONLY capacity.allowed_transitions FORCE ROW LEVEL SECURITY;

CREATE TABLE capacity.guards (
    deal_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    own_tax_rate integer NOT NULL,
    pause_percent integer,
    resume_percent integer,
    state text NOT NULL,
    load_percent integer,
    waived_by uuid,
    look_at timestamp with time zone,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT guards_brake_whole CHECK (((pause_percent IS NULL) = (resume_percent IS NULL))),
    CONSTRAINT guards_load_percent_check CHECK ((load_percent >= 0)),
    CONSTRAINT guards_own_tax_rate_check CHECK (((own_tax_rate >= 0) AND (own_tax_rate <= 10000))),
    CONSTRAINT guards_pause_percent_check CHECK (((pause_percent >= 2) AND (pause_percent <= 100))),
    CONSTRAINT guards_pause_with_brake CHECK (((state = 'watching'::text) OR (pause_percent IS NOT NULL))),
    CONSTRAINT guards_resume_below CHECK ((resume_percent < pause_percent)),
    CONSTRAINT guards_resume_percent_check CHECK ((resume_percent >= 1)),
    CONSTRAINT guards_state_check CHECK ((state = ANY (ARRAY['watching'::text, 'paused'::text, 'waived'::text]))),
    CONSTRAINT guards_waived_by_somebody CHECK (((state = 'waived'::text) OR (waived_by IS NULL)))
);

ALTER TABLE ONLY capacity.guards FORCE ROW LEVEL SECURITY;

CREATE TABLE capacity.served (
    option_id uuid NOT NULL,
    deal_id uuid NOT NULL,
    guests integer NOT NULL,
    cost_minor bigint NOT NULL,
    CONSTRAINT served_cost_minor_check CHECK (((cost_minor >= 0) AND (cost_minor <= '1000000000000000'::bigint))),
    CONSTRAINT served_guests_check CHECK (((guests >= 1) AND (guests <= 100)))
);

ALTER TABLE ONLY capacity.served FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.adoptions (
    deal_id uuid NOT NULL,
    feed text NOT NULL,
    key text NOT NULL,
    url text,
    shifted_days integer NOT NULL,
    terms_version integer NOT NULL,
    agreement_digest text NOT NULL,
    evidence jsonb NOT NULL,
    adopted_at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    adopted_digest text NOT NULL,
    seen_digest text NOT NULL,
    stated_digest text NOT NULL,
    stated jsonb,
    CONSTRAINT adoptions_agreement_digest_check CHECK ((agreement_digest ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT adoptions_evidence_check CHECK ((jsonb_typeof(evidence) = 'array'::text)),
    CONSTRAINT adoptions_keep_what_differs CHECK (((stated_digest = adopted_digest) = (stated IS NULL))),
    CONSTRAINT adoptions_stated_check CHECK ((jsonb_typeof(stated) = 'object'::text)),
    CONSTRAINT adoptions_url_check CHECK ((url ~ '^https?://'::text))
);

ALTER TABLE ONLY catalog.adoptions FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.allowed_transitions (
    origin text NOT NULL,
    before text NOT NULL,
    after text NOT NULL
);

ALTER TABLE ONLY catalog.allowed_transitions FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.categories (
    id uuid NOT NULL,
    slug text NOT NULL,
    parent_id uuid,
    depth smallint GENERATED ALWAYS AS (
CASE
    WHEN (parent_id IS NULL) THEN 1
    ELSE 2
END) STORED,
    parent_depth smallint GENERATED ALWAYS AS (
CASE
    WHEN (parent_id IS NULL) THEN NULL::integer
    ELSE 1
END) STORED,
    "position" integer NOT NULL,
    names jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT categories_names_check CHECK ((names ? 'en'::text)),
    CONSTRAINT categories_position_check CHECK (("position" >= 0)),
    CONSTRAINT categories_slug_check CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);

ALTER TABLE ONLY catalog.categories FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.deal_passages (
    "position" bigint NOT NULL,
    deal_id uuid NOT NULL,
    before text,
    after text NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    reason text
);

ALTER TABLE ONLY catalog.deal_passages FORCE ROW LEVEL SECURITY;

ALTER TABLE catalog.deal_passages ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME catalog.deal_passages_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE catalog.deal_pictures (
    deal_id uuid NOT NULL,
    "position" smallint NOT NULL,
    digest text,
    address text,
    from_feed boolean NOT NULL,
    state text NOT NULL,
    reason text,
    attempts smallint NOT NULL,
    due_at timestamp with time zone,
    alt text,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT deal_pictures_address_check CHECK (((address ~ '^https?://'::text) AND (length(address) <= 2000))),
    CONSTRAINT deal_pictures_alt_check CHECK (((length(alt) >= 1) AND (length(alt) <= 300))),
    CONSTRAINT deal_pictures_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT deal_pictures_of_feeds_have_address CHECK (((NOT from_feed) OR (address IS NOT NULL))),
    CONSTRAINT deal_pictures_position_check CHECK ((("position" >= 0) AND ("position" <= 99))),
    CONSTRAINT deal_pictures_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 1000))),
    CONSTRAINT deal_pictures_refused_say_why CHECK (((state = 'refused'::text) = (reason IS NOT NULL))),
    CONSTRAINT deal_pictures_refused_show_nothing CHECK (((state <> 'refused'::text) OR (digest IS NULL))),
    CONSTRAINT deal_pictures_shown_are_there CHECK (((state <> 'shown'::text) OR (digest IS NOT NULL))),
    CONSTRAINT deal_pictures_state_check CHECK ((state = ANY (ARRAY['wanted'::text, 'fetching'::text, 'shown'::text, 'refused'::text]))),
    CONSTRAINT deal_pictures_wanted_are_somewhere CHECK ((((state = ANY (ARRAY['wanted'::text, 'fetching'::text])) = (due_at IS NOT NULL)) AND ((state <> ALL (ARRAY['wanted'::text, 'fetching'::text])) OR (address IS NOT NULL))))
);

ALTER TABLE ONLY catalog.deal_pictures FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.deal_points (
    deal_id uuid NOT NULL,
    "position" integer NOT NULL,
    location_id uuid,
    merchant_id uuid,
    currency text,
    place_id uuid,
    area boolean,
    CONSTRAINT deal_points_check CHECK ((num_nonnulls(location_id, place_id) = 1)),
    CONSTRAINT deal_points_check1 CHECK ((num_nonnulls(location_id, merchant_id, currency) = ANY (ARRAY[0, 3]))),
    CONSTRAINT deal_points_check2 CHECK (((area IS NULL) OR (area AND (place_id IS NOT NULL)))),
    CONSTRAINT deal_points_position_check CHECK (("position" >= 0))
);

ALTER TABLE ONLY catalog.deal_points FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.deal_terms (
    deal_id uuid NOT NULL,
    version integer NOT NULL,
    digest text NOT NULL,
    content jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT deal_terms_content_check CHECK ((jsonb_typeof(content) = 'object'::text)),
    CONSTRAINT deal_terms_digest_check CHECK ((digest ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT deal_terms_version_check CHECK ((version >= 1))
);

ALTER TABLE ONLY catalog.deal_terms FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.deals (
    id uuid NOT NULL,
    slug text NOT NULL,
    origin text NOT NULL,
    state text NOT NULL,
    state_reason text,
    merchant_id uuid,
    category_id uuid,
    division_id uuid,
    title text NOT NULL,
    description text,
    language text NOT NULL,
    currency text NOT NULL,
    reach text NOT NULL,
    fine_print jsonb NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone,
    sold integer NOT NULL,
    source_feed text,
    source_key text,
    source_url text,
    source_shifted_days integer,
    source_digest text,
    terms_version integer,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_xid xid8 NOT NULL,
    source_ratings integer,
    CONSTRAINT deals_check CHECK ((ends_at > starts_at)),
    CONSTRAINT deals_check1 CHECK (((source_ratings IS NULL) OR ((source_ratings >= 0) AND (source_feed IS NOT NULL)))),
    CONSTRAINT deals_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT deals_description_check CHECK (((length(description) >= 1) AND (length(description) <= 20000))),
    CONSTRAINT deals_fine_print_check CHECK ((jsonb_typeof(fine_print) = 'array'::text)),
    CONSTRAINT deals_have_category CHECK (((origin = 'imported'::text) OR (state = ANY (ARRAY['draft'::text, 'archived'::text])) OR (category_id IS NOT NULL))),
    CONSTRAINT deals_have_division CHECK (((reach <> 'division'::text) OR (division_id IS NOT NULL))),
    CONSTRAINT deals_have_merchant CHECK (((origin = 'imported'::text) OR (merchant_id IS NOT NULL))),
    CONSTRAINT deals_have_terms CHECK (((origin = 'imported'::text) OR (state <> ALL (ARRAY['approved'::text, 'scheduled'::text, 'live'::text, 'paused'::text, 'sold_out'::text, 'ended'::text])) OR (terms_version IS NOT NULL))),
    CONSTRAINT deals_imported_have_source CHECK ((num_nonnulls(source_feed, source_key, source_shifted_days, source_digest) =
CASE origin
    WHEN 'imported'::text THEN 4
    ELSE 0
END)),
    CONSTRAINT deals_language_check CHECK ((language ~ '^[a-z]{2}$'::text)),
    CONSTRAINT deals_origin_check CHECK ((origin = ANY (ARRAY['written'::text, 'imported'::text, 'invented'::text]))),
    CONSTRAINT deals_reach_check CHECK ((reach = ANY (ARRAY['locations'::text, 'division'::text, 'online'::text, 'unstated'::text]))),
    CONSTRAINT deals_slug_check CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text)),
    CONSTRAINT deals_sold_check CHECK ((sold >= 0)),
    CONSTRAINT deals_source_url_check CHECK ((source_url ~ '^https?://'::text)),
    CONSTRAINT deals_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'in_review'::text, 'approved'::text, 'rejected'::text, 'scheduled'::text, 'live'::text, 'paused'::text, 'sold_out'::text, 'ended'::text, 'archived'::text, 'killed'::text, 'merged'::text]))),
    CONSTRAINT deals_title_check CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

ALTER TABLE ONLY catalog.deals FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.departed_deals (
    deal_id uuid NOT NULL,
    changed_xid xid8 NOT NULL
);

ALTER TABLE ONLY catalog.departed_deals FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.divisions (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    place_id uuid NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    radius_km double precision NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT divisions_latitude_check CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
    CONSTRAINT divisions_longitude_check CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
    CONSTRAINT divisions_name_check CHECK ((name <> ''::text)),
    CONSTRAINT divisions_radius_km_check CHECK (((radius_km > (0)::double precision) AND (radius_km <= (500)::double precision))),
    CONSTRAINT divisions_slug_check CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);

ALTER TABLE ONLY catalog.divisions FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.duplicate_searches (
    sole boolean NOT NULL,
    snapshot text NOT NULL,
    searched_at timestamp with time zone NOT NULL,
    CONSTRAINT duplicate_searches_sole_check CHECK (sole)
);

ALTER TABLE ONLY catalog.duplicate_searches FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.duplicates (
    id uuid NOT NULL,
    first_id uuid NOT NULL,
    second_id uuid NOT NULL,
    state text NOT NULL,
    score double precision NOT NULL,
    reasons jsonb NOT NULL,
    first_digest text NOT NULL,
    second_digest text NOT NULL,
    found_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    actor_kind text,
    actor_id uuid,
    withdrawn_id uuid,
    withdrawn_from text,
    CONSTRAINT duplicates_decided CHECK ((num_nonnulls(decided_at, actor_kind) =
CASE state
    WHEN 'proposed'::text THEN 0
    ELSE 2
END)),
    CONSTRAINT duplicates_ordered CHECK ((first_id < second_id)),
    CONSTRAINT duplicates_reasons_check CHECK ((jsonb_typeof(reasons) = 'object'::text)),
    CONSTRAINT duplicates_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'merged'::text, 'rejected'::text]))),
    CONSTRAINT duplicates_withdrawn CHECK ((num_nonnulls(withdrawn_id, withdrawn_from) =
CASE state
    WHEN 'merged'::text THEN 2
    ELSE 0
END)),
    CONSTRAINT duplicates_withdrawn_is_one_of_them CHECK (((withdrawn_id = first_id) OR (withdrawn_id = second_id)))
);

ALTER TABLE ONLY catalog.duplicates FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.locations (
    id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    place_id uuid NOT NULL,
    currency text NOT NULL,
    name text,
    address text NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    opening_hours jsonb,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT locations_address_check CHECK ((address <> ''::text)),
    CONSTRAINT locations_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT locations_latitude_check CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
    CONSTRAINT locations_longitude_check CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
    CONSTRAINT locations_opening_hours_check CHECK ((jsonb_typeof(opening_hours) = 'array'::text))
);

ALTER TABLE ONLY catalog.locations FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.merchants (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    folded_name text NOT NULL,
    website text,
    description text,
    source_feed text,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT merchants_name_check CHECK ((name <> ''::text)),
    CONSTRAINT merchants_slug_check CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text)),
    CONSTRAINT merchants_website_check CHECK ((website ~ '^https?://'::text))
);

ALTER TABLE ONLY catalog.merchants FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.option_prices (
    "position" bigint NOT NULL,
    option_id uuid NOT NULL,
    deal_id uuid NOT NULL,
    currency text NOT NULL,
    price_minor bigint NOT NULL,
    value_minor bigint,
    value_evidence text,
    since timestamp with time zone NOT NULL
);

ALTER TABLE ONLY catalog.option_prices FORCE ROW LEVEL SECURITY;

ALTER TABLE catalog.option_prices ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME catalog.option_prices_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE catalog.options (
    id uuid NOT NULL,
    deal_id uuid NOT NULL,
    "position" integer,
    title text NOT NULL,
    price_minor bigint NOT NULL,
    value_minor bigint,
    value_evidence text,
    cap integer,
    per_buyer_limit integer,
    redeem_from timestamp with time zone,
    redeem_until timestamp with time zone,
    redeem_within_days integer,
    changed_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT options_cap_check CHECK ((cap >= 1)),
    CONSTRAINT options_per_buyer_limit_check CHECK ((per_buyer_limit >= 1)),
    CONSTRAINT options_position_check CHECK (("position" >= 0)),
    CONSTRAINT options_price_minor_check CHECK (((price_minor >= 0) AND (price_minor <= '1000000000000000'::bigint))),
    CONSTRAINT options_redeem_window CHECK ((redeem_until > redeem_from)),
    CONSTRAINT options_redeem_within_days_check CHECK ((redeem_within_days >= 1)),
    CONSTRAINT options_title_check CHECK (((length(title) >= 1) AND (length(title) <= 200))),
    CONSTRAINT options_value_evidence_check CHECK ((value_evidence = ANY (ARRAY['merchant_stated'::text, 'feed_stated'::text, 'documented'::text, 'history'::text]))),
    CONSTRAINT options_value_has_evidence CHECK (((value_minor IS NULL) = (value_evidence IS NULL))),
    CONSTRAINT options_value_minor_check CHECK ((value_minor <= '1000000000000000'::bigint)),
    CONSTRAINT options_value_not_below_price CHECK ((value_minor >= price_minor)),
    CONSTRAINT options_withdrawn_has_no_position CHECK (((withdrawn_at IS NULL) = ("position" IS NOT NULL)))
);

ALTER TABLE ONLY catalog.options FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.pictures (
    digest text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    bytes integer NOT NULL,
    placeholder bytea NOT NULL,
    focus_x double precision NOT NULL,
    focus_y double precision NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    unused_since timestamp with time zone,
    CONSTRAINT pictures_bytes_check CHECK ((bytes > 0)),
    CONSTRAINT pictures_digest_check CHECK ((digest ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT pictures_focus_x_check CHECK (((focus_x >= (0)::double precision) AND (focus_x <= (1)::double precision))),
    CONSTRAINT pictures_focus_y_check CHECK (((focus_y >= (0)::double precision) AND (focus_y <= (1)::double precision))),
    CONSTRAINT pictures_height_check CHECK (((height >= 1) AND (height <= 10000))),
    CONSTRAINT pictures_placeholder_check CHECK (((length(placeholder) >= 1) AND (length(placeholder) <= 32))),
    CONSTRAINT pictures_width_check CHECK (((width >= 1) AND (width <= 10000)))
);

ALTER TABLE ONLY catalog.pictures FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.place_loads (
    source text NOT NULL,
    min_population integer NOT NULL,
    loaded_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY catalog.place_loads FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.place_names (
    folded text NOT NULL COLLATE pg_catalog."C",
    geoname_id integer NOT NULL,
    country_code text NOT NULL,
    population bigint NOT NULL,
    main boolean NOT NULL
);

ALTER TABLE ONLY catalog.place_names FORCE ROW LEVEL SECURITY;

CREATE TABLE catalog.places (
    id uuid NOT NULL,
    geoname_id integer NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    region_code text NOT NULL,
    region_name text,
    country_code text NOT NULL,
    country_name text NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    population bigint NOT NULL,
    time_zone text NOT NULL,
    currency text NOT NULL,
    CONSTRAINT places_country_code_check CHECK ((country_code ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT places_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT places_latitude_check CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
    CONSTRAINT places_longitude_check CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
    CONSTRAINT places_population_check CHECK ((population >= 0))
);

ALTER TABLE ONLY catalog.places FORCE ROW LEVEL SECURITY;

CREATE TABLE feeds.changes (
    run_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    former jsonb,
    passage bigint,
    kept text,
    CONSTRAINT changes_kind_check CHECK ((kind = ANY (ARRAY['new'::text, 'changed'::text, 'vanished'::text, 'merchant'::text, 'division'::text]))),
    CONSTRAINT changes_know_the_former_state CHECK (((kind = ANY (ARRAY['changed'::text, 'vanished'::text])) = ((former IS NOT NULL) AND (passage IS NOT NULL))))
);

ALTER TABLE ONLY feeds.changes FORCE ROW LEVEL SECURITY;

CREATE TABLE feeds.rejects (
    run_id uuid NOT NULL,
    row_number integer NOT NULL,
    content json NOT NULL,
    CONSTRAINT rejects_row_number_check CHECK ((row_number >= 1))
);

ALTER TABLE ONLY feeds.rejects FORCE ROW LEVEL SECURITY;

CREATE TABLE feeds.runs (
    id uuid NOT NULL,
    number bigint NOT NULL,
    feed text NOT NULL,
    state text NOT NULL,
    replays uuid,
    scheduled boolean NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    os_user text,
    source text NOT NULL,
    source_sha256 text,
    mapping_name text,
    mapping text NOT NULL,
    mapping_sha256 text NOT NULL,
    shift_dates boolean NOT NULL,
    shifted_days integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    undone_at timestamp with time zone,
    rows_total integer,
    rows_done integer NOT NULL,
    rows_new integer NOT NULL,
    rows_changed integer NOT NULL,
    rows_same integer NOT NULL,
    rows_rejected integer NOT NULL,
    rows_over integer NOT NULL,
    deals_vanished integer NOT NULL,
    deals_spared integer NOT NULL,
    by_reach jsonb NOT NULL,
    rejected_by_field jsonb NOT NULL,
    error text,
    CONSTRAINT runs_by_reach_check CHECK ((jsonb_typeof(by_reach) = 'object'::text)),
    CONSTRAINT runs_count_every_row CHECK ((rows_done = (((rows_new + rows_changed) + rows_same) + rows_rejected))),
    CONSTRAINT runs_deals_spared_check CHECK ((deals_spared >= 0)),
    CONSTRAINT runs_deals_vanished_check CHECK ((deals_vanished >= 0)),
    CONSTRAINT runs_do_no_more_than_there_is CHECK ((rows_done <= rows_total)),
    CONSTRAINT runs_end CHECK (((state = 'running'::text) = (ended_at IS NULL))),
    CONSTRAINT runs_fail_for_a_reason CHECK (((state <> 'failed'::text) OR (error IS NOT NULL))),
    CONSTRAINT runs_feed_check CHECK ((feed <> ''::text)),
    CONSTRAINT runs_mapping_sha256_check CHECK ((mapping_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT runs_rejected_by_field_check CHECK ((jsonb_typeof(rejected_by_field) = 'object'::text)),
    CONSTRAINT runs_rows_changed_check CHECK ((rows_changed >= 0)),
    CONSTRAINT runs_rows_new_check CHECK ((rows_new >= 0)),
    CONSTRAINT runs_rows_over_check CHECK ((rows_over >= 0)),
    CONSTRAINT runs_rows_rejected_check CHECK ((rows_rejected >= 0)),
    CONSTRAINT runs_rows_same_check CHECK ((rows_same >= 0)),
    CONSTRAINT runs_rows_total_check CHECK ((rows_total >= 0)),
    CONSTRAINT runs_source_sha256_check CHECK ((source_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT runs_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text, 'interrupted'::text, 'undoing'::text, 'undone'::text]))),
    CONSTRAINT runs_undone CHECK (((state = 'undone'::text) = (undone_at IS NOT NULL)))
);

ALTER TABLE ONLY feeds.runs FORCE ROW LEVEL SECURITY;

ALTER TABLE feeds.runs ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME feeds.runs_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE feeds.schedules (
    feed text NOT NULL,
    source text NOT NULL,
    mapping_name text,
    mapping text NOT NULL,
    shift_dates boolean NOT NULL,
    every_minutes integer,
    daily_at time without time zone,
    time_zone text NOT NULL,
    os_user text,
    created_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone,
    told_at timestamp with time zone,
    told text,
    CONSTRAINT schedules_every_minutes_check CHECK (((every_minutes >= 5) AND (every_minutes <= 43200))),
    CONSTRAINT schedules_feed_check CHECK ((feed <> ''::text)),
    CONSTRAINT schedules_have_one_rhythm CHECK ((num_nonnulls(every_minutes, daily_at) = 1)),
    CONSTRAINT schedules_source_check CHECK ((source <> ''::text))
);

ALTER TABLE ONLY feeds.schedules FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.accounts (
    id uuid NOT NULL,
    state text NOT NULL,
    email text,
    email_folded text COLLATE pg_catalog."C",
    verified_at timestamp with time zone,
    name text,
    language text NOT NULL,
    merged_into uuid,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT accounts_address_while_in_use CHECK ((num_nonnulls(email, email_folded) =
CASE
    WHEN (state = ANY (ARRAY['merged'::text, 'closed'::text])) THEN 0
    ELSE 2
END)),
    CONSTRAINT accounts_email_check CHECK (((length(email) >= 3) AND (length(email) <= 254))),
    CONSTRAINT accounts_email_folded_check CHECK (((length(email_folded) >= 3) AND (length(email_folded) <= 254))),
    CONSTRAINT accounts_language_check CHECK ((language ~ '^[a-z]{2}$'::text)),
    CONSTRAINT accounts_merge_into_another CHECK ((((state = 'merged'::text) = (merged_into IS NOT NULL)) AND (merged_into <> id))),
    CONSTRAINT accounts_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT accounts_registered_are_verified CHECK ((((verified_at IS NOT NULL) = (state = ANY (ARRAY['registered'::text, 'suspended'::text]))) OR (state = 'closed'::text))),
    CONSTRAINT accounts_state_check CHECK ((state = ANY (ARRAY['guest'::text, 'registered'::text, 'suspended'::text, 'merged'::text, 'closed'::text])))
);

ALTER TABLE ONLY identity.accounts FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL
);

ALTER TABLE ONLY identity.allowed_transitions FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.authenticators (
    account_id uuid NOT NULL,
    sealed bytea NOT NULL,
    last_step bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    CONSTRAINT authenticators_last_step_check CHECK ((last_step >= 0))
);

ALTER TABLE ONLY identity.authenticators FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.grants (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    role text NOT NULL,
    reach text NOT NULL,
    scope uuid,
    granted_by uuid,
    granted_at timestamp with time zone NOT NULL,
    CONSTRAINT grants_scope_as_the_role_reaches CHECK (((reach = 'everything'::text) = (scope IS NULL)))
);

ALTER TABLE ONLY identity.grants FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.key_permissions (
    key_id uuid NOT NULL,
    permission text NOT NULL
);

ALTER TABLE ONLY identity.key_permissions FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.keys (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    fingerprint bytea NOT NULL,
    hint text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT keys_end CHECK ((expires_at > created_at)),
    CONSTRAINT keys_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT keys_hint_check CHECK (((length(hint) >= 4) AND (length(hint) <= 12))),
    CONSTRAINT keys_kind_check CHECK ((kind = ANY (ARRAY['shopper'::text, 'staff'::text, 'partner'::text, 'operator'::text]))),
    CONSTRAINT keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

ALTER TABLE ONLY identity.keys FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.logins (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    method text NOT NULL,
    second_factor_at timestamp with time zone,
    device text NOT NULL,
    network text NOT NULL,
    idle_s integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT logins_device_check CHECK ((length(device) <= 200)),
    CONSTRAINT logins_end CHECK ((expires_at > created_at)),
    CONSTRAINT logins_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT logins_idle_s_check CHECK ((idle_s > 0)),
    CONSTRAINT logins_method_check CHECK ((method = ANY (ARRAY['guest'::text, 'link'::text, 'password'::text, 'passkey'::text]))),
    CONSTRAINT logins_network_check CHECK ((length(network) <= 64))
);

ALTER TABLE ONLY identity.logins FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.passkeys (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    credential bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    transports text[] NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT passkeys_credential_check CHECK (((length(credential) >= 1) AND (length(credential) <= 1023))),
    CONSTRAINT passkeys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT passkeys_sign_count_check CHECK ((sign_count >= 0))
);

ALTER TABLE ONLY identity.passkeys FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.passwords (
    account_id uuid NOT NULL,
    hash text NOT NULL,
    stands_alone boolean NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT passwords_hash_check CHECK ((hash ~~ '$argon2id$%'::text))
);

ALTER TABLE ONLY identity.passwords FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.permissions (
    name text NOT NULL,
    CONSTRAINT permissions_name_check CHECK ((name ~ '^[a-z]+\.[a-z]+$'::text))
);

ALTER TABLE ONLY identity.permissions FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.recovery_codes (
    account_id uuid NOT NULL,
    tag bytea NOT NULL,
    CONSTRAINT recovery_codes_tag_check CHECK ((length(tag) = 16))
);

ALTER TABLE ONLY identity.recovery_codes FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.role_permissions (
    role text NOT NULL,
    permission text NOT NULL
);

ALTER TABLE ONLY identity.role_permissions FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.roles (
    name text NOT NULL,
    reach text NOT NULL,
    CONSTRAINT roles_name_check CHECK ((name ~ '^[a-z]+(_[a-z]+)*$'::text)),
    CONSTRAINT roles_reach_check CHECK ((reach = ANY (ARRAY['everything'::text, 'merchant'::text, 'partner'::text])))
);

ALTER TABLE ONLY identity.roles FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.throttles (
    bucket text NOT NULL,
    key bytea NOT NULL,
    level double precision NOT NULL,
    at timestamp with time zone NOT NULL,
    empty_at timestamp with time zone NOT NULL,
    CONSTRAINT throttles_key_check CHECK ((length(key) = 32)),
    CONSTRAINT throttles_level_check CHECK ((level > (0)::double precision))
);

ALTER TABLE ONLY identity.throttles FORCE ROW LEVEL SECURITY;

CREATE TABLE identity.tickets (
    fingerprint bytea NOT NULL,
    purpose text NOT NULL,
    account_id uuid,
    email text,
    content jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT tickets_content_check CHECK ((jsonb_typeof(content) = 'object'::text)),
    CONSTRAINT tickets_email_check CHECK (((length(email) >= 3) AND (length(email) <= 254))),
    CONSTRAINT tickets_end CHECK ((expires_at > created_at)),
    CONSTRAINT tickets_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT tickets_purpose_check CHECK ((purpose = ANY (ARRAY['sign_in'::text, 'reset'::text, 'invite'::text, 'second_factor'::text, 'passkey_new'::text, 'passkey_sign_in'::text, 'passkey_step_up'::text])))
);

ALTER TABLE ONLY identity.tickets FORCE ROW LEVEL SECURITY;

CREATE TABLE kit.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE kit.deliveries (
    fact_id uuid NOT NULL,
    subscriber text NOT NULL,
    aggregate text NOT NULL,
    aggregate_id uuid NOT NULL,
    "position" bigint NOT NULL,
    state text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    error text,
    CONSTRAINT deliveries_check CHECK (((state = 'pending'::text) = (settled_at IS NULL))),
    CONSTRAINT deliveries_check1 CHECK (((state <> 'dead'::text) OR (error IS NOT NULL))),
    CONSTRAINT deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text, 'discarded'::text])))
);

ALTER TABLE ONLY kit.deliveries FORCE ROW LEVEL SECURITY;

CREATE TABLE kit.facts (
    id uuid NOT NULL,
    "position" bigint NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    aggregate text NOT NULL,
    aggregate_id uuid NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    payload jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    routed boolean DEFAULT false NOT NULL,
    traceparent text,
    CONSTRAINT facts_traceparent CHECK ((traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'::text)),
    CONSTRAINT facts_version_check CHECK ((version >= 1))
);

ALTER TABLE ONLY kit.facts FORCE ROW LEVEL SECURITY;

ALTER TABLE kit.facts ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME kit.facts_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE kit.failures (
    id uuid NOT NULL,
    fact_id uuid,
    subscriber text,
    job_id bigint,
    attempt integer NOT NULL,
    failed_at timestamp with time zone NOT NULL,
    error text NOT NULL,
    traceparent text,
    CONSTRAINT failures_attempt_check CHECK ((attempt >= 1)),
    CONSTRAINT failures_check CHECK (((fact_id IS NULL) = (subscriber IS NULL))),
    CONSTRAINT failures_check1 CHECK (((fact_id IS NULL) <> (job_id IS NULL))),
    CONSTRAINT failures_error_check CHECK (((length(error) >= 1) AND (length(error) <= 500))),
    CONSTRAINT failures_traceparent_check CHECK ((traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'::text))
);

ALTER TABLE ONLY kit.failures FORCE ROW LEVEL SECURITY;

CREATE TABLE kit.kept_answers (
    principal text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    request bytea NOT NULL,
    status smallint NOT NULL,
    body bytea NOT NULL,
    kept_at timestamp with time zone NOT NULL,
    CONSTRAINT kept_answers_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT kept_answers_principal_check CHECK (((length(principal) >= 1) AND (length(principal) <= 100))),
    CONSTRAINT kept_answers_request_check CHECK ((length(request) = 32)),
    CONSTRAINT kept_answers_route_check CHECK (((length(route) >= 1) AND (length(route) <= 100))),
    CONSTRAINT kept_answers_status_check CHECK (((status >= 200) AND (status <= 299)))
);

ALTER TABLE ONLY kit.kept_answers FORCE ROW LEVEL SECURITY;

CREATE TABLE kit.mails (
    id uuid NOT NULL,
    kind text NOT NULL,
    recipient text NOT NULL,
    state text NOT NULL,
    sealed bytea,
    attempts integer DEFAULT 0 NOT NULL,
    problem text,
    queued_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT mails_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT mails_kind_check CHECK ((kind ~ '^[a-z]+\.[a-z_]+$'::text)),
    CONSTRAINT mails_problem_check CHECK (((length(problem) >= 1) AND (length(problem) <= 1000))),
    CONSTRAINT mails_recipient_check CHECK (((length(recipient) >= 3) AND (length(recipient) <= 254))),
    CONSTRAINT mails_refused_say_why CHECK (((state <> 'refused'::text) OR (problem IS NOT NULL))),
    CONSTRAINT mails_say_nothing_once_gone CHECK (((sealed IS NULL) = (state = ANY (ARRAY['sent'::text, 'refused'::text])))),
    CONSTRAINT mails_settled_when_no_longer_queued CHECK (((state = 'queued'::text) = (settled_at IS NULL))),
    CONSTRAINT mails_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'refused'::text, 'kept'::text])))
);

ALTER TABLE ONLY kit.mails FORCE ROW LEVEL SECURITY;

CREATE TABLE kit.subscriptions (
    subscriber text NOT NULL,
    fact text NOT NULL
);

ALTER TABLE ONLY kit.subscriptions FORCE ROW LEVEL SECURITY;

CREATE TABLE ledger.account_codes (
    code text NOT NULL,
    class text NOT NULL,
    normal_side text GENERATED ALWAYS AS (
CASE
    WHEN (class = ANY (ARRAY['asset'::text, 'expense'::text])) THEN 'debit'::text
    ELSE 'credit'::text
END) STORED,
    party text NOT NULL,
    CONSTRAINT account_codes_class_check CHECK ((class = ANY (ARRAY['asset'::text, 'liability'::text, 'income'::text, 'expense'::text]))),
    CONSTRAINT account_codes_party_check CHECK ((party = ANY (ARRAY['nobody'::text, 'merchant'::text, 'customer'::text, 'partner'::text])))
);

ALTER TABLE ONLY ledger.account_codes FORCE ROW LEVEL SECURITY;

CREATE TABLE ledger.claims (
    entry_id uuid NOT NULL,
    "position" smallint NOT NULL,
    claimed_by uuid NOT NULL
);

ALTER TABLE ONLY ledger.claims FORCE ROW LEVEL SECURITY;

CREATE TABLE ledger.entries (
    id uuid NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    currency text NOT NULL,
    line_count smallint NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    reverses text,
    order_id uuid,
    voucher_id uuid,
    payment_id uuid,
    refund_id uuid,
    payout_id uuid,
    terms_version integer,
    memo text,
    CONSTRAINT entries_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT entries_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200))),
    CONSTRAINT entries_kind_check CHECK (((length(kind) >= 1) AND (length(kind) <= 50))),
    CONSTRAINT entries_line_count_check CHECK ((line_count >= 2)),
    CONSTRAINT entries_memo_check CHECK (((length(memo) >= 1) AND (length(memo) <= 500))),
    CONSTRAINT entries_reverse_another CHECK ((reverses <> key)),
    CONSTRAINT entries_terms_version_check CHECK ((terms_version >= 1))
);

ALTER TABLE ONLY ledger.entries FORCE ROW LEVEL SECURITY;

CREATE TABLE ledger.lines (
    entry_id uuid NOT NULL,
    "position" smallint NOT NULL,
    account_code text NOT NULL,
    party_id uuid,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT lines_amount_minor_check CHECK (((amount_minor <> 0) AND ((amount_minor >= '-1000000000000000'::bigint) AND (amount_minor <= '1000000000000000'::bigint)))),
    CONSTRAINT lines_position_check CHECK (("position" >= 0))
);

ALTER TABLE ONLY ledger.lines FORCE ROW LEVEL SECURITY;

CREATE TABLE ledger.policies (
    jurisdiction text NOT NULL,
    since timestamp with time zone NOT NULL,
    expiry text NOT NULL,
    voucher_tax text NOT NULL,
    tax_basis_points integer NOT NULL,
    CONSTRAINT policies_expiry_check CHECK ((expiry = ANY (ARRAY['stays_open'::text, 'breakage'::text, 'escheat'::text, 'to_merchant'::text]))),
    CONSTRAINT policies_jurisdiction_check CHECK ((jurisdiction ~ '^([A-Z]{2}(-[A-Z0-9]{1,3})?|\*)$'::text)),
    CONSTRAINT policies_rate_of_what_is_collected CHECK (((voucher_tax <> 'not_collected'::text) OR (tax_basis_points = 0))),
    CONSTRAINT policies_tax_basis_points_check CHECK (((tax_basis_points >= 0) AND (tax_basis_points <= 10000))),
    CONSTRAINT policies_voucher_tax_check CHECK ((voucher_tax = ANY (ARRAY['not_collected'::text, 'single_purpose'::text, 'multi_purpose'::text])))
);

ALTER TABLE ONLY ledger.policies FORCE ROW LEVEL SECURITY;

CREATE TABLE orders.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL
);

ALTER TABLE ONLY orders.allowed_transitions FORCE ROW LEVEL SECURITY;

CREATE TABLE orders.gifts (
    line_id uuid NOT NULL,
    recipient_name text NOT NULL,
    recipient_email text NOT NULL,
    message text,
    send_at timestamp with time zone,
    CONSTRAINT gifts_message_check CHECK (((length(message) >= 1) AND (length(message) <= 2000))),
    CONSTRAINT gifts_recipient_email_check CHECK (((length(recipient_email) >= 3) AND (length(recipient_email) <= 320))),
    CONSTRAINT gifts_recipient_name_check CHECK (((length(recipient_name) >= 1) AND (length(recipient_name) <= 200)))
);

ALTER TABLE ONLY orders.gifts FORCE ROW LEVEL SECURITY;

CREATE TABLE orders.holds (
    order_id uuid NOT NULL,
    state text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT holds_end CHECK (((state = 'held'::text) = (ended_at IS NULL))),
    CONSTRAINT holds_state_check CHECK ((state = ANY (ARRAY['held'::text, 'claimed'::text, 'released'::text])))
);

ALTER TABLE ONLY orders.holds FORCE ROW LEVEL SECURITY;

CREATE TABLE orders.lines (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    "position" smallint NOT NULL,
    deal_id uuid NOT NULL,
    option_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    terms_version integer NOT NULL,
    quantity integer NOT NULL,
    refunded integer NOT NULL,
    unit_price_minor bigint NOT NULL,
    promotion_minor bigint NOT NULL,
    commission_rate integer NOT NULL,
    commission_tax_rate integer NOT NULL,
    limited boolean NOT NULL,
    CONSTRAINT lines_check CHECK (((refunded >= 0) AND (refunded <= quantity))),
    CONSTRAINT lines_check1 CHECK (((promotion_minor >= 0) AND (promotion_minor <= (unit_price_minor * quantity)))),
    CONSTRAINT lines_commission_rate_check CHECK (((commission_rate >= 0) AND (commission_rate <= 10000))),
    CONSTRAINT lines_commission_tax_rate_check CHECK (((commission_tax_rate >= 0) AND (commission_tax_rate <= 10000))),
    CONSTRAINT lines_position_check CHECK (("position" >= 0)),
    CONSTRAINT lines_quantity_check CHECK (((quantity >= 1) AND (quantity <= 1000))),
    CONSTRAINT lines_unit_price_minor_check CHECK ((unit_price_minor >= 0))
);

ALTER TABLE ONLY orders.lines FORCE ROW LEVEL SECURITY;

CREATE TABLE orders.orders (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    state text NOT NULL,
    state_reason text,
    quote_id uuid NOT NULL,
    currency text NOT NULL,
    price_minor bigint NOT NULL,
    promotion_minor bigint NOT NULL,
    credit_minor bigint NOT NULL,
    due_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    refunded_credit_minor bigint NOT NULL,
    capture text NOT NULL,
    payment_id uuid,
    attribution jsonb,
    placed_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    CONSTRAINT orders_add_up CHECK ((due_minor = ((price_minor - promotion_minor) - credit_minor))),
    CONSTRAINT orders_attribution_check CHECK ((jsonb_typeof(attribution) = 'object'::text)),
    CONSTRAINT orders_capture_check CHECK ((capture = ANY (ARRAY['automatic'::text, 'manual'::text]))),
    CONSTRAINT orders_check CHECK (((refunded_minor >= 0) AND (refunded_minor <= due_minor))),
    CONSTRAINT orders_check1 CHECK (((refunded_credit_minor >= 0) AND (refunded_credit_minor <= credit_minor))),
    CONSTRAINT orders_credit_minor_check CHECK ((credit_minor >= 0)),
    CONSTRAINT orders_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT orders_due_minor_check CHECK ((due_minor >= 0)),
    CONSTRAINT orders_price_minor_check CHECK (((price_minor >= 0) AND (price_minor <= '1000000000000000'::bigint))),
    CONSTRAINT orders_promotion_minor_check CHECK ((promotion_minor >= 0)),
    CONSTRAINT orders_state_check CHECK ((state = ANY (ARRAY['held'::text, 'authorised'::text, 'paid'::text, 'partly_refunded'::text, 'refunded'::text, 'expired'::text, 'cancelled'::text, 'voided'::text]))),
    CONSTRAINT orders_state_reason_check CHECK (((length(state_reason) >= 1) AND (length(state_reason) <= 2000)))
);

ALTER TABLE ONLY orders.orders FORCE ROW LEVEL SECURITY;

CREATE TABLE orders.passages (
    "position" bigint NOT NULL,
    order_id uuid NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    reason text
);

ALTER TABLE ONLY orders.passages FORCE ROW LEVEL SECURITY;

ALTER TABLE orders.passages ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME orders.passages_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE orders.stock (
    option_id uuid NOT NULL,
    deal_id uuid NOT NULL,
    cap integer,
    held integer NOT NULL,
    sold integer NOT NULL,
    remaining integer,
    told integer NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT stock_adds_up CHECK ((((cap IS NULL) = (remaining IS NULL)) AND ((cap IS NULL) OR (remaining = GREATEST(((cap - held) - sold), 0))))),
    CONSTRAINT stock_cap_check CHECK ((cap >= 1)),
    CONSTRAINT stock_held_check CHECK ((held >= 0)),
    CONSTRAINT stock_remaining_check CHECK ((remaining >= 0)),
    CONSTRAINT stock_sold_check CHECK ((sold >= 0)),
    CONSTRAINT stock_told_check CHECK ((told >= 0))
);

ALTER TABLE ONLY orders.stock FORCE ROW LEVEL SECURITY;

CREATE TABLE orders.taken (
    account_id uuid NOT NULL,
    option_id uuid NOT NULL,
    quantity integer NOT NULL,
    CONSTRAINT taken_quantity_check CHECK ((quantity >= 0))
);

ALTER TABLE ONLY orders.taken FORCE ROW LEVEL SECURITY;

CREATE TABLE orders.tipping (
    deal_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    needed integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    set_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT tipping_ends CHECK (((state = 'open'::text) = (ended_at IS NULL))),
    CONSTRAINT tipping_has_time CHECK ((due_at > set_at)),
    CONSTRAINT tipping_needed_check CHECK ((needed >= 1)),
    CONSTRAINT tipping_state_check CHECK ((state = ANY (ARRAY['open'::text, 'tipped'::text, 'failed'::text])))
);

ALTER TABLE ONLY orders.tipping FORCE ROW LEVEL SECURITY;

CREATE TABLE payments.accounts (
    merchant_id uuid NOT NULL,
    provider text NOT NULL,
    provider_ref text NOT NULL,
    country text NOT NULL,
    currency text NOT NULL,
    ready boolean NOT NULL,
    missing text[] NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    CONSTRAINT accounts_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT accounts_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT accounts_provider_check CHECK ((provider = ANY (ARRAY['sandbox'::text, 'stripe'::text])))
);

ALTER TABLE ONLY payments.accounts FORCE ROW LEVEL SECURITY;

CREATE TABLE payments.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL
);

ALTER TABLE ONLY payments.allowed_transitions FORCE ROW LEVEL SECURITY;

CREATE TABLE payments.differences (
    id uuid NOT NULL,
    provider text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    payment_id uuid,
    ours_minor bigint,
    theirs_minor bigint,
    currency text,
    found_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    note text,
    CONSTRAINT differences_are_settled_with_a_word CHECK (((settled_at IS NULL) = (note IS NULL))),
    CONSTRAINT differences_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT differences_kind_check CHECK ((kind = ANY (ARRAY['unknown_here'::text, 'unknown_there'::text, 'amount'::text, 'state'::text, 'past_us'::text, 'contradiction'::text]))),
    CONSTRAINT differences_provider_check CHECK ((provider = ANY (ARRAY['sandbox'::text, 'stripe'::text])))
);

ALTER TABLE ONLY payments.differences FORCE ROW LEVEL SECURITY;

CREATE TABLE payments.disputes (
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    provider_ref text NOT NULL,
    amount_minor bigint NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    evidence_due_at timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT disputes_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT disputes_state_check CHECK ((state = ANY (ARRAY['inquiry'::text, 'inquiry_closed'::text, 'open'::text, 'under_review'::text, 'won'::text, 'lost'::text])))
);

ALTER TABLE ONLY payments.disputes FORCE ROW LEVEL SECURITY;

CREATE TABLE payments.events (
    id uuid NOT NULL,
    provider text NOT NULL,
    provider_event_id text NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    payment_id uuid,
    charge_ref text,
    seen jsonb,
    body_sha256 bytea NOT NULL,
    problem text,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    CONSTRAINT events_belong_to_a_payment CHECK (((outcome = ANY (ARRAY['applied'::text, 'unchanged'::text, 'mismatch'::text])) = (payment_id IS NOT NULL))),
    CONSTRAINT events_body_sha256_check CHECK ((length(body_sha256) = 32)),
    CONSTRAINT events_kind_check CHECK (((length(kind) >= 1) AND (length(kind) <= 255))),
    CONSTRAINT events_mismatch_for_a_reason CHECK (((outcome = 'mismatch'::text) = (problem IS NOT NULL))),
    CONSTRAINT events_outcome_check CHECK ((outcome = ANY (ARRAY['applied'::text, 'unchanged'::text, 'unknown_kind'::text, 'unmatched'::text, 'mismatch'::text]))),
    CONSTRAINT events_provider_check CHECK ((provider = ANY (ARRAY['sandbox'::text, 'stripe'::text]))),
    CONSTRAINT events_provider_event_id_check CHECK (((length(provider_event_id) >= 1) AND (length(provider_event_id) <= 255)))
);

ALTER TABLE ONLY payments.events FORCE ROW LEVEL SECURITY;

CREATE TABLE payments.payments (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    account_id uuid,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    capture text NOT NULL,
    wish text,
    provider text,
    provider_ref text,
    charge_ref text,
    authorised_at timestamp with time zone,
    captured_at timestamp with time zone,
    ended text,
    refunding_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    fee_minor bigint,
    state text GENERATED ALWAYS AS (
CASE
    WHEN ((captured_at IS NOT NULL) AND (refunded_minor >= amount_minor)) THEN 'refunded'::text
    WHEN ((captured_at IS NOT NULL) AND (refunded_minor > 0)) THEN 'partly_refunded'::text
    WHEN (captured_at IS NOT NULL) THEN 'captured'::text
    WHEN (ended IS NOT NULL) THEN ended
    WHEN (authorised_at IS NOT NULL) THEN 'authorised'::text
    ELSE 'requested'::text
END) STORED NOT NULL,
    expires_at timestamp with time zone,
    due_at timestamp with time zone,
    attempts integer NOT NULL,
    problem text,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT payments_amount_minor_check CHECK (((amount_minor >= 1) AND (amount_minor <= '1000000000000000'::bigint))),
    CONSTRAINT payments_are_authorised_before_they_are_captured CHECK (((captured_at IS NULL) OR (authorised_at IS NOT NULL))),
    CONSTRAINT payments_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT payments_begin_before_they_expire CHECK ((expires_at > created_at)),
    CONSTRAINT payments_capture_check CHECK ((capture = ANY (ARRAY['automatic'::text, 'manual'::text]))),
    CONSTRAINT payments_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT payments_ended_check CHECK ((ended = ANY (ARRAY['failed'::text, 'expired'::text, 'voided'::text]))),
    CONSTRAINT payments_fee_minor_check CHECK ((fee_minor >= 0)),
    CONSTRAINT payments_have_a_whole_address CHECK ((num_nonnulls(provider, provider_ref) = ANY (ARRAY[0, 2]))),
    CONSTRAINT payments_provider_check CHECK ((provider = ANY (ARRAY['sandbox'::text, 'stripe'::text]))),
    CONSTRAINT payments_refund_no_more_than_was_taken CHECK (((refunded_minor >= 0) AND (refunded_minor <= amount_minor))),
    CONSTRAINT payments_refunding_minor_check CHECK ((refunding_minor >= 0)),
    CONSTRAINT payments_wish_check CHECK ((wish = ANY (ARRAY['capture'::text, 'void'::text])))
);

ALTER TABLE ONLY payments.payments FORCE ROW LEVEL SECURITY;

CREATE TABLE payments.reconciliations (
    provider text NOT NULL,
    day date NOT NULL,
    records integer NOT NULL,
    differences integer NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    CONSTRAINT reconciliations_differences_check CHECK ((differences >= 0)),
    CONSTRAINT reconciliations_provider_check CHECK ((provider = ANY (ARRAY['sandbox'::text, 'stripe'::text]))),
    CONSTRAINT reconciliations_records_check CHECK ((records >= 0))
);

ALTER TABLE ONLY payments.reconciliations FORCE ROW LEVEL SECURITY;

CREATE TABLE payments.records (
    provider text NOT NULL,
    id text NOT NULL,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    currency text NOT NULL,
    subject text NOT NULL,
    payment_ref text,
    payment_id uuid,
    at timestamp with time zone NOT NULL,
    CONSTRAINT records_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT records_kind_check CHECK ((kind = ANY (ARRAY['charge'::text, 'refund'::text, 'refund_failure'::text, 'dispute'::text, 'dispute_reversal'::text, 'transfer'::text, 'payout'::text, 'other'::text]))),
    CONSTRAINT records_provider_check CHECK ((provider = ANY (ARRAY['sandbox'::text, 'stripe'::text])))
);

ALTER TABLE ONLY payments.records FORCE ROW LEVEL SECURITY;

CREATE TABLE payments.refunds (
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    state text NOT NULL,
    own boolean NOT NULL,
    provider_ref text,
    first_sent_at timestamp with time zone,
    due_at timestamp with time zone,
    attempts integer NOT NULL,
    problem text,
    requested_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT refunds_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT refunds_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT refunds_fail_for_a_reason CHECK (((state <> 'failed'::text) OR (problem IS NOT NULL))),
    CONSTRAINT refunds_past_us_have_a_name CHECK ((own OR (provider_ref IS NOT NULL))),
    CONSTRAINT refunds_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'pending'::text, 'succeeded'::text, 'failed'::text])))
);

ALTER TABLE ONLY payments.refunds FORCE ROW LEVEL SECURITY;

CREATE TABLE promotions.credit_uses (
    credit_id uuid NOT NULL,
    order_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    state text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT credit_uses_amount_minor_check CHECK ((amount_minor >= 1)),
    CONSTRAINT credit_uses_state_check CHECK ((state = ANY (ARRAY['held'::text, 'used'::text, 'released'::text])))
);

ALTER TABLE ONLY promotions.credit_uses FORCE ROW LEVEL SECURITY;

CREATE TABLE promotions.credits (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    currency text NOT NULL,
    origin text NOT NULL,
    granted_minor bigint NOT NULL,
    left_minor bigint NOT NULL,
    reason text NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT credits_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT credits_end_with_nothing_left CHECK (((ended_at IS NULL) OR (left_minor = 0))),
    CONSTRAINT credits_granted_minor_check CHECK (((granted_minor >= 1) AND (granted_minor <= '1000000000000000'::bigint))),
    CONSTRAINT credits_last CHECK ((expires_at > granted_at)),
    CONSTRAINT credits_left_of_what_was_granted CHECK (((left_minor >= 0) AND (left_minor <= granted_minor))),
    CONSTRAINT credits_origin_check CHECK ((origin = ANY (ARRAY['promotion'::text, 'goodwill'::text, 'refund'::text]))),
    CONSTRAINT credits_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
);

ALTER TABLE ONLY promotions.credits FORCE ROW LEVEL SECURITY;

CREATE TABLE promotions.persons (
    promotion_id uuid NOT NULL,
    account_id uuid NOT NULL,
    uses integer NOT NULL,
    CONSTRAINT persons_uses_check CHECK ((uses >= 0))
);

ALTER TABLE ONLY promotions.persons FORCE ROW LEVEL SECURITY;

CREATE TABLE promotions.promotions (
    id uuid NOT NULL,
    code text NOT NULL,
    title text NOT NULL,
    currency text NOT NULL,
    rate integer,
    amount_minor bigint,
    most_minor bigint,
    least_price_minor bigint NOT NULL,
    budget_minor bigint,
    given_minor bigint NOT NULL,
    uses_limit integer,
    uses integer NOT NULL,
    person_limit integer,
    first_order_only boolean NOT NULL,
    combines boolean NOT NULL,
    deal_ids uuid[] NOT NULL,
    merchant_ids uuid[] NOT NULL,
    category_ids uuid[] NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_until timestamp with time zone NOT NULL,
    paused boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT promotions_amount_minor_check CHECK (((amount_minor >= 1) AND (amount_minor <= '1000000000000000'::bigint))),
    CONSTRAINT promotions_budget_minor_check CHECK ((budget_minor >= 1)),
    CONSTRAINT promotions_code_check CHECK ((code ~ '^[A-Z0-9][A-Z0-9_-]{2,49}$'::text)),
    CONSTRAINT promotions_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT promotions_given_minor_check CHECK ((given_minor >= 0)),
    CONSTRAINT promotions_last CHECK ((valid_until > valid_from)),
    CONSTRAINT promotions_least_price_minor_check CHECK ((least_price_minor >= 0)),
    CONSTRAINT promotions_most_minor_check CHECK ((most_minor >= 1)),
    CONSTRAINT promotions_person_limit_check CHECK ((person_limit >= 1)),
    CONSTRAINT promotions_rate_check CHECK (((rate >= 1) AND (rate <= 10000))),
    CONSTRAINT promotions_take_one_thing_off CHECK ((num_nonnulls(rate, amount_minor) = 1)),
    CONSTRAINT promotions_title_check CHECK (((length(title) >= 1) AND (length(title) <= 200))),
    CONSTRAINT promotions_uses_check CHECK ((uses >= 0)),
    CONSTRAINT promotions_uses_limit_check CHECK ((uses_limit >= 1)),
    CONSTRAINT promotions_within_budget CHECK ((given_minor <= budget_minor)),
    CONSTRAINT promotions_within_uses CHECK ((uses <= uses_limit))
);

ALTER TABLE ONLY promotions.promotions FORCE ROW LEVEL SECURITY;

CREATE TABLE promotions.uses (
    promotion_id uuid NOT NULL,
    order_id uuid NOT NULL,
    account_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    state text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT uses_amount_minor_check CHECK ((amount_minor >= 1)),
    CONSTRAINT uses_state_check CHECK ((state = ANY (ARRAY['held'::text, 'used'::text, 'released'::text])))
);

ALTER TABLE ONLY promotions.uses FORCE ROW LEVEL SECURITY;

CREATE TABLE sandbox.accounts (
    id text NOT NULL,
    key text NOT NULL,
    reference text NOT NULL,
    country text NOT NULL,
    currency text NOT NULL,
    ready boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT accounts_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT accounts_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text))
);

ALTER TABLE ONLY sandbox.accounts FORCE ROW LEVEL SECURITY;

CREATE TABLE sandbox.disputes (
    id text NOT NULL,
    payment_id text NOT NULL,
    amount_minor bigint NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    evidence_due_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT disputes_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT disputes_state_check CHECK ((state = ANY (ARRAY['open'::text, 'won'::text, 'lost'::text])))
);

ALTER TABLE ONLY sandbox.disputes FORCE ROW LEVEL SECURITY;

CREATE TABLE sandbox.orders (
    number bigint NOT NULL,
    action text NOT NULL,
    remaining integer NOT NULL,
    seconds integer NOT NULL,
    CONSTRAINT orders_action_check CHECK ((action = ANY (ARRAY['approve'::text, 'decline'::text, 'challenge'::text, 'delay'::text, 'duplicate'::text, 'reorder'::text, 'drop'::text, 'forge'::text]))),
    CONSTRAINT orders_remaining_check CHECK (((remaining >= 0) AND (remaining <= 1000))),
    CONSTRAINT orders_seconds_check CHECK (((seconds >= 0) AND (seconds <= 864000)))
);

ALTER TABLE ONLY sandbox.orders FORCE ROW LEVEL SECURITY;

ALTER TABLE sandbox.orders ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sandbox.orders_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE sandbox.payments (
    id text NOT NULL,
    key text NOT NULL,
    asked_sha256 bytea NOT NULL,
    reference text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    capture text NOT NULL,
    title text NOT NULL,
    return_url text NOT NULL,
    language text NOT NULL,
    state text NOT NULL,
    charge text,
    fee_minor bigint,
    declined integer NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT payments_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT payments_asked_sha256_check CHECK ((length(asked_sha256) = 32)),
    CONSTRAINT payments_capture_check CHECK ((capture = ANY (ARRAY['automatic'::text, 'manual'::text]))),
    CONSTRAINT payments_charge_what_was_approved CHECK (((charge IS NOT NULL) OR (state <> ALL (ARRAY['authorised'::text, 'captured'::text])))),
    CONSTRAINT payments_cost_once_captured CHECK (((fee_minor IS NOT NULL) = (state = 'captured'::text))),
    CONSTRAINT payments_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT payments_declined_check CHECK ((declined >= 0)),
    CONSTRAINT payments_fee_minor_check CHECK ((fee_minor >= 0)),
    CONSTRAINT payments_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255))),
    CONSTRAINT payments_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 255))),
    CONSTRAINT payments_return_url_check CHECK ((return_url ~ '^https?://'::text)),
    CONSTRAINT payments_state_check CHECK ((state = ANY (ARRAY['open'::text, 'challenged'::text, 'authorised'::text, 'captured'::text, 'cancelled'::text, 'expired'::text]))),
    CONSTRAINT payments_title_check CHECK (((length(title) >= 1) AND (length(title) <= 500)))
);

ALTER TABLE ONLY sandbox.payments FORCE ROW LEVEL SECURITY;

CREATE TABLE sandbox.records (
    number bigint NOT NULL,
    id text NOT NULL,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    currency text NOT NULL,
    subject text NOT NULL,
    reference text,
    payment_id text,
    at timestamp with time zone NOT NULL,
    CONSTRAINT records_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT records_kind_check CHECK ((kind = ANY (ARRAY['charge'::text, 'refund'::text, 'refund_failure'::text, 'dispute'::text, 'dispute_reversal'::text, 'transfer'::text, 'payout'::text])))
);

ALTER TABLE ONLY sandbox.records FORCE ROW LEVEL SECURITY;

ALTER TABLE sandbox.records ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sandbox.records_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE sandbox.refunds (
    id text NOT NULL,
    payment_id text NOT NULL,
    key text,
    reference text,
    amount_minor bigint NOT NULL,
    state text NOT NULL,
    problem text,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT refunds_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT refunds_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255))),
    CONSTRAINT refunds_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'succeeded'::text, 'failed'::text])))
);

ALTER TABLE ONLY sandbox.refunds FORCE ROW LEVEL SECURITY;

CREATE TABLE sandbox.transfers (
    id text NOT NULL,
    key text NOT NULL,
    account_id text NOT NULL,
    reference text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT transfers_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT transfers_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text))
);

ALTER TABLE ONLY sandbox.transfers FORCE ROW LEVEL SECURITY;

CREATE TABLE sandbox.webhooks (
    number bigint NOT NULL,
    id text NOT NULL,
    kind text NOT NULL,
    body bytea NOT NULL,
    fault text,
    copies integer NOT NULL,
    due_at timestamp with time zone,
    attempts integer NOT NULL,
    status integer,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT webhooks_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT webhooks_copies_check CHECK ((copies >= 0)),
    CONSTRAINT webhooks_fault_check CHECK ((fault = ANY (ARRAY['delay'::text, 'duplicate'::text, 'reorder'::text, 'drop'::text, 'forge'::text])))
);

ALTER TABLE ONLY sandbox.webhooks FORCE ROW LEVEL SECURITY;

ALTER TABLE sandbox.webhooks ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sandbox.webhooks_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE search.matched (
    sole boolean NOT NULL,
    since text NOT NULL,
    until text,
    after uuid,
    moved_at timestamp with time zone NOT NULL,
    CONSTRAINT matched_part_way CHECK ((num_nonnulls(until, after) = ANY (ARRAY[0, 2]))),
    CONSTRAINT matched_sole_check CHECK (sole)
);

ALTER TABLE ONLY search.matched FORCE ROW LEVEL SECURITY;

CREATE TABLE search.matches (
    search_id uuid NOT NULL,
    deal_id uuid NOT NULL,
    matched_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY search.matches FORCE ROW LEVEL SECURITY;

CREATE TABLE search.saved_searches (
    id uuid NOT NULL,
    owner_id uuid,
    text text NOT NULL,
    latitude double precision,
    longitude double precision,
    radius_km double precision,
    category text,
    min_price_minor bigint,
    max_price_minor bigint,
    currency text,
    min_discount smallint,
    days smallint[] NOT NULL,
    usable_today boolean NOT NULL,
    new_merchant boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    paused boolean NOT NULL,
    changed_xid xid8 NOT NULL,
    CONSTRAINT saved_searches_ask_for_something CHECK (((text <> ''::text) OR (days <> '{}'::smallint[]) OR usable_today OR new_merchant OR (num_nonnulls(latitude, category, min_price_minor, max_price_minor, min_discount) > 0))),
    CONSTRAINT saved_searches_category_check CHECK (((length(category) >= 1) AND (length(category) <= 200))),
    CONSTRAINT saved_searches_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT saved_searches_days_check CHECK (((days <@ '{1,2,3,4,5,6,7}'::smallint[]) AND (cardinality(days) <= 7))),
    CONSTRAINT saved_searches_have_a_whole_place CHECK ((num_nonnulls(latitude, longitude, radius_km) = ANY (ARRAY[0, 3]))),
    CONSTRAINT saved_searches_last CHECK ((expires_at > created_at)),
    CONSTRAINT saved_searches_latitude_check CHECK (((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision))),
    CONSTRAINT saved_searches_longitude_check CHECK (((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision))),
    CONSTRAINT saved_searches_max_price_minor_check CHECK ((max_price_minor >= 0)),
    CONSTRAINT saved_searches_min_discount_check CHECK (((min_discount >= 1) AND (min_discount <= 100))),
    CONSTRAINT saved_searches_min_price_minor_check CHECK ((min_price_minor >= 0)),
    CONSTRAINT saved_searches_price_in_a_currency CHECK (((num_nonnulls(min_price_minor, max_price_minor) = 0) OR (currency IS NOT NULL))),
    CONSTRAINT saved_searches_radius_km_check CHECK (((radius_km > (0)::double precision) AND (radius_km <= (500)::double precision))),
    CONSTRAINT saved_searches_text_check CHECK ((length(text) <= 200))
);

ALTER TABLE ONLY search.saved_searches FORCE ROW LEVEL SECURITY;

CREATE TABLE search.snapshots (
    id uuid NOT NULL,
    format text NOT NULL,
    lineage text NOT NULL,
    held text[] NOT NULL,
    cursor text NOT NULL,
    tables jsonb NOT NULL,
    digests text[] NOT NULL,
    bytes bigint NOT NULL,
    deals bigint NOT NULL,
    complete_at timestamp with time zone,
    begun_at timestamp with time zone NOT NULL,
    CONSTRAINT snapshots_begin_before_they_are_complete CHECK ((complete_at >= begun_at)),
    CONSTRAINT snapshots_bytes_check CHECK ((bytes > 0)),
    CONSTRAINT snapshots_deals_check CHECK ((deals >= 0)),
    CONSTRAINT snapshots_digests_check CHECK ((cardinality(digests) > 0)),
    CONSTRAINT snapshots_format_check CHECK (((length(format) >= 1) AND (length(format) <= 50))),
    CONSTRAINT snapshots_lineage_check CHECK (((length(lineage) >= 1) AND (length(lineage) <= 200)))
);

ALTER TABLE ONLY search.snapshots FORCE ROW LEVEL SECURITY;

CREATE TABLE search.synonyms (
    id uuid NOT NULL,
    key text NOT NULL,
    language text,
    phrases text[] NOT NULL,
    finds text[] NOT NULL,
    holds boolean NOT NULL,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT synonyms_finds_check CHECK (((cardinality(finds) <= 20) AND (''::text <> ALL (finds)))),
    CONSTRAINT synonyms_key_check CHECK ((key ~ '^[0-9a-f]{8}$'::text)),
    CONSTRAINT synonyms_language_check CHECK ((language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'::text)),
    CONSTRAINT synonyms_phrases_check CHECK ((((cardinality(phrases) >= 1) AND (cardinality(phrases) <= 20)) AND (''::text <> ALL (phrases)))),
    CONSTRAINT synonyms_say_something CHECK (((cardinality(phrases) + cardinality(finds)) >= 2))
);

ALTER TABLE ONLY search.synonyms FORCE ROW LEVEL SECURITY;

CREATE TABLE settlement.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL
);

ALTER TABLE ONLY settlement.allowed_transitions FORCE ROW LEVEL SECURITY;

CREATE TABLE settlement.payee_changes (
    "position" bigint NOT NULL,
    merchant_id uuid NOT NULL,
    currency text NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    schedule text NOT NULL,
    minimum_minor bigint NOT NULL,
    reserve_basis_points integer NOT NULL,
    reserve_days integer NOT NULL,
    destination text,
    withheld text,
    bears_disputes boolean NOT NULL
);

ALTER TABLE ONLY settlement.payee_changes FORCE ROW LEVEL SECURITY;

ALTER TABLE settlement.payee_changes ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME settlement.payee_changes_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE settlement.payees (
    merchant_id uuid NOT NULL,
    currency text NOT NULL,
    schedule text NOT NULL,
    minimum_minor bigint NOT NULL,
    reserve_basis_points integer NOT NULL,
    reserve_days integer NOT NULL,
    destination text,
    destination_changed_at timestamp with time zone,
    withheld text,
    due_at timestamp with time zone NOT NULL,
    negative_since timestamp with time zone,
    changed_at timestamp with time zone NOT NULL,
    bears_disputes boolean NOT NULL,
    CONSTRAINT payees_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT payees_destination_check CHECK (((length(destination) >= 1) AND (length(destination) <= 200))),
    CONSTRAINT payees_know_since_when CHECK ((num_nonnulls(destination, destination_changed_at) = ANY (ARRAY[0, 2]))),
    CONSTRAINT payees_minimum_minor_check CHECK (((minimum_minor >= 0) AND (minimum_minor <= '1000000000000000'::bigint))),
    CONSTRAINT payees_reserve_basis_points_check CHECK (((reserve_basis_points >= 0) AND (reserve_basis_points <= 10000))),
    CONSTRAINT payees_reserve_days_check CHECK (((reserve_days >= 0) AND (reserve_days <= 365))),
    CONSTRAINT payees_reserve_for_a_time CHECK (((reserve_basis_points = 0) = (reserve_days = 0))),
    CONSTRAINT payees_schedule_check CHECK ((schedule = ANY (ARRAY['weekly'::text, 'monthly'::text, 'on_redemption'::text]))),
    CONSTRAINT payees_withheld_check CHECK (((length(withheld) >= 1) AND (length(withheld) <= 500)))
);

ALTER TABLE ONLY settlement.payees FORCE ROW LEVEL SECURITY;

CREATE TABLE settlement.payouts (
    id uuid NOT NULL,
    statement_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    destination text NOT NULL,
    state text NOT NULL,
    transfer_ref text,
    problem text,
    due_at timestamp with time zone,
    attempts integer NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    settled_at timestamp with time zone,
    CONSTRAINT payouts_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT payouts_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT payouts_due_while_open CHECK (((due_at IS NULL) OR (state = ANY (ARRAY['proposed'::text, 'sent'::text])))),
    CONSTRAINT payouts_fail_for_a_reason CHECK (((state <> 'failed'::text) OR (problem IS NOT NULL))),
    CONSTRAINT payouts_problem_check CHECK (((length(problem) >= 1) AND (length(problem) <= 500))),
    CONSTRAINT payouts_sent_before_they_arrive CHECK (((state <> 'sent'::text) OR (sent_at IS NOT NULL))),
    CONSTRAINT payouts_settled_when_over CHECK (((settled_at IS NOT NULL) = (state = ANY (ARRAY['paid'::text, 'failed'::text])))),
    CONSTRAINT payouts_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'sent'::text, 'paid'::text, 'failed'::text]))),
    CONSTRAINT payouts_transfer_ref_check CHECK (((length(transfer_ref) >= 1) AND (length(transfer_ref) <= 200)))
);

ALTER TABLE ONLY settlement.payouts FORCE ROW LEVEL SECURITY;

CREATE TABLE settlement.reserves (
    id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    held_at timestamp with time zone NOT NULL,
    release_at timestamp with time zone NOT NULL,
    released_at timestamp with time zone,
    CONSTRAINT reserves_amount_minor_check CHECK ((amount_minor > 0)),
    CONSTRAINT reserves_check CHECK ((release_at > held_at))
);

ALTER TABLE ONLY settlement.reserves FORCE ROW LEVEL SECURITY;

CREATE TABLE settlement.statement_lines (
    statement_id uuid NOT NULL,
    number integer NOT NULL,
    entry_id uuid NOT NULL,
    "position" smallint NOT NULL,
    kind text NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    order_id uuid,
    voucher_id uuid,
    refund_id uuid,
    payout_id uuid,
    terms_version integer,
    gross_minor bigint NOT NULL,
    commission_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT statement_lines_add_up CHECK ((((gross_minor - commission_minor) - tax_minor) = amount_minor)),
    CONSTRAINT statement_lines_amount_minor_check CHECK ((amount_minor <> 0)),
    CONSTRAINT statement_lines_number_check CHECK ((number >= 1))
);

ALTER TABLE ONLY settlement.statement_lines FORCE ROW LEVEL SECURITY;

CREATE TABLE settlement.statements (
    id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    currency text NOT NULL,
    number integer NOT NULL,
    opening_minor bigint NOT NULL,
    closing_minor bigint NOT NULL,
    line_count integer NOT NULL,
    reserve_minor bigint NOT NULL,
    debt_minor bigint NOT NULL,
    payout_minor bigint NOT NULL,
    carried_because text,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT statements_begin_at_zero CHECK (((number > 1) OR (opening_minor = 0))),
    CONSTRAINT statements_carried_because_check CHECK ((carried_because = ANY (ARRAY['nothing_to_pay'::text, 'negative'::text, 'below_minimum'::text, 'no_destination'::text, 'destination_changed'::text, 'withheld'::text]))),
    CONSTRAINT statements_line_count_check CHECK ((line_count >= 1)),
    CONSTRAINT statements_number_check CHECK ((number >= 1)),
    CONSTRAINT statements_pay_or_say_why CHECK (((payout_minor > 0) = (carried_because IS NULL))),
    CONSTRAINT statements_payout_minor_check CHECK ((payout_minor >= 0)),
    CONSTRAINT statements_reserve_minor_check CHECK ((reserve_minor >= 0))
);

ALTER TABLE ONLY settlement.statements FORCE ROW LEVEL SECURITY;

CREATE TABLE vouchers.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL
);

ALTER TABLE ONLY vouchers.allowed_transitions FORCE ROW LEVEL SECURITY;

CREATE TABLE vouchers.claims (
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    nonce text NOT NULL,
    voucher_id uuid,
    location_id uuid,
    units integer,
    age_years integer,
    booked_at timestamp with time zone,
    stated_at timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    synced_at timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    why text,
    redemption_id uuid,
    attempts integer NOT NULL,
    CONSTRAINT claims_accepted_have_redemption CHECK (((outcome = 'accepted'::text) = (redemption_id IS NOT NULL))),
    CONSTRAINT claims_age_years_check CHECK (((age_years >= 0) AND (age_years <= 150))),
    CONSTRAINT claims_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT claims_nonce_check CHECK (((length(nonce) >= 1) AND (length(nonce) <= 100))),
    CONSTRAINT claims_not_before_they_happened CHECK ((claimed_at <= synced_at)),
    CONSTRAINT claims_others_have_a_reason CHECK (((outcome = 'accepted'::text) = (why IS NULL))),
    CONSTRAINT claims_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'contested'::text, 'refused'::text]))),
    CONSTRAINT claims_units_check CHECK ((units >= 1)),
    CONSTRAINT claims_why_check CHECK (((length(why) >= 1) AND (length(why) <= 100)))
);

ALTER TABLE ONLY vouchers.claims FORCE ROW LEVEL SECURITY;

CREATE TABLE vouchers.devices (
    id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    name text NOT NULL,
    token_fingerprint bytea NOT NULL,
    registered_by uuid NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    synced_at timestamp with time zone,
    revoked_at timestamp with time zone,
    revoked_by uuid,
    CONSTRAINT devices_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT devices_revoked_by_somebody CHECK ((num_nonnulls(revoked_at, revoked_by) <> 1)),
    CONSTRAINT devices_token_fingerprint_check CHECK ((length(token_fingerprint) = 32))
);

ALTER TABLE ONLY vouchers.devices FORCE ROW LEVEL SECURITY;

CREATE TABLE vouchers.gifts (
    id uuid NOT NULL,
    voucher_id uuid NOT NULL,
    giver_account_id uuid NOT NULL,
    recipient_name text,
    recipient_email text,
    message text,
    deliver_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    offered_at timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone,
    claimed_by uuid,
    withdrawn_at timestamp with time zone,
    mailed_at timestamp with time zone,
    CONSTRAINT gifts_claimed_by_somebody CHECK (((claimed_at IS NULL) = (claimed_by IS NULL))),
    CONSTRAINT gifts_end_once CHECK ((num_nonnulls(claimed_at, withdrawn_at) <= 1)),
    CONSTRAINT gifts_have_an_end CHECK ((expires_at > offered_at)),
    CONSTRAINT gifts_message_check CHECK (((length(message) >= 1) AND (length(message) <= 2000))),
    CONSTRAINT gifts_recipient_email_check CHECK (((length(recipient_email) >= 3) AND (length(recipient_email) <= 320))),
    CONSTRAINT gifts_recipient_name_check CHECK (((length(recipient_name) >= 1) AND (length(recipient_name) <= 200)))
);

ALTER TABLE ONLY vouchers.gifts FORCE ROW LEVEL SECURITY;

CREATE TABLE vouchers.guesses (
    guesser_id uuid NOT NULL,
    since timestamp with time zone NOT NULL,
    count integer NOT NULL,
    CONSTRAINT guesses_count_check CHECK ((count >= 0))
);

ALTER TABLE ONLY vouchers.guesses FORCE ROW LEVEL SECURITY;

CREATE TABLE vouchers.passages (
    "position" bigint NOT NULL,
    voucher_id uuid NOT NULL,
    step text NOT NULL,
    before text,
    after text NOT NULL,
    units_left integer NOT NULL,
    paid_minor bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id uuid,
    reason text
);

ALTER TABLE ONLY vouchers.passages FORCE ROW LEVEL SECURITY;

ALTER TABLE vouchers.passages ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME vouchers.passages_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE vouchers.redemptions (
    id uuid NOT NULL,
    voucher_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    location_id uuid,
    units integer NOT NULL,
    paid_minor bigint NOT NULL,
    promotion_minor bigint NOT NULL,
    commission_minor bigint NOT NULL,
    commission_tax_minor bigint NOT NULL,
    voucher_tax_minor bigint NOT NULL,
    with_promotion boolean NOT NULL,
    whole boolean NOT NULL,
    channel text NOT NULL,
    account_id uuid,
    device_id uuid,
    redeemer_id uuid NOT NULL,
    nonce text NOT NULL,
    attested_age_years integer,
    redeemed_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    reversed_at timestamp with time zone,
    reversed_by uuid,
    reversal_reason text,
    CONSTRAINT redemptions_attested_age_years_check CHECK (((attested_age_years >= 0) AND (attested_age_years <= 150))),
    CONSTRAINT redemptions_by_somebody CHECK ((redeemer_id = COALESCE(device_id, account_id))),
    CONSTRAINT redemptions_channel_check CHECK ((channel = ANY (ARRAY['scanned'::text, 'typed'::text, 'offline'::text]))),
    CONSTRAINT redemptions_commission_minor_check CHECK ((commission_minor >= 0)),
    CONSTRAINT redemptions_commission_tax_minor_check CHECK ((commission_tax_minor >= 0)),
    CONSTRAINT redemptions_nonce_check CHECK (((length(nonce) >= 1) AND (length(nonce) <= 100))),
    CONSTRAINT redemptions_paid_minor_check CHECK ((paid_minor >= 0)),
    CONSTRAINT redemptions_promotion_minor_check CHECK ((promotion_minor >= 0)),
    CONSTRAINT redemptions_reversal_reason_check CHECK (((length(reversal_reason) >= 1) AND (length(reversal_reason) <= 2000))),
    CONSTRAINT redemptions_reversed_by_somebody CHECK ((num_nonnulls(reversed_at, reversed_by) <> 1)),
    CONSTRAINT redemptions_reversed_in_time CHECK (((channel = 'offline'::text) OR (reversed_at <= (recorded_at + '00:15:00'::interval)))),
    CONSTRAINT redemptions_units_check CHECK ((units >= 1)),
    CONSTRAINT redemptions_voucher_tax_minor_check CHECK ((voucher_tax_minor >= 0))
);

ALTER TABLE ONLY vouchers.redemptions FORCE ROW LEVEL SECURITY;

CREATE TABLE vouchers.vouchers (
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    line_id uuid NOT NULL,
    owner_account_id uuid NOT NULL,
    deal_id uuid NOT NULL,
    terms_version integer NOT NULL,
    option_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    title text NOT NULL,
    currency text NOT NULL,
    price_minor bigint NOT NULL,
    paid_minor bigint NOT NULL,
    promotion_minor bigint NOT NULL,
    commission_minor bigint NOT NULL,
    commission_tax_minor bigint NOT NULL,
    voucher_tax text NOT NULL,
    voucher_tax_minor bigint NOT NULL,
    expiry text NOT NULL,
    units integer NOT NULL,
    in_money boolean NOT NULL,
    units_left integer NOT NULL,
    paid_left_minor bigint NOT NULL,
    promotion_left_minor bigint NOT NULL,
    commission_left_minor bigint NOT NULL,
    commission_tax_left_minor bigint NOT NULL,
    voucher_tax_left_minor bigint NOT NULL,
    fine_print jsonb NOT NULL,
    location_ids uuid[] NOT NULL,
    time_zone text NOT NULL,
    redeem_from timestamp with time zone,
    redeem_until timestamp with time zone,
    paid_value_until timestamp with time zone,
    generation integer NOT NULL,
    code_fingerprint bytea NOT NULL,
    short_code_tag bytea NOT NULL,
    sealed_codes bytea NOT NULL,
    state text NOT NULL,
    step text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by uuid,
    reason text,
    issued_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    CONSTRAINT vouchers_code_fingerprint_check CHECK ((length(code_fingerprint) = 32)),
    CONSTRAINT vouchers_commission_left_minor_check CHECK ((commission_left_minor >= 0)),
    CONSTRAINT vouchers_commission_minor_check CHECK ((commission_minor >= 0)),
    CONSTRAINT vouchers_commission_tax_left_minor_check CHECK ((commission_tax_left_minor >= 0)),
    CONSTRAINT vouchers_commission_tax_minor_check CHECK ((commission_tax_minor >= 0)),
    CONSTRAINT vouchers_commission_within_price CHECK ((((commission_minor + voucher_tax_minor) <= price_minor) AND (commission_tax_minor <= commission_minor))),
    CONSTRAINT vouchers_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT vouchers_expiry_check CHECK ((expiry = ANY (ARRAY['stays_open'::text, 'breakage'::text, 'escheat'::text, 'to_merchant'::text]))),
    CONSTRAINT vouchers_fine_print_check CHECK ((jsonb_typeof(fine_print) = 'array'::text)),
    CONSTRAINT vouchers_generation_check CHECK ((generation >= 1)),
    CONSTRAINT vouchers_left_goes_with_units CHECK (
CASE units_left
    WHEN 0 THEN (((((paid_left_minor + promotion_left_minor) + commission_left_minor) + commission_tax_left_minor) + voucher_tax_left_minor) = 0)
    WHEN units THEN ((paid_left_minor = paid_minor) AND (promotion_left_minor = promotion_minor) AND (commission_left_minor = commission_minor) AND (commission_tax_left_minor = commission_tax_minor) AND (voucher_tax_left_minor = voucher_tax_minor))
    ELSE ((units_left < units) AND (paid_left_minor <= paid_minor) AND (promotion_left_minor <= promotion_minor) AND (commission_left_minor <= commission_minor) AND (commission_tax_left_minor <= commission_tax_minor) AND (voucher_tax_left_minor <= voucher_tax_minor))
END),
    CONSTRAINT vouchers_open_have_units CHECK (((state = ANY (ARRAY['issued'::text, 'promo_expired'::text])) = (units_left > 0))),
    CONSTRAINT vouchers_paid_left_minor_check CHECK ((paid_left_minor >= 0)),
    CONSTRAINT vouchers_paid_minor_check CHECK ((paid_minor >= 0)),
    CONSTRAINT vouchers_price_is_paid CHECK ((price_minor = (paid_minor + promotion_minor))),
    CONSTRAINT vouchers_price_minor_check CHECK (((price_minor >= 0) AND (price_minor <= '1000000000000000'::bigint))),
    CONSTRAINT vouchers_promotion_left_minor_check CHECK ((promotion_left_minor >= 0)),
    CONSTRAINT vouchers_promotion_minor_check CHECK ((promotion_minor >= 0)),
    CONSTRAINT vouchers_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 2000))),
    CONSTRAINT vouchers_short_code_tag_check CHECK ((length(short_code_tag) = 16)),
    CONSTRAINT vouchers_state_check CHECK ((state = ANY (ARRAY['issued'::text, 'redeemed'::text, 'refunded'::text, 'void'::text, 'promo_expired'::text, 'expired'::text]))),
    CONSTRAINT vouchers_stay_open CHECK (((expiry <> 'stays_open'::text) OR (paid_value_until IS NULL))),
    CONSTRAINT vouchers_step_check CHECK ((step = ANY (ARRAY['issued'::text, 'redeemed'::text, 'reversed'::text, 'refunded'::text, 'voided'::text, 'promo_expired'::text, 'expired'::text, 'transferred'::text]))),
    CONSTRAINT vouchers_tax_is_collected CHECK (((voucher_tax <> 'not_collected'::text) OR (voucher_tax_minor = 0))),
    CONSTRAINT vouchers_title_check CHECK (((length(title) >= 1) AND (length(title) <= 500))),
    CONSTRAINT vouchers_units_check CHECK ((units >= 1)),
    CONSTRAINT vouchers_units_left_check CHECK ((units_left >= 0)),
    CONSTRAINT vouchers_voucher_tax_check CHECK ((voucher_tax = ANY (ARRAY['not_collected'::text, 'single_purpose'::text, 'multi_purpose'::text]))),
    CONSTRAINT vouchers_voucher_tax_left_minor_check CHECK ((voucher_tax_left_minor >= 0)),
    CONSTRAINT vouchers_voucher_tax_minor_check CHECK ((voucher_tax_minor >= 0)),
    CONSTRAINT vouchers_windows CHECK (((redeem_until > redeem_from) AND (paid_value_until >= redeem_until) AND ((paid_value_until IS NULL) OR (redeem_until IS NOT NULL))))
);

ALTER TABLE ONLY vouchers.vouchers FORCE ROW LEVEL SECURITY;

ALTER TABLE ONLY bookings.bookings
    ADD CONSTRAINT bookings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY bookings.capacities
    ADD CONSTRAINT capacities_pkey PRIMARY KEY (deal_id, location_id, weekday);

ALTER TABLE ONLY bookings.days
    ADD CONSTRAINT days_pkey PRIMARY KEY (deal_id, location_id, day);

ALTER TABLE ONLY bookings.slots
    ADD CONSTRAINT slots_id_merchant_id_key UNIQUE (id, merchant_id);

ALTER TABLE ONLY bookings.slots
    ADD CONSTRAINT slots_location_id_option_id_starts_at_key UNIQUE (location_id, option_id, starts_at);

ALTER TABLE ONLY bookings.slots
    ADD CONSTRAINT slots_pkey PRIMARY KEY (id);

ALTER TABLE ONLY capacity.allowed_transitions
    ADD CONSTRAINT allowed_transitions_pkey PRIMARY KEY (before, after);

ALTER TABLE ONLY capacity.guards
    ADD CONSTRAINT guards_pkey PRIMARY KEY (deal_id);

ALTER TABLE ONLY capacity.served
    ADD CONSTRAINT served_pkey PRIMARY KEY (option_id);

ALTER TABLE ONLY catalog.adoptions
    ADD CONSTRAINT adoptions_feed_key_key UNIQUE (feed, key);

ALTER TABLE ONLY catalog.adoptions
    ADD CONSTRAINT adoptions_pkey PRIMARY KEY (deal_id);

ALTER TABLE ONLY catalog.allowed_transitions
    ADD CONSTRAINT allowed_transitions_pkey PRIMARY KEY (origin, before, after);

ALTER TABLE ONLY catalog.categories
    ADD CONSTRAINT categories_id_depth_key UNIQUE (id, depth);

ALTER TABLE ONLY catalog.categories
    ADD CONSTRAINT categories_parent_id_position_key UNIQUE NULLS NOT DISTINCT (parent_id, "position") DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY catalog.categories
    ADD CONSTRAINT categories_pkey PRIMARY KEY (id);

ALTER TABLE ONLY catalog.categories
    ADD CONSTRAINT categories_slug_key UNIQUE (slug);

ALTER TABLE ONLY catalog.deal_passages
    ADD CONSTRAINT deal_passages_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY catalog.deal_pictures
    ADD CONSTRAINT deal_pictures_pkey PRIMARY KEY (deal_id, "position");

ALTER TABLE ONLY catalog.deal_points
    ADD CONSTRAINT deal_points_deal_id_location_id_key UNIQUE (deal_id, location_id);

ALTER TABLE ONLY catalog.deal_points
    ADD CONSTRAINT deal_points_deal_id_place_id_key UNIQUE (deal_id, place_id);

ALTER TABLE ONLY catalog.deal_points
    ADD CONSTRAINT deal_points_pkey PRIMARY KEY (deal_id, "position");

ALTER TABLE ONLY catalog.deal_terms
    ADD CONSTRAINT deal_terms_pkey PRIMARY KEY (deal_id, version);

ALTER TABLE ONLY catalog.deals
    ADD CONSTRAINT deals_id_merchant_id_currency_key UNIQUE (id, merchant_id, currency);

ALTER TABLE ONLY catalog.deals
    ADD CONSTRAINT deals_pkey PRIMARY KEY (id);

ALTER TABLE ONLY catalog.deals
    ADD CONSTRAINT deals_source_feed_source_key_key UNIQUE (source_feed, source_key);

ALTER TABLE ONLY catalog.departed_deals
    ADD CONSTRAINT departed_deals_pkey PRIMARY KEY (deal_id);

ALTER TABLE ONLY catalog.divisions
    ADD CONSTRAINT divisions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY catalog.divisions
    ADD CONSTRAINT divisions_slug_key UNIQUE (slug);

ALTER TABLE ONLY catalog.duplicate_searches
    ADD CONSTRAINT duplicate_searches_pkey PRIMARY KEY (sole);

ALTER TABLE ONLY catalog.duplicates
    ADD CONSTRAINT duplicates_first_id_second_id_key UNIQUE (first_id, second_id);

ALTER TABLE ONLY catalog.duplicates
    ADD CONSTRAINT duplicates_pkey PRIMARY KEY (id);

ALTER TABLE ONLY catalog.duplicates
    ADD CONSTRAINT duplicates_withdrawn_id_key UNIQUE (withdrawn_id);

ALTER TABLE ONLY catalog.locations
    ADD CONSTRAINT locations_id_merchant_id_currency_key UNIQUE (id, merchant_id, currency);

ALTER TABLE ONLY catalog.locations
    ADD CONSTRAINT locations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY catalog.merchants
    ADD CONSTRAINT merchants_pkey PRIMARY KEY (id);

ALTER TABLE ONLY catalog.merchants
    ADD CONSTRAINT merchants_slug_key UNIQUE (slug);

ALTER TABLE ONLY catalog.merchants
    ADD CONSTRAINT merchants_source_feed_folded_name_key UNIQUE (source_feed, folded_name);

ALTER TABLE ONLY catalog.option_prices
    ADD CONSTRAINT option_prices_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY catalog.options
    ADD CONSTRAINT options_deal_id_position_key UNIQUE (deal_id, "position") DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY catalog.options
    ADD CONSTRAINT options_pkey PRIMARY KEY (id);

ALTER TABLE ONLY catalog.pictures
    ADD CONSTRAINT pictures_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY catalog.place_loads
    ADD CONSTRAINT place_loads_pkey PRIMARY KEY (source, min_population);

ALTER TABLE ONLY catalog.place_names
    ADD CONSTRAINT place_names_pkey PRIMARY KEY (folded, geoname_id);

ALTER TABLE ONLY catalog.places
    ADD CONSTRAINT places_geoname_id_key UNIQUE (geoname_id);

ALTER TABLE ONLY catalog.places
    ADD CONSTRAINT places_pkey PRIMARY KEY (id);

ALTER TABLE ONLY catalog.places
    ADD CONSTRAINT places_slug_key UNIQUE (slug);

ALTER TABLE ONLY feeds.changes
    ADD CONSTRAINT changes_pkey PRIMARY KEY (run_id, subject_id);

ALTER TABLE ONLY feeds.rejects
    ADD CONSTRAINT rejects_pkey PRIMARY KEY (run_id, row_number);

ALTER TABLE ONLY feeds.runs
    ADD CONSTRAINT runs_number_key UNIQUE (number);

ALTER TABLE ONLY feeds.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY feeds.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (feed);

ALTER TABLE ONLY identity.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.allowed_transitions
    ADD CONSTRAINT allowed_transitions_pkey PRIMARY KEY (before, after);

ALTER TABLE ONLY identity.authenticators
    ADD CONSTRAINT authenticators_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY identity.grants
    ADD CONSTRAINT grants_account_id_role_scope_key UNIQUE NULLS NOT DISTINCT (account_id, role, scope);

ALTER TABLE ONLY identity.grants
    ADD CONSTRAINT grants_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.key_permissions
    ADD CONSTRAINT key_permissions_pkey PRIMARY KEY (key_id, permission);

ALTER TABLE ONLY identity.keys
    ADD CONSTRAINT keys_fingerprint_key UNIQUE (fingerprint);

ALTER TABLE ONLY identity.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.logins
    ADD CONSTRAINT logins_fingerprint_key UNIQUE (fingerprint);

ALTER TABLE ONLY identity.logins
    ADD CONSTRAINT logins_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.passkeys
    ADD CONSTRAINT passkeys_credential_key UNIQUE (credential);

ALTER TABLE ONLY identity.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY identity.passwords
    ADD CONSTRAINT passwords_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY identity.permissions
    ADD CONSTRAINT permissions_pkey PRIMARY KEY (name);

ALTER TABLE ONLY identity.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (account_id, tag);

ALTER TABLE ONLY identity.role_permissions
    ADD CONSTRAINT role_permissions_pkey PRIMARY KEY (role, permission);

ALTER TABLE ONLY identity.roles
    ADD CONSTRAINT roles_name_reach_key UNIQUE (name, reach);

ALTER TABLE ONLY identity.roles
    ADD CONSTRAINT roles_pkey PRIMARY KEY (name);

ALTER TABLE ONLY identity.throttles
    ADD CONSTRAINT throttles_pkey PRIMARY KEY (bucket, key);

ALTER TABLE ONLY identity.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (fingerprint);

ALTER TABLE ONLY kit.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY kit.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (fact_id, subscriber);

ALTER TABLE ONLY kit.facts
    ADD CONSTRAINT facts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY kit.facts
    ADD CONSTRAINT facts_position_key UNIQUE ("position");

ALTER TABLE ONLY kit.failures
    ADD CONSTRAINT failures_pkey PRIMARY KEY (id);

ALTER TABLE ONLY kit.kept_answers
    ADD CONSTRAINT kept_answers_pkey PRIMARY KEY (principal, route, key);

ALTER TABLE ONLY kit.mails
    ADD CONSTRAINT mails_pkey PRIMARY KEY (id);

ALTER TABLE ONLY kit.subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (subscriber, fact);

ALTER TABLE ONLY ledger.account_codes
    ADD CONSTRAINT account_codes_pkey PRIMARY KEY (code);

ALTER TABLE ONLY ledger.claims
    ADD CONSTRAINT claims_pkey PRIMARY KEY (entry_id, "position");

ALTER TABLE ONLY ledger.entries
    ADD CONSTRAINT entries_key_key UNIQUE (key);

ALTER TABLE ONLY ledger.entries
    ADD CONSTRAINT entries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.entries
    ADD CONSTRAINT entries_reverses_key UNIQUE (reverses);

ALTER TABLE ONLY ledger.lines
    ADD CONSTRAINT lines_pkey PRIMARY KEY (entry_id, "position");

ALTER TABLE ONLY ledger.policies
    ADD CONSTRAINT policies_pkey PRIMARY KEY (jurisdiction, since);

ALTER TABLE ONLY orders.allowed_transitions
    ADD CONSTRAINT allowed_transitions_pkey PRIMARY KEY (before, after);

ALTER TABLE ONLY orders.gifts
    ADD CONSTRAINT gifts_pkey PRIMARY KEY (line_id);

ALTER TABLE ONLY orders.holds
    ADD CONSTRAINT holds_pkey PRIMARY KEY (order_id);

ALTER TABLE ONLY orders.lines
    ADD CONSTRAINT lines_order_id_position_key UNIQUE (order_id, "position");

ALTER TABLE ONLY orders.lines
    ADD CONSTRAINT lines_pkey PRIMARY KEY (id);

ALTER TABLE orders.orders
    ADD CONSTRAINT orders_paid_at_a_time CHECK (((paid_at IS NOT NULL) = (state = ANY (ARRAY['paid'::text, 'partly_refunded'::text, 'refunded'::text])))) NOT VALID;

ALTER TABLE orders.orders
    ADD CONSTRAINT orders_paid_by_a_payment CHECK (((due_minor = 0) OR (payment_id IS NOT NULL) OR (state <> ALL (ARRAY['authorised'::text, 'paid'::text, 'partly_refunded'::text, 'refunded'::text])))) NOT VALID;

ALTER TABLE ONLY orders.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY orders.orders
    ADD CONSTRAINT orders_quote_id_key UNIQUE (quote_id);

ALTER TABLE ONLY orders.passages
    ADD CONSTRAINT passages_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY orders.stock
    ADD CONSTRAINT stock_pkey PRIMARY KEY (option_id);

ALTER TABLE ONLY orders.taken
    ADD CONSTRAINT taken_pkey PRIMARY KEY (account_id, option_id);

ALTER TABLE ONLY orders.tipping
    ADD CONSTRAINT tipping_pkey PRIMARY KEY (deal_id);

ALTER TABLE ONLY payments.accounts
    ADD CONSTRAINT accounts_are_one_merchants UNIQUE (provider, provider_ref);

ALTER TABLE ONLY payments.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (merchant_id, provider);

ALTER TABLE ONLY payments.allowed_transitions
    ADD CONSTRAINT allowed_transitions_pkey PRIMARY KEY (before, after);

ALTER TABLE ONLY payments.differences
    ADD CONSTRAINT differences_once UNIQUE (provider, kind, subject);

ALTER TABLE ONLY payments.differences
    ADD CONSTRAINT differences_pkey PRIMARY KEY (id);

ALTER TABLE ONLY payments.disputes
    ADD CONSTRAINT disputes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY payments.events
    ADD CONSTRAINT events_once UNIQUE (provider, provider_event_id);

ALTER TABLE ONLY payments.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY payments.payments
    ADD CONSTRAINT payments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY payments.reconciliations
    ADD CONSTRAINT reconciliations_pkey PRIMARY KEY (provider, day);

ALTER TABLE ONLY payments.records
    ADD CONSTRAINT records_pkey PRIMARY KEY (provider, id);

ALTER TABLE ONLY payments.refunds
    ADD CONSTRAINT refunds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY promotions.credit_uses
    ADD CONSTRAINT credit_uses_pkey PRIMARY KEY (order_id, credit_id);

ALTER TABLE ONLY promotions.credits
    ADD CONSTRAINT credits_pkey PRIMARY KEY (id);

ALTER TABLE ONLY promotions.persons
    ADD CONSTRAINT persons_pkey PRIMARY KEY (promotion_id, account_id);

ALTER TABLE ONLY promotions.promotions
    ADD CONSTRAINT promotions_code_key UNIQUE (code);

ALTER TABLE ONLY promotions.promotions
    ADD CONSTRAINT promotions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY promotions.uses
    ADD CONSTRAINT uses_pkey PRIMARY KEY (order_id, promotion_id);

ALTER TABLE ONLY sandbox.accounts
    ADD CONSTRAINT accounts_key_key UNIQUE (key);

ALTER TABLE ONLY sandbox.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sandbox.disputes
    ADD CONSTRAINT disputes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sandbox.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (number);

ALTER TABLE ONLY sandbox.payments
    ADD CONSTRAINT payments_charge_key UNIQUE (charge);

ALTER TABLE ONLY sandbox.payments
    ADD CONSTRAINT payments_key_key UNIQUE (key);

ALTER TABLE ONLY sandbox.payments
    ADD CONSTRAINT payments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sandbox.records
    ADD CONSTRAINT records_number_key UNIQUE (number);

ALTER TABLE ONLY sandbox.records
    ADD CONSTRAINT records_once UNIQUE (kind, subject);

ALTER TABLE ONLY sandbox.records
    ADD CONSTRAINT records_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sandbox.refunds
    ADD CONSTRAINT refunds_key_key UNIQUE (key);

ALTER TABLE ONLY sandbox.refunds
    ADD CONSTRAINT refunds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sandbox.transfers
    ADD CONSTRAINT transfers_key_key UNIQUE (key);

ALTER TABLE ONLY sandbox.transfers
    ADD CONSTRAINT transfers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY sandbox.webhooks
    ADD CONSTRAINT webhooks_number_key UNIQUE (number);

ALTER TABLE ONLY sandbox.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY search.matched
    ADD CONSTRAINT matched_pkey PRIMARY KEY (sole);

ALTER TABLE ONLY search.matches
    ADD CONSTRAINT matches_pkey PRIMARY KEY (search_id, deal_id);

ALTER TABLE ONLY search.saved_searches
    ADD CONSTRAINT saved_searches_pkey PRIMARY KEY (id);

ALTER TABLE ONLY search.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY (id);

ALTER TABLE ONLY search.synonyms
    ADD CONSTRAINT synonyms_key_key UNIQUE (key);

ALTER TABLE ONLY search.synonyms
    ADD CONSTRAINT synonyms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY settlement.allowed_transitions
    ADD CONSTRAINT allowed_transitions_pkey PRIMARY KEY (before, after);

ALTER TABLE ONLY settlement.payee_changes
    ADD CONSTRAINT payee_changes_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY settlement.payees
    ADD CONSTRAINT payees_pkey PRIMARY KEY (merchant_id, currency);

ALTER TABLE ONLY settlement.payouts
    ADD CONSTRAINT payouts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY settlement.payouts
    ADD CONSTRAINT payouts_statement_id_key UNIQUE (statement_id);

ALTER TABLE ONLY settlement.payouts
    ADD CONSTRAINT payouts_transfer_ref_key UNIQUE (transfer_ref);

ALTER TABLE ONLY settlement.reserves
    ADD CONSTRAINT reserves_pkey PRIMARY KEY (id);

ALTER TABLE ONLY settlement.statement_lines
    ADD CONSTRAINT statement_lines_entry_id_position_key UNIQUE (entry_id, "position");

ALTER TABLE ONLY settlement.statement_lines
    ADD CONSTRAINT statement_lines_pkey PRIMARY KEY (statement_id, number);

ALTER TABLE ONLY settlement.statements
    ADD CONSTRAINT statements_id_merchant_id_currency_key UNIQUE (id, merchant_id, currency);

ALTER TABLE ONLY settlement.statements
    ADD CONSTRAINT statements_merchant_id_currency_number_key UNIQUE (merchant_id, currency, number);

ALTER TABLE ONLY settlement.statements
    ADD CONSTRAINT statements_pkey PRIMARY KEY (id);

ALTER TABLE ONLY vouchers.allowed_transitions
    ADD CONSTRAINT allowed_transitions_pkey PRIMARY KEY (before, after);

ALTER TABLE ONLY vouchers.claims
    ADD CONSTRAINT claims_device_id_nonce_key UNIQUE (device_id, nonce);

ALTER TABLE ONLY vouchers.claims
    ADD CONSTRAINT claims_pkey PRIMARY KEY (id);

ALTER TABLE ONLY vouchers.claims
    ADD CONSTRAINT claims_redemption_id_key UNIQUE (redemption_id);

ALTER TABLE ONLY vouchers.devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY vouchers.devices
    ADD CONSTRAINT devices_token_fingerprint_key UNIQUE (token_fingerprint);

ALTER TABLE ONLY vouchers.gifts
    ADD CONSTRAINT gifts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY vouchers.guesses
    ADD CONSTRAINT guesses_pkey PRIMARY KEY (guesser_id, since);

ALTER TABLE ONLY vouchers.passages
    ADD CONSTRAINT passages_pkey PRIMARY KEY ("position");

ALTER TABLE ONLY vouchers.redemptions
    ADD CONSTRAINT redemptions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY vouchers.redemptions
    ADD CONSTRAINT redemptions_redeemer_id_nonce_key UNIQUE (redeemer_id, nonce);

ALTER TABLE ONLY vouchers.vouchers
    ADD CONSTRAINT vouchers_merchant_id_short_code_tag_key UNIQUE (merchant_id, short_code_tag);

ALTER TABLE ONLY vouchers.vouchers
    ADD CONSTRAINT vouchers_pkey PRIMARY KEY (id);

CREATE INDEX bookings_by_account ON bookings.bookings USING btree (account_id);

CREATE INDEX bookings_by_slot ON bookings.bookings USING btree (slot_id);

CREATE UNIQUE INDEX bookings_one_a_voucher ON bookings.bookings USING btree (voucher_id) WHERE (cancelled_at IS NULL);

CREATE INDEX capacities_by_location ON bookings.capacities USING btree (location_id);

CREATE INDEX days_by_location ON bookings.days USING btree (location_id);

CREATE INDEX slots_by_option ON bookings.slots USING btree (option_id, starts_at);

CREATE INDEX guards_by_merchant ON capacity.guards USING btree (merchant_id);

CREATE INDEX guards_by_waiver ON capacity.guards USING btree (waived_by) WHERE (waived_by IS NOT NULL);

CREATE INDEX guards_to_look ON capacity.guards USING btree (look_at) WHERE (look_at IS NOT NULL);

CREATE INDEX served_by_deal ON capacity.served USING btree (deal_id);

CREATE INDEX deal_passages_by_deal ON catalog.deal_passages USING btree (deal_id, "position");

CREATE INDEX deal_pictures_by_address ON catalog.deal_pictures USING btree (md5(address)) WHERE (state = 'shown'::text);

CREATE INDEX deal_pictures_by_digest ON catalog.deal_pictures USING btree (digest);

CREATE INDEX deal_pictures_fetching ON catalog.deal_pictures USING btree (due_at) WHERE (state = 'fetching'::text);

CREATE UNIQUE INDEX deal_pictures_one_from_feed ON catalog.deal_pictures USING btree (deal_id) WHERE from_feed;

CREATE INDEX deal_pictures_wanted ON catalog.deal_pictures USING btree ("left"(split_part(address, '/'::text, 3), 255), due_at) WHERE (state = 'wanted'::text);

CREATE INDEX deal_points_by_location ON catalog.deal_points USING btree (location_id);

CREATE INDEX deal_points_by_place ON catalog.deal_points USING btree (place_id);

CREATE INDEX deals_by_category ON catalog.deals USING btree (category_id);

CREATE INDEX deals_by_change ON catalog.deals USING btree (changed_xid);

CREATE INDEX deals_by_division ON catalog.deals USING btree (division_id);

CREATE INDEX deals_by_merchant ON catalog.deals USING btree (merchant_id);

CREATE INDEX deals_due_to_end ON catalog.deals USING btree (ends_at) WHERE (state = ANY (ARRAY['scheduled'::text, 'live'::text, 'paused'::text, 'sold_out'::text]));

CREATE INDEX deals_due_to_start ON catalog.deals USING btree (starts_at) WHERE (state = 'scheduled'::text);

CREATE INDEX deals_in_review ON catalog.deals USING btree (id) WHERE (state = 'in_review'::text);

CREATE INDEX deals_live ON catalog.deals USING btree (id) WHERE (state = 'live'::text);

CREATE INDEX departed_deals_by_change ON catalog.departed_deals USING btree (changed_xid);

CREATE INDEX divisions_by_place ON catalog.divisions USING btree (place_id);

CREATE INDEX duplicates_by_second ON catalog.duplicates USING btree (second_id);

CREATE INDEX duplicates_by_state ON catalog.duplicates USING btree (state, score DESC);

CREATE INDEX locations_by_merchant ON catalog.locations USING btree (merchant_id);

CREATE INDEX locations_by_place ON catalog.locations USING btree (place_id);

CREATE INDEX option_prices_by_deal ON catalog.option_prices USING btree (deal_id, "position");

CREATE INDEX option_prices_by_option ON catalog.option_prices USING btree (option_id);

CREATE INDEX place_names_of_cities ON catalog.place_names USING btree (folded) INCLUDE (geoname_id, country_code, population, main) WHERE (population >= 100000);

CREATE INDEX places_by_coordinates ON catalog.places USING btree (latitude, longitude);

CREATE INDEX places_by_country ON catalog.places USING btree (country_code, population DESC);

CREATE INDEX runs_by_feed ON feeds.runs USING btree (feed, number DESC);

CREATE INDEX runs_by_replayed ON feeds.runs USING btree (replays) WHERE (replays IS NOT NULL);

CREATE UNIQUE INDEX runs_one_at_a_time ON feeds.runs USING btree (feed) WHERE (state = ANY (ARRAY['running'::text, 'undoing'::text]));

CREATE INDEX schedules_due ON feeds.schedules USING btree (next_at);

CREATE UNIQUE INDEX accounts_by_address ON identity.accounts USING btree (email_folded) WHERE (state = ANY (ARRAY['registered'::text, 'suspended'::text]));

CREATE INDEX accounts_by_survivor ON identity.accounts USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX accounts_of_guests ON identity.accounts USING btree (email_folded) WHERE (state = 'guest'::text);

CREATE INDEX grants_by_giver ON identity.grants USING btree (granted_by) WHERE (granted_by IS NOT NULL);

CREATE INDEX grants_by_scope ON identity.grants USING btree (scope) WHERE (scope IS NOT NULL);

CREATE INDEX key_permissions_by_permission ON identity.key_permissions USING btree (permission);

CREATE INDEX keys_by_account ON identity.keys USING btree (account_id);

CREATE INDEX logins_by_account ON identity.logins USING btree (account_id);

CREATE INDEX logins_by_end ON identity.logins USING btree (expires_at);

CREATE INDEX logins_by_use ON identity.logins USING btree (seen_at);

CREATE INDEX passkeys_by_account ON identity.passkeys USING btree (account_id);

CREATE INDEX role_permissions_by_permission ON identity.role_permissions USING btree (permission);

CREATE INDEX throttles_by_end ON identity.throttles USING btree (empty_at);

CREATE INDEX tickets_by_account ON identity.tickets USING btree (account_id) WHERE (account_id IS NOT NULL);

CREATE INDEX tickets_by_end ON identity.tickets USING btree (expires_at);

CREATE INDEX deliveries_pending ON kit.deliveries USING btree ("position") WHERE (state = 'pending'::text);

CREATE INDEX deliveries_unsettled ON kit.deliveries USING btree (subscriber, aggregate_id, "position") WHERE (state = ANY (ARRAY['pending'::text, 'dead'::text]));

CREATE INDEX facts_kept ON kit.facts USING btree (recorded_at) WHERE routed;

CREATE INDEX facts_unrouted ON kit.facts USING btree ("position") WHERE (NOT routed);

CREATE INDEX facts_unrouted_of_aggregate ON kit.facts USING btree (aggregate_id, "position") WHERE (NOT routed);

CREATE INDEX failures_of_deliveries ON kit.failures USING btree (fact_id, subscriber) WHERE (fact_id IS NOT NULL);

CREATE INDEX failures_of_jobs ON kit.failures USING btree (job_id) WHERE (job_id IS NOT NULL);

CREATE INDEX kept_answers_by_age ON kit.kept_answers USING btree (kept_at);

CREATE INDEX mails_by_state ON kit.mails USING btree (state, id);

CREATE INDEX mails_settled ON kit.mails USING btree (settled_at) WHERE (settled_at IS NOT NULL);

CREATE INDEX entries_by_order ON ledger.entries USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX entries_by_voucher ON ledger.entries USING btree (voucher_id) WHERE (voucher_id IS NOT NULL);

CREATE INDEX lines_by_account ON ledger.lines USING btree (account_code, party_id, currency, entry_id) INCLUDE ("position", amount_minor);

CREATE INDEX holds_by_end ON orders.holds USING btree (expires_at) WHERE (state = 'held'::text);

CREATE INDEX lines_by_deal ON orders.lines USING btree (deal_id);

CREATE INDEX lines_by_merchant ON orders.lines USING btree (merchant_id, id);

CREATE INDEX lines_by_option ON orders.lines USING btree (option_id);

CREATE INDEX orders_authorised ON orders.orders USING btree (id) WHERE (state = 'authorised'::text);

CREATE INDEX orders_by_account ON orders.orders USING btree (account_id, id);

CREATE INDEX passages_by_order ON orders.passages USING btree (order_id, "position");

CREATE INDEX stock_by_deal ON orders.stock USING btree (deal_id);

CREATE INDEX stock_untold ON orders.stock USING btree (option_id) WHERE (told <> sold);

CREATE INDEX taken_by_option ON orders.taken USING btree (option_id);

CREATE INDEX tipping_open ON orders.tipping USING btree (due_at) WHERE (state = 'open'::text);

CREATE INDEX differences_by_payment ON payments.differences USING btree (payment_id) WHERE (payment_id IS NOT NULL);

CREATE INDEX differences_open ON payments.differences USING btree (day) WHERE (settled_at IS NULL);

CREATE UNIQUE INDEX disputes_by_name ON payments.disputes USING btree (payment_id, provider_ref);

CREATE INDEX events_by_payment ON payments.events USING btree (payment_id, received_at) WHERE (payment_id IS NOT NULL);

CREATE INDEX events_by_time ON payments.events USING btree (received_at);

CREATE INDEX events_unmatched ON payments.events USING btree (provider, charge_ref) WHERE (outcome = 'unmatched'::text);

CREATE INDEX payments_by_account ON payments.payments USING btree (account_id) WHERE (account_id IS NOT NULL);

CREATE UNIQUE INDEX payments_by_address ON payments.payments USING btree (provider, provider_ref);

CREATE INDEX payments_by_capture ON payments.payments USING btree (captured_at) WHERE (captured_at IS NOT NULL);

CREATE UNIQUE INDEX payments_by_charge ON payments.payments USING btree (provider, charge_ref);

CREATE INDEX payments_by_order ON payments.payments USING btree (order_id);

CREATE INDEX payments_due ON payments.payments USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE UNIQUE INDEX payments_one_open_an_order ON payments.payments USING btree (order_id) WHERE (ended IS NULL);

CREATE INDEX records_by_payment ON payments.records USING btree (payment_id) WHERE (payment_id IS NOT NULL);

CREATE INDEX records_by_subject ON payments.records USING btree (provider, subject);

CREATE INDEX records_by_time ON payments.records USING btree (provider, at);

CREATE UNIQUE INDEX refunds_by_name ON payments.refunds USING btree (payment_id, provider_ref);

CREATE INDEX refunds_due ON payments.refunds USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX credit_uses_by_credit ON promotions.credit_uses USING btree (credit_id);

CREATE INDEX credits_by_account ON promotions.credits USING btree (account_id) WHERE (left_minor > 0);

CREATE INDEX credits_by_end ON promotions.credits USING btree (expires_at) WHERE (ended_at IS NULL);

CREATE INDEX persons_by_account ON promotions.persons USING btree (account_id);

CREATE INDEX uses_by_account ON promotions.uses USING btree (account_id);

CREATE INDEX uses_by_promotion ON promotions.uses USING btree (promotion_id);

CREATE INDEX disputes_by_payment ON sandbox.disputes USING btree (payment_id);

CREATE INDEX orders_waiting ON sandbox.orders USING btree (number) WHERE (remaining > 0);

CREATE INDEX payments_by_end ON sandbox.payments USING btree (expires_at) WHERE (state = ANY (ARRAY['open'::text, 'challenged'::text]));

CREATE INDEX payments_by_time ON sandbox.payments USING btree (created_at);

CREATE INDEX records_by_time ON sandbox.records USING btree (at, number);

CREATE INDEX refunds_by_payment ON sandbox.refunds USING btree (payment_id);

CREATE INDEX transfers_by_account ON sandbox.transfers USING btree (account_id);

CREATE INDEX webhooks_due ON sandbox.webhooks USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX matches_by_deal ON search.matches USING btree (deal_id);

CREATE INDEX matches_by_time ON search.matches USING btree (matched_at);

CREATE INDEX saved_searches_by_change ON search.saved_searches USING btree (changed_xid);

CREATE INDEX saved_searches_by_end ON search.saved_searches USING btree (expires_at);

CREATE INDEX saved_searches_by_owner ON search.saved_searches USING btree (owner_id) WHERE (owner_id IS NOT NULL);

CREATE INDEX payee_changes_by_payee ON settlement.payee_changes USING btree (merchant_id, currency, "position");

CREATE INDEX payees_due ON settlement.payees USING btree (due_at);

CREATE INDEX payouts_by_payee ON settlement.payouts USING btree (merchant_id, currency, proposed_at);

CREATE INDEX payouts_due ON settlement.payouts USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX payouts_open ON settlement.payouts USING btree (proposed_at) WHERE (state = ANY (ARRAY['proposed'::text, 'sent'::text]));

CREATE INDEX reserves_held ON settlement.reserves USING btree (merchant_id, currency, release_at) WHERE (released_at IS NULL);

CREATE INDEX claims_by_voucher ON vouchers.claims USING btree (voucher_id, claimed_at, device_id);

CREATE INDEX devices_by_merchant ON vouchers.devices USING btree (merchant_id);

CREATE INDEX gifts_by_giver ON vouchers.gifts USING btree (giver_account_id);

CREATE INDEX gifts_by_voucher ON vouchers.gifts USING btree (voucher_id);

CREATE UNIQUE INDEX gifts_one_open ON vouchers.gifts USING btree (voucher_id) WHERE ((claimed_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX gifts_to_be_mailed ON vouchers.gifts USING btree (deliver_at) WHERE ((mailed_at IS NULL) AND (recipient_email IS NOT NULL) AND (claimed_at IS NULL) AND (withdrawn_at IS NULL));

CREATE INDEX guesses_by_time ON vouchers.guesses USING btree (since);

CREATE INDEX passages_by_voucher ON vouchers.passages USING btree (voucher_id, "position");

CREATE INDEX redemptions_by_merchant ON vouchers.redemptions USING btree (merchant_id, id);

CREATE INDEX redemptions_by_voucher ON vouchers.redemptions USING btree (voucher_id);

CREATE UNIQUE INDEX redemptions_one_whole ON vouchers.redemptions USING btree (voucher_id) WHERE (whole AND (reversed_at IS NULL));

CREATE INDEX vouchers_by_order ON vouchers.vouchers USING btree (order_id);

CREATE INDEX vouchers_by_owner ON vouchers.vouchers USING btree (owner_account_id, id);

CREATE INDEX vouchers_due ON vouchers.vouchers USING btree (due_at) WHERE (units_left > 0);

CREATE INDEX vouchers_open_by_deal ON vouchers.vouchers USING btree (deal_id) WHERE (units_left > 0);

CREATE CONSTRAINT TRIGGER bookings_are_taken AFTER INSERT OR UPDATE ON bookings.bookings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bookings.guard_seats();

CREATE TRIGGER days_begin_within BEFORE INSERT ON bookings.days FOR EACH ROW WHEN ((new.taken > new.capacity)) EXECUTE FUNCTION bookings.guard_day();

CREATE TRIGGER days_stay_within BEFORE UPDATE ON bookings.days FOR EACH ROW WHEN (((new.taken > new.capacity) AND (new.taken > old.taken))) EXECUTE FUNCTION bookings.guard_day();

CREATE TRIGGER guards_transition BEFORE UPDATE ON capacity.guards FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION capacity.guard_transition();

CREATE CONSTRAINT TRIGGER adoptions_made_whole AFTER INSERT ON catalog.adoptions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_adoption();

CREATE TRIGGER categories_mark AFTER UPDATE ON catalog.categories REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_categories();

CREATE TRIGGER deal_passages_frozen BEFORE UPDATE OR TRUNCATE ON catalog.deal_passages FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_change();

CREATE CONSTRAINT TRIGGER deal_passages_go_with_their_deal AFTER DELETE ON catalog.deal_passages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_history();

CREATE TRIGGER deal_pictures_mark_on_delete AFTER DELETE ON catalog.deal_pictures FOR EACH ROW WHEN ((old.digest IS NOT NULL)) EXECUTE FUNCTION catalog.mark_deal_of_picture();

CREATE TRIGGER deal_pictures_mark_on_insert AFTER INSERT ON catalog.deal_pictures FOR EACH ROW WHEN ((new.digest IS NOT NULL)) EXECUTE FUNCTION catalog.mark_deal_of_picture();

CREATE TRIGGER deal_pictures_mark_on_update AFTER UPDATE ON catalog.deal_pictures FOR EACH ROW WHEN (((old.digest IS DISTINCT FROM new.digest) OR (old.alt IS DISTINCT FROM new.alt))) EXECUTE FUNCTION catalog.mark_deal_of_picture();

CREATE TRIGGER deal_points_mark_on_delete AFTER DELETE ON catalog.deal_points REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();

CREATE TRIGGER deal_points_mark_on_insert AFTER INSERT ON catalog.deal_points REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();

CREATE TRIGGER deal_points_mark_on_update AFTER UPDATE ON catalog.deal_points REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();

CREATE CONSTRAINT TRIGGER deal_points_stay_complete AFTER DELETE OR UPDATE ON catalog.deal_points DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_completeness();

CREATE TRIGGER deal_terms_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON catalog.deal_terms FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_change();

CREATE TRIGGER deals_birth BEFORE INSERT ON catalog.deals FOR EACH ROW EXECUTE FUNCTION catalog.guard_transition();

CREATE TRIGGER deals_born AFTER INSERT ON catalog.deals REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.keep_births();

CREATE TRIGGER deals_departed AFTER DELETE ON catalog.deals REFERENCING OLD TABLE AS departed FOR EACH STATEMENT EXECUTE FUNCTION catalog.keep_departed();

CREATE CONSTRAINT TRIGGER deals_made_complete AFTER INSERT ON catalog.deals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.state <> ALL (ARRAY['draft'::text, 'archived'::text]))) EXECUTE FUNCTION catalog.guard_completeness();

CREATE TRIGGER deals_marked BEFORE INSERT OR UPDATE ON catalog.deals FOR EACH ROW EXECUTE FUNCTION catalog.mark_change();

CREATE TRIGGER deals_merge BEFORE UPDATE ON catalog.deals FOR EACH ROW WHEN (((old.state <> new.state) AND (('merged'::text = old.state) OR ('merged'::text = new.state)))) EXECUTE FUNCTION catalog.guard_merge();

CREATE TRIGGER deals_not_adopted AFTER INSERT ON catalog.deals REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.guard_sources();

CREATE TRIGGER deals_passed AFTER UPDATE ON catalog.deals FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION catalog.keep_passage();

CREATE TRIGGER deals_stay BEFORE DELETE ON catalog.deals FOR EACH ROW EXECUTE FUNCTION catalog.guard_departure();

CREATE CONSTRAINT TRIGGER deals_stay_complete AFTER UPDATE ON catalog.deals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.state <> new.state) OR (old.reach <> new.reach))) EXECUTE FUNCTION catalog.guard_completeness();

CREATE TRIGGER deals_transition BEFORE UPDATE ON catalog.deals FOR EACH ROW WHEN (((old.state <> new.state) OR (old.origin <> new.origin))) EXECUTE FUNCTION catalog.guard_transition();

CREATE TRIGGER divisions_mark AFTER UPDATE ON catalog.divisions REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_divisions();

CREATE TRIGGER duplicates_kept BEFORE DELETE ON catalog.duplicates FOR EACH ROW WHEN ((old.state = 'merged'::text)) EXECUTE FUNCTION catalog.guard_merged_pair();

CREATE CONSTRAINT TRIGGER duplicates_merged_whole AFTER INSERT OR UPDATE ON catalog.duplicates DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_withdrawal();

CREATE TRIGGER locations_mark AFTER UPDATE ON catalog.locations REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_locations();

CREATE TRIGGER merchants_mark AFTER UPDATE ON catalog.merchants REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_merchants();

CREATE TRIGGER option_prices_frozen BEFORE UPDATE OR TRUNCATE ON catalog.option_prices FOR EACH STATEMENT EXECUTE FUNCTION catalog.refuse_change();

CREATE CONSTRAINT TRIGGER option_prices_go_with_their_deal AFTER DELETE ON catalog.option_prices DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_history();

CREATE TRIGGER options_mark_on_delete AFTER DELETE ON catalog.options REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();

CREATE TRIGGER options_mark_on_insert AFTER INSERT ON catalog.options REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();

CREATE TRIGGER options_mark_on_update AFTER UPDATE ON catalog.options REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_rows();

CREATE TRIGGER options_priced AFTER INSERT ON catalog.options REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.keep_first_prices();

CREATE TRIGGER options_repriced AFTER UPDATE ON catalog.options FOR EACH ROW WHEN ((((old.price_minor IS DISTINCT FROM new.price_minor) OR (old.value_minor IS DISTINCT FROM new.value_minor)) OR (old.value_evidence IS DISTINCT FROM new.value_evidence))) EXECUTE FUNCTION catalog.keep_price();

CREATE CONSTRAINT TRIGGER options_stay_complete AFTER DELETE OR UPDATE ON catalog.options DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog.guard_completeness();

CREATE TRIGGER pictures_mark AFTER UPDATE ON catalog.pictures FOR EACH ROW EXECUTE FUNCTION catalog.mark_deals_of_picture();

CREATE TRIGGER places_mark AFTER UPDATE ON catalog.places REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION catalog.mark_deals_of_places();

CREATE TRIGGER accounts_birth BEFORE INSERT ON identity.accounts FOR EACH ROW EXECUTE FUNCTION identity.guard_transition();

CREATE TRIGGER accounts_transition BEFORE UPDATE ON identity.accounts FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION identity.guard_transition();

CREATE TRIGGER claims_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.claims FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER entries_balance AFTER INSERT ON ledger.entries REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_unbalanced();

CREATE TRIGGER entries_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.entries FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER lines_complete AFTER INSERT ON ledger.lines REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_more_lines();

CREATE TRIGGER lines_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.lines FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER policies_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.policies FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER holds_guarded BEFORE UPDATE ON orders.holds FOR EACH ROW WHEN ((old.state <> 'held'::text)) EXECUTE FUNCTION orders.guard_hold();

CREATE TRIGGER orders_birth BEFORE INSERT ON orders.orders FOR EACH ROW WHEN ((new.state <> 'held'::text)) EXECUTE FUNCTION orders.guard_order();

CREATE TRIGGER orders_guarded BEFORE UPDATE ON orders.orders FOR EACH ROW EXECUTE FUNCTION orders.guard_order();

CREATE TRIGGER orders_passed AFTER UPDATE ON orders.orders FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION orders.keep_passage();

CREATE TRIGGER passages_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON orders.passages FOR EACH STATEMENT EXECUTE FUNCTION orders.refuse_change();

CREATE TRIGGER stock_guarded BEFORE UPDATE ON orders.stock FOR EACH ROW WHEN ((((new.held + new.sold) > new.cap) AND ((new.held + new.sold) > (old.held + old.sold)))) EXECUTE FUNCTION orders.guard_stock();

CREATE TRIGGER tipping_guarded BEFORE UPDATE ON orders.tipping FOR EACH ROW WHEN ((old.state <> 'open'::text)) EXECUTE FUNCTION orders.guard_tipping();

CREATE TRIGGER payments_guarded AFTER UPDATE ON payments.payments FOR EACH ROW EXECUTE FUNCTION payments.guard_payment();

CREATE TRIGGER credit_uses_guarded BEFORE UPDATE ON promotions.credit_uses FOR EACH ROW WHEN (((old.state <> 'held'::text) AND (old.state <> new.state))) EXECUTE FUNCTION promotions.guard_use();

CREATE TRIGGER uses_guarded BEFORE UPDATE ON promotions.uses FOR EACH ROW WHEN (((old.state <> 'held'::text) AND (old.state <> new.state))) EXECUTE FUNCTION promotions.guard_use();

CREATE TRIGGER saved_searches_marked BEFORE INSERT OR UPDATE ON search.saved_searches FOR EACH ROW EXECUTE FUNCTION search.mark_saved_search();

CREATE TRIGGER payee_changes_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON settlement.payee_changes FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER payees_guarded BEFORE INSERT OR UPDATE ON settlement.payees FOR EACH ROW EXECUTE FUNCTION settlement.guard_payee();

CREATE TRIGGER payouts_guarded BEFORE INSERT OR UPDATE ON settlement.payouts FOR EACH ROW EXECUTE FUNCTION settlement.guard_transition();

CREATE TRIGGER statement_lines_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON settlement.statement_lines FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE CONSTRAINT TRIGGER statements_add_up AFTER INSERT ON settlement.statements DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement.guard_statement();

CREATE TRIGGER statements_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON settlement.statements FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER passages_frozen BEFORE DELETE OR UPDATE OR TRUNCATE ON vouchers.passages FOR EACH STATEMENT EXECUTE FUNCTION vouchers.refuse_change();

CREATE TRIGGER redemptions_kept BEFORE DELETE OR TRUNCATE ON vouchers.redemptions FOR EACH STATEMENT EXECUTE FUNCTION vouchers.refuse_change();

CREATE TRIGGER redemptions_reversed_once BEFORE UPDATE ON vouchers.redemptions FOR EACH ROW EXECUTE FUNCTION vouchers.guard_redemption();

CREATE TRIGGER vouchers_born AFTER INSERT ON vouchers.vouchers REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION vouchers.keep_births();

CREATE TRIGGER vouchers_passed AFTER UPDATE ON vouchers.vouchers REFERENCING OLD TABLE AS former NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION vouchers.keep_passages();

CREATE TRIGGER vouchers_promise BEFORE UPDATE ON vouchers.vouchers FOR EACH ROW WHEN ((((((((((((((((((((((old.id IS DISTINCT FROM new.id) OR (old.order_id IS DISTINCT FROM new.order_id)) OR (old.line_id IS DISTINCT FROM new.line_id)) OR (old.deal_id IS DISTINCT FROM new.deal_id)) OR (old.terms_version IS DISTINCT FROM new.terms_version)) OR (old.option_id IS DISTINCT FROM new.option_id)) OR (old.merchant_id IS DISTINCT FROM new.merchant_id)) OR (old.currency IS DISTINCT FROM new.currency)) OR (old.price_minor IS DISTINCT FROM new.price_minor)) OR (old.paid_minor IS DISTINCT FROM new.paid_minor)) OR (old.commission_minor IS DISTINCT FROM new.commission_minor)) OR (old.commission_tax_minor IS DISTINCT FROM new.commission_tax_minor)) OR (old.voucher_tax IS DISTINCT FROM new.voucher_tax)) OR (old.voucher_tax_minor IS DISTINCT FROM new.voucher_tax_minor)) OR (old.expiry IS DISTINCT FROM new.expiry)) OR (old.units IS DISTINCT FROM new.units)) OR (old.in_money IS DISTINCT FROM new.in_money)) OR (old.fine_print IS DISTINCT FROM new.fine_print)) OR (old.location_ids IS DISTINCT FROM new.location_ids)) OR (old.redeem_from IS DISTINCT FROM new.redeem_from)) OR (old.issued_at IS DISTINCT FROM new.issued_at))) EXECUTE FUNCTION vouchers.guard_promise();

CREATE TRIGGER vouchers_transition BEFORE UPDATE ON vouchers.vouchers FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION vouchers.guard_transition();

ALTER TABLE ONLY bookings.bookings
    ADD CONSTRAINT bookings_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY bookings.bookings
    ADD CONSTRAINT bookings_slot_id_merchant_id_fkey FOREIGN KEY (slot_id, merchant_id) REFERENCES bookings.slots(id, merchant_id);

ALTER TABLE ONLY bookings.capacities
    ADD CONSTRAINT capacities_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id) ON DELETE CASCADE;

ALTER TABLE ONLY bookings.capacities
    ADD CONSTRAINT capacities_location_id_fkey FOREIGN KEY (location_id) REFERENCES catalog.locations(id);

ALTER TABLE ONLY bookings.days
    ADD CONSTRAINT days_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY bookings.days
    ADD CONSTRAINT days_location_id_fkey FOREIGN KEY (location_id) REFERENCES catalog.locations(id);

ALTER TABLE ONLY bookings.slots
    ADD CONSTRAINT slots_location_id_fkey FOREIGN KEY (location_id) REFERENCES catalog.locations(id);

ALTER TABLE ONLY bookings.slots
    ADD CONSTRAINT slots_option_id_fkey FOREIGN KEY (option_id) REFERENCES catalog.options(id);

ALTER TABLE ONLY capacity.guards
    ADD CONSTRAINT guards_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id) ON DELETE CASCADE;

ALTER TABLE ONLY capacity.guards
    ADD CONSTRAINT guards_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES catalog.merchants(id);

ALTER TABLE ONLY capacity.guards
    ADD CONSTRAINT guards_waived_by_fkey FOREIGN KEY (waived_by) REFERENCES identity.accounts(id);

ALTER TABLE ONLY capacity.served
    ADD CONSTRAINT served_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES capacity.guards(deal_id) ON DELETE CASCADE;

ALTER TABLE ONLY capacity.served
    ADD CONSTRAINT served_option_id_fkey FOREIGN KEY (option_id) REFERENCES catalog.options(id) ON DELETE CASCADE;

ALTER TABLE ONLY catalog.adoptions
    ADD CONSTRAINT adoptions_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY catalog.adoptions
    ADD CONSTRAINT adoptions_deal_id_terms_version_fkey FOREIGN KEY (deal_id, terms_version) REFERENCES catalog.deal_terms(deal_id, version);

ALTER TABLE ONLY catalog.categories
    ADD CONSTRAINT categories_parent_id_parent_depth_fkey FOREIGN KEY (parent_id, parent_depth) REFERENCES catalog.categories(id, depth);

ALTER TABLE ONLY catalog.deal_passages
    ADD CONSTRAINT deal_passages_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY catalog.deal_pictures
    ADD CONSTRAINT deal_pictures_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY catalog.deal_pictures
    ADD CONSTRAINT deal_pictures_digest_fkey FOREIGN KEY (digest) REFERENCES catalog.pictures(digest);

ALTER TABLE ONLY catalog.deal_points
    ADD CONSTRAINT deal_points_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY catalog.deal_points
    ADD CONSTRAINT deal_points_deal_id_merchant_id_currency_fkey FOREIGN KEY (deal_id, merchant_id, currency) REFERENCES catalog.deals(id, merchant_id, currency);

ALTER TABLE ONLY catalog.deal_points
    ADD CONSTRAINT deal_points_location_id_merchant_id_currency_fkey FOREIGN KEY (location_id, merchant_id, currency) REFERENCES catalog.locations(id, merchant_id, currency);

ALTER TABLE ONLY catalog.deal_points
    ADD CONSTRAINT deal_points_place_id_fkey FOREIGN KEY (place_id) REFERENCES catalog.places(id);

ALTER TABLE ONLY catalog.deal_terms
    ADD CONSTRAINT deal_terms_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY catalog.deals
    ADD CONSTRAINT deals_category_id_fkey FOREIGN KEY (category_id) REFERENCES catalog.categories(id);

ALTER TABLE ONLY catalog.deals
    ADD CONSTRAINT deals_division_id_fkey FOREIGN KEY (division_id) REFERENCES catalog.divisions(id);

ALTER TABLE ONLY catalog.deals
    ADD CONSTRAINT deals_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES catalog.merchants(id);

ALTER TABLE ONLY catalog.deals
    ADD CONSTRAINT deals_terms_fkey FOREIGN KEY (id, terms_version) REFERENCES catalog.deal_terms(deal_id, version) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY catalog.divisions
    ADD CONSTRAINT divisions_place_id_fkey FOREIGN KEY (place_id) REFERENCES catalog.places(id);

ALTER TABLE ONLY catalog.duplicates
    ADD CONSTRAINT duplicates_first_id_fkey FOREIGN KEY (first_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY catalog.duplicates
    ADD CONSTRAINT duplicates_second_id_fkey FOREIGN KEY (second_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY catalog.locations
    ADD CONSTRAINT locations_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES catalog.merchants(id);

ALTER TABLE ONLY catalog.locations
    ADD CONSTRAINT locations_place_id_fkey FOREIGN KEY (place_id) REFERENCES catalog.places(id);

ALTER TABLE ONLY catalog.option_prices
    ADD CONSTRAINT option_prices_option_id_fkey FOREIGN KEY (option_id) REFERENCES catalog.options(id);

ALTER TABLE ONLY catalog.options
    ADD CONSTRAINT options_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY feeds.changes
    ADD CONSTRAINT changes_run_id_fkey FOREIGN KEY (run_id) REFERENCES feeds.runs(id);

ALTER TABLE ONLY feeds.rejects
    ADD CONSTRAINT rejects_run_id_fkey FOREIGN KEY (run_id) REFERENCES feeds.runs(id);

ALTER TABLE ONLY feeds.runs
    ADD CONSTRAINT runs_replays_fkey FOREIGN KEY (replays) REFERENCES feeds.runs(id);

ALTER TABLE ONLY identity.accounts
    ADD CONSTRAINT accounts_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES identity.accounts(id);

ALTER TABLE ONLY identity.authenticators
    ADD CONSTRAINT authenticators_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY identity.grants
    ADD CONSTRAINT grants_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY identity.grants
    ADD CONSTRAINT grants_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES identity.accounts(id);

ALTER TABLE ONLY identity.grants
    ADD CONSTRAINT grants_role_reach_fkey FOREIGN KEY (role, reach) REFERENCES identity.roles(name, reach);

ALTER TABLE ONLY identity.key_permissions
    ADD CONSTRAINT key_permissions_key_id_fkey FOREIGN KEY (key_id) REFERENCES identity.keys(id) ON DELETE CASCADE;

ALTER TABLE ONLY identity.key_permissions
    ADD CONSTRAINT key_permissions_permission_fkey FOREIGN KEY (permission) REFERENCES identity.permissions(name);

ALTER TABLE ONLY identity.keys
    ADD CONSTRAINT keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY identity.logins
    ADD CONSTRAINT logins_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY identity.passkeys
    ADD CONSTRAINT passkeys_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY identity.passwords
    ADD CONSTRAINT passwords_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY identity.recovery_codes
    ADD CONSTRAINT recovery_codes_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY identity.role_permissions
    ADD CONSTRAINT role_permissions_permission_fkey FOREIGN KEY (permission) REFERENCES identity.permissions(name);

ALTER TABLE ONLY identity.role_permissions
    ADD CONSTRAINT role_permissions_role_fkey FOREIGN KEY (role) REFERENCES identity.roles(name);

ALTER TABLE ONLY identity.tickets
    ADD CONSTRAINT tickets_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY kit.deliveries
    ADD CONSTRAINT deliveries_fact_id_fkey FOREIGN KEY (fact_id) REFERENCES kit.facts(id) ON DELETE CASCADE;

ALTER TABLE ONLY kit.failures
    ADD CONSTRAINT failures_fact_id_subscriber_fkey FOREIGN KEY (fact_id, subscriber) REFERENCES kit.deliveries(fact_id, subscriber) ON DELETE CASCADE;

ALTER TABLE ONLY kit.failures
    ADD CONSTRAINT failures_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs.procrastinate_jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY ledger.claims
    ADD CONSTRAINT claims_entry_id_position_fkey FOREIGN KEY (entry_id, "position") REFERENCES ledger.lines(entry_id, "position");

ALTER TABLE ONLY ledger.entries
    ADD CONSTRAINT entries_reverses_fkey FOREIGN KEY (reverses) REFERENCES ledger.entries(key);

ALTER TABLE ONLY ledger.lines
    ADD CONSTRAINT lines_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES ledger.entries(id);

ALTER TABLE ONLY orders.gifts
    ADD CONSTRAINT gifts_line_id_fkey FOREIGN KEY (line_id) REFERENCES orders.lines(id);

ALTER TABLE ONLY orders.holds
    ADD CONSTRAINT holds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders.orders(id);

ALTER TABLE ONLY orders.lines
    ADD CONSTRAINT lines_deal_id_terms_version_fkey FOREIGN KEY (deal_id, terms_version) REFERENCES catalog.deal_terms(deal_id, version);

ALTER TABLE ONLY orders.lines
    ADD CONSTRAINT lines_option_id_fkey FOREIGN KEY (option_id) REFERENCES orders.stock(option_id);

ALTER TABLE ONLY orders.lines
    ADD CONSTRAINT lines_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders.orders(id);

ALTER TABLE ONLY orders.orders
    ADD CONSTRAINT orders_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY orders.passages
    ADD CONSTRAINT passages_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders.orders(id);

ALTER TABLE ONLY orders.stock
    ADD CONSTRAINT stock_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY orders.stock
    ADD CONSTRAINT stock_option_id_fkey FOREIGN KEY (option_id) REFERENCES catalog.options(id);

ALTER TABLE ONLY orders.taken
    ADD CONSTRAINT taken_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY orders.taken
    ADD CONSTRAINT taken_option_id_fkey FOREIGN KEY (option_id) REFERENCES orders.stock(option_id);

ALTER TABLE ONLY orders.tipping
    ADD CONSTRAINT tipping_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id);

ALTER TABLE ONLY payments.accounts
    ADD CONSTRAINT accounts_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES catalog.merchants(id);

ALTER TABLE ONLY payments.differences
    ADD CONSTRAINT differences_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments.payments(id);

ALTER TABLE ONLY payments.disputes
    ADD CONSTRAINT disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments.payments(id);

ALTER TABLE ONLY payments.events
    ADD CONSTRAINT events_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments.payments(id);

ALTER TABLE ONLY payments.records
    ADD CONSTRAINT records_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments.payments(id);

ALTER TABLE ONLY payments.refunds
    ADD CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments.payments(id);

ALTER TABLE ONLY promotions.credit_uses
    ADD CONSTRAINT credit_uses_credit_id_fkey FOREIGN KEY (credit_id) REFERENCES promotions.credits(id);

ALTER TABLE ONLY promotions.credits
    ADD CONSTRAINT credits_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY promotions.persons
    ADD CONSTRAINT persons_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY promotions.persons
    ADD CONSTRAINT persons_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions.promotions(id);

ALTER TABLE ONLY promotions.uses
    ADD CONSTRAINT uses_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY promotions.uses
    ADD CONSTRAINT uses_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions.promotions(id);

ALTER TABLE ONLY sandbox.disputes
    ADD CONSTRAINT disputes_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES sandbox.payments(id);

ALTER TABLE ONLY sandbox.records
    ADD CONSTRAINT records_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES sandbox.payments(id);

ALTER TABLE ONLY sandbox.refunds
    ADD CONSTRAINT refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES sandbox.payments(id);

ALTER TABLE ONLY sandbox.transfers
    ADD CONSTRAINT transfers_account_id_fkey FOREIGN KEY (account_id) REFERENCES sandbox.accounts(id);

ALTER TABLE ONLY search.matches
    ADD CONSTRAINT matches_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES catalog.deals(id) ON DELETE CASCADE;

ALTER TABLE ONLY search.matches
    ADD CONSTRAINT matches_search_id_fkey FOREIGN KEY (search_id) REFERENCES search.saved_searches(id) ON DELETE CASCADE;

ALTER TABLE ONLY settlement.payee_changes
    ADD CONSTRAINT payee_changes_merchant_id_currency_fkey FOREIGN KEY (merchant_id, currency) REFERENCES settlement.payees(merchant_id, currency);

ALTER TABLE ONLY settlement.payees
    ADD CONSTRAINT payees_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES catalog.merchants(id);

ALTER TABLE ONLY settlement.payouts
    ADD CONSTRAINT payouts_statement_id_merchant_id_currency_fkey FOREIGN KEY (statement_id, merchant_id, currency) REFERENCES settlement.statements(id, merchant_id, currency);

ALTER TABLE ONLY settlement.reserves
    ADD CONSTRAINT reserves_merchant_id_currency_fkey FOREIGN KEY (merchant_id, currency) REFERENCES settlement.payees(merchant_id, currency);

ALTER TABLE ONLY settlement.statement_lines
    ADD CONSTRAINT statement_lines_entry_id_position_fkey FOREIGN KEY (entry_id, "position") REFERENCES ledger.lines(entry_id, "position");

ALTER TABLE ONLY settlement.statement_lines
    ADD CONSTRAINT statement_lines_statement_id_fkey FOREIGN KEY (statement_id) REFERENCES settlement.statements(id);

ALTER TABLE ONLY settlement.statements
    ADD CONSTRAINT statements_merchant_id_currency_fkey FOREIGN KEY (merchant_id, currency) REFERENCES settlement.payees(merchant_id, currency);

ALTER TABLE ONLY vouchers.claims
    ADD CONSTRAINT claims_device_id_fkey FOREIGN KEY (device_id) REFERENCES vouchers.devices(id);

ALTER TABLE ONLY vouchers.claims
    ADD CONSTRAINT claims_redemption_id_fkey FOREIGN KEY (redemption_id) REFERENCES vouchers.redemptions(id);

ALTER TABLE ONLY vouchers.claims
    ADD CONSTRAINT claims_voucher_id_fkey FOREIGN KEY (voucher_id) REFERENCES vouchers.vouchers(id);

ALTER TABLE ONLY vouchers.devices
    ADD CONSTRAINT devices_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES catalog.merchants(id);

ALTER TABLE ONLY vouchers.devices
    ADD CONSTRAINT devices_registered_by_fkey FOREIGN KEY (registered_by) REFERENCES identity.accounts(id);

ALTER TABLE ONLY vouchers.devices
    ADD CONSTRAINT devices_revoked_by_fkey FOREIGN KEY (revoked_by) REFERENCES identity.accounts(id);

ALTER TABLE ONLY vouchers.gifts
    ADD CONSTRAINT gifts_claimed_by_fkey FOREIGN KEY (claimed_by) REFERENCES identity.accounts(id);

ALTER TABLE ONLY vouchers.gifts
    ADD CONSTRAINT gifts_giver_account_id_fkey FOREIGN KEY (giver_account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY vouchers.gifts
    ADD CONSTRAINT gifts_voucher_id_fkey FOREIGN KEY (voucher_id) REFERENCES vouchers.vouchers(id);

ALTER TABLE ONLY vouchers.passages
    ADD CONSTRAINT passages_voucher_id_fkey FOREIGN KEY (voucher_id) REFERENCES vouchers.vouchers(id);

ALTER TABLE ONLY vouchers.redemptions
    ADD CONSTRAINT redemptions_account_id_fkey FOREIGN KEY (account_id) REFERENCES identity.accounts(id);

ALTER TABLE ONLY vouchers.redemptions
    ADD CONSTRAINT redemptions_device_id_fkey FOREIGN KEY (device_id) REFERENCES vouchers.devices(id);

ALTER TABLE ONLY vouchers.redemptions
    ADD CONSTRAINT redemptions_voucher_id_fkey FOREIGN KEY (voucher_id) REFERENCES vouchers.vouchers(id);

ALTER TABLE ONLY vouchers.vouchers
    ADD CONSTRAINT vouchers_deal_id_terms_version_fkey FOREIGN KEY (deal_id, terms_version) REFERENCES catalog.deal_terms(deal_id, version);

ALTER TABLE ONLY vouchers.vouchers
    ADD CONSTRAINT vouchers_owner_account_id_fkey FOREIGN KEY (owner_account_id) REFERENCES identity.accounts(id);

ALTER TABLE bookings.bookings ENABLE ROW LEVEL SECURITY;

ALTER TABLE bookings.capacities ENABLE ROW LEVEL SECURITY;

ALTER TABLE bookings.days ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone_reads ON bookings.slots FOR SELECT TO highstreet_app USING (true);

CREATE POLICY owner_reads ON bookings.bookings FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'shopper'::text) AND (account_id = kit.actor_id())));

ALTER TABLE bookings.slots ENABLE ROW LEVEL SECURITY;

CREATE POLICY staff_adds ON bookings.slots FOR INSERT TO highstreet_app WITH CHECK (identity.may('deals.edit'::text, merchant_id));

CREATE POLICY staff_changes ON bookings.slots FOR UPDATE TO highstreet_app USING (identity.may('deals.edit'::text, merchant_id)) WITH CHECK (identity.may('deals.edit'::text, merchant_id));

CREATE POLICY staff_reads ON bookings.bookings FOR SELECT TO highstreet_app USING (((kit.actor_kind() <> 'shopper'::text) AND (identity.may('vouchers.redeem'::text, merchant_id) OR identity.may('deals.edit'::text, merchant_id))));

CREATE POLICY staff_reads ON bookings.capacities FOR SELECT TO highstreet_app USING (((kit.actor_kind() <> 'shopper'::text) AND identity.may('deals.edit'::text, merchant_id)));

CREATE POLICY staff_reads ON bookings.days FOR SELECT TO highstreet_app USING (((kit.actor_kind() <> 'shopper'::text) AND identity.may('deals.edit'::text, merchant_id)));

CREATE POLICY system_works ON bookings.bookings TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON bookings.capacities TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON bookings.days TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON bookings.slots TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE capacity.allowed_transitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE capacity.guards ENABLE ROW LEVEL SECURITY;

ALTER TABLE capacity.served ENABLE ROW LEVEL SECURITY;

CREATE POLICY staff_reads ON capacity.guards FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'staff'::text) AND identity.may('deals.edit'::text, merchant_id)));

CREATE POLICY staff_reads ON capacity.served FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM capacity.guards
  WHERE (guards.deal_id = served.deal_id))));

CREATE POLICY system_reads ON capacity.allowed_transitions FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_works ON capacity.guards TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON capacity.served TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE catalog.adoptions ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.allowed_transitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.categories ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.deal_passages ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.deal_pictures ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.deal_points ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.deal_terms ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.deals ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.departed_deals ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.divisions ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.duplicate_searches ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.duplicates ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone_reads ON catalog.allowed_transitions FOR SELECT TO highstreet_app USING (true);

CREATE POLICY everyone_reads ON catalog.categories FOR SELECT TO highstreet_app USING (true);

CREATE POLICY everyone_reads ON catalog.divisions FOR SELECT TO highstreet_app USING (true);

CREATE POLICY everyone_reads ON catalog.place_names FOR SELECT TO highstreet_app USING (true);

CREATE POLICY everyone_reads ON catalog.places FOR SELECT TO highstreet_app USING (true);

ALTER TABLE catalog.locations ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.merchants ENABLE ROW LEVEL SECURITY;

CREATE POLICY operator_works ON catalog.adoptions TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.categories TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.deal_passages TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.deal_pictures TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.deal_points TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.deal_terms TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.deals TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.divisions TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.duplicates TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.locations TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.merchants TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.option_prices TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.options TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_works ON catalog.pictures TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

ALTER TABLE catalog.option_prices ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.options ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.pictures ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.place_loads ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.place_names ENABLE ROW LEVEL SECURITY;

ALTER TABLE catalog.places ENABLE ROW LEVEL SECURITY;

CREATE POLICY public_reads ON catalog.deal_pictures FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM catalog.deals
  WHERE (deals.id = deal_pictures.deal_id))));

CREATE POLICY public_reads ON catalog.deal_points FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM catalog.deals
  WHERE (deals.id = deal_points.deal_id))));

CREATE POLICY public_reads ON catalog.deals FOR SELECT TO highstreet_app USING ((state = ANY (ARRAY['live'::text, 'sold_out'::text, 'ended'::text])));

CREATE POLICY public_reads ON catalog.duplicates FOR SELECT TO highstreet_app USING ((state = 'merged'::text));

CREATE POLICY public_reads ON catalog.locations FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM catalog.deal_points
  WHERE (deal_points.location_id = locations.id))));

CREATE POLICY public_reads ON catalog.merchants FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM catalog.deals
  WHERE ((deals.merchant_id = merchants.id) AND (deals.state = ANY (ARRAY['live'::text, 'sold_out'::text, 'ended'::text]))))));

CREATE POLICY public_reads ON catalog.option_prices FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM catalog.deals
  WHERE (deals.id = option_prices.deal_id))));

CREATE POLICY public_reads ON catalog.options FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM catalog.deals
  WHERE (deals.id = options.deal_id))));

CREATE POLICY public_reads ON catalog.pictures FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM catalog.deal_pictures
  WHERE (deal_pictures.digest = pictures.digest))));

CREATE POLICY system_reads ON catalog.allowed_transitions FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_works ON catalog.adoptions TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.categories TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.deal_passages TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.deal_pictures TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.deal_points TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.deal_terms TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.deals TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.departed_deals TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.divisions TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.duplicate_searches TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.duplicates TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.locations TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.merchants TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.option_prices TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.options TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.pictures TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.place_loads TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.place_names TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON catalog.places TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE feeds.changes ENABLE ROW LEVEL SECURITY;

CREATE POLICY operator_reads ON feeds.changes FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_reads ON feeds.rejects FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_reads ON feeds.runs FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

CREATE POLICY operator_reads ON feeds.schedules FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('deals.edit'::text) AS may)));

ALTER TABLE feeds.rejects ENABLE ROW LEVEL SECURITY;

ALTER TABLE feeds.runs ENABLE ROW LEVEL SECURITY;

ALTER TABLE feeds.schedules ENABLE ROW LEVEL SECURITY;

CREATE POLICY system_works ON feeds.changes TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON feeds.rejects TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON feeds.runs TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON feeds.schedules TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE identity.accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.allowed_transitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.authenticators ENABLE ROW LEVEL SECURITY;

CREATE POLICY decision_reads ON identity.accounts FOR SELECT TO highstreet_owner USING (true);

CREATE POLICY decision_reads ON identity.grants FOR SELECT TO highstreet_owner USING (true);

CREATE POLICY decision_reads ON identity.role_permissions FOR SELECT TO highstreet_owner USING (true);

CREATE POLICY everyone_reads ON identity.allowed_transitions FOR SELECT TO highstreet_app USING (true);

CREATE POLICY everyone_reads ON identity.permissions FOR SELECT TO highstreet_app USING (true);

CREATE POLICY everyone_reads ON identity.role_permissions FOR SELECT TO highstreet_app USING (true);

CREATE POLICY everyone_reads ON identity.roles FOR SELECT TO highstreet_app USING (true);

ALTER TABLE identity.grants ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.key_permissions ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.logins ENABLE ROW LEVEL SECURITY;

CREATE POLICY operator_reads ON identity.accounts FOR SELECT TO highstreet_app USING (identity.may('accounts.manage'::text));

CREATE POLICY own_reads ON identity.accounts FOR SELECT TO highstreet_app USING ((id = kit.actor_id()));

CREATE POLICY own_reads ON identity.grants FOR SELECT TO highstreet_app USING ((account_id = kit.actor_id()));

CREATE POLICY own_works ON identity.accounts FOR UPDATE TO highstreet_app USING ((id = kit.actor_id())) WITH CHECK ((id = kit.actor_id()));

ALTER TABLE identity.passkeys ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.passwords ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.permissions ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.recovery_codes ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.role_permissions ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.roles ENABLE ROW LEVEL SECURITY;

CREATE POLICY staff_reads ON identity.accounts FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM identity.grants
  WHERE ((grants.account_id = accounts.id) AND identity.may('staff.manage'::text, grants.scope)))));

CREATE POLICY staff_works ON identity.grants TO highstreet_app USING (identity.may('staff.manage'::text, scope)) WITH CHECK (identity.may('staff.manage'::text, scope));

CREATE POLICY system_reads ON identity.allowed_transitions FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_reads ON identity.permissions FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_reads ON identity.role_permissions FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_reads ON identity.roles FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_works ON identity.accounts TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON identity.authenticators TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON identity.grants TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON identity.key_permissions TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON identity.keys TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON identity.logins TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON identity.passkeys TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON identity.passwords TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON identity.recovery_codes TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON identity.throttles TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON identity.tickets TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE identity.throttles ENABLE ROW LEVEL SECURITY;

ALTER TABLE identity.tickets ENABLE ROW LEVEL SECURITY;

ALTER TABLE kit.alembic_version ENABLE ROW LEVEL SECURITY;

ALTER TABLE kit.deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE kit.facts ENABLE ROW LEVEL SECURITY;

ALTER TABLE kit.failures ENABLE ROW LEVEL SECURITY;

ALTER TABLE kit.kept_answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE kit.mails ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_answers ON kit.kept_answers TO highstreet_app USING ((principal = concat_ws(':'::text, kit.actor_kind(), (kit.actor_id())::text))) WITH CHECK ((principal = concat_ws(':'::text, kit.actor_kind(), (kit.actor_id())::text)));

CREATE POLICY queue ON kit.mails FOR INSERT TO highstreet_app WITH CHECK ((state = 'queued'::text));

CREATE POLICY readiness ON kit.alembic_version FOR SELECT TO highstreet_app, highstreet_system USING (true);

CREATE POLICY record ON kit.facts FOR INSERT TO highstreet_app WITH CHECK ((NOT routed));

CREATE POLICY relay ON kit.deliveries TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY relay ON kit.facts TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY relay ON kit.failures TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY relay ON kit.subscriptions TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE kit.subscriptions ENABLE ROW LEVEL SECURITY;

CREATE POLICY system_works ON kit.kept_answers TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON kit.mails TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE ledger.account_codes ENABLE ROW LEVEL SECURITY;

CREATE POLICY bookkeeper_reads ON ledger.lines FOR SELECT TO highstreet_app USING (( SELECT identity.may('ledger.read'::text) AS may));

CREATE POLICY bookkeeper_reads ON ledger.policies FOR SELECT TO highstreet_app USING (( SELECT identity.may('ledger.read'::text) AS may));

ALTER TABLE ledger.claims ENABLE ROW LEVEL SECURITY;

CREATE POLICY customer_reads ON ledger.lines FOR SELECT TO highstreet_app USING (((account_code = 'customer_credit'::text) AND (kit.actor_kind() = 'shopper'::text) AND (party_id = kit.actor_id())));

ALTER TABLE ledger.entries ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone_reads ON ledger.account_codes FOR SELECT TO highstreet_app, highstreet_system USING (true);

ALTER TABLE ledger.lines ENABLE ROW LEVEL SECURITY;

CREATE POLICY merchant_reads ON ledger.lines FOR SELECT TO highstreet_app USING (((account_code = ANY (ARRAY['merchant_payable'::text, 'merchant_reserve'::text, 'merchant_receivable'::text])) AND identity.may('statements.read'::text, party_id)));

CREATE POLICY operator_adds ON ledger.policies FOR INSERT TO highstreet_app WITH CHECK (( SELECT identity.may('settings.edit'::text) AS may));

CREATE POLICY operator_reads ON ledger.policies FOR SELECT TO highstreet_app USING (( SELECT identity.may('settings.edit'::text) AS may));

ALTER TABLE ledger.policies ENABLE ROW LEVEL SECURITY;

CREATE POLICY reader_of_a_line_reads ON ledger.entries FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM ledger.lines
  WHERE (lines.entry_id = entries.id))));

CREATE POLICY system_posts ON ledger.entries FOR INSERT TO highstreet_system WITH CHECK (true);

CREATE POLICY system_posts ON ledger.lines FOR INSERT TO highstreet_system WITH CHECK (true);

CREATE POLICY system_reads ON ledger.entries FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_reads ON ledger.lines FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_works ON ledger.claims TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON ledger.policies TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE orders.allowed_transitions ENABLE ROW LEVEL SECURITY;

CREATE POLICY buyer_reads ON orders.orders FOR SELECT TO highstreet_app USING (((kit.actor_kind() = ANY (ARRAY['shopper'::text, 'partner'::text])) AND (account_id = kit.actor_id())));

CREATE POLICY buyer_reads ON orders.taken FOR SELECT TO highstreet_app USING (((kit.actor_kind() = ANY (ARRAY['shopper'::text, 'partner'::text])) AND (account_id = kit.actor_id())));

CREATE POLICY editor_works ON orders.tipping TO highstreet_app USING (identity.may('deals.edit'::text, merchant_id)) WITH CHECK (identity.may('deals.edit'::text, merchant_id));

CREATE POLICY everyone_reads ON orders.allowed_transitions FOR SELECT TO highstreet_app USING (true);

CREATE POLICY everyone_reads ON orders.stock FOR SELECT TO highstreet_app USING (true);

CREATE POLICY everyone_reads ON orders.tipping FOR SELECT TO highstreet_app USING (true);

ALTER TABLE orders.gifts ENABLE ROW LEVEL SECURITY;

ALTER TABLE orders.holds ENABLE ROW LEVEL SECURITY;

ALTER TABLE orders.lines ENABLE ROW LEVEL SECURITY;

CREATE POLICY operator_reads ON orders.orders FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('orders.read'::text) AS may)));

ALTER TABLE orders.orders ENABLE ROW LEVEL SECURITY;

ALTER TABLE orders.passages ENABLE ROW LEVEL SECURITY;

CREATE POLICY staff_reads ON orders.lines FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'staff'::text) AND identity.may('orders.read'::text, merchant_id)));

ALTER TABLE orders.stock ENABLE ROW LEVEL SECURITY;

CREATE POLICY system_reads ON orders.allowed_transitions FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_works ON orders.gifts TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON orders.holds TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON orders.lines TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON orders.orders TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON orders.passages TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON orders.stock TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON orders.taken TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON orders.tipping TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE orders.taken ENABLE ROW LEVEL SECURITY;

ALTER TABLE orders.tipping ENABLE ROW LEVEL SECURITY;

CREATE POLICY with_order ON orders.gifts FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM (orders.lines
     JOIN orders.orders ON ((lines.order_id = orders.id)))
  WHERE (lines.id = gifts.line_id))));

CREATE POLICY with_order ON orders.holds FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM orders.orders
  WHERE (orders.id = holds.order_id))));

CREATE POLICY with_order ON orders.lines FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM orders.orders
  WHERE (orders.id = lines.order_id))));

CREATE POLICY with_order ON orders.passages FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM orders.orders
  WHERE (orders.id = passages.order_id))));

ALTER TABLE payments.accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE payments.allowed_transitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE payments.differences ENABLE ROW LEVEL SECURITY;

ALTER TABLE payments.disputes ENABLE ROW LEVEL SECURITY;

ALTER TABLE payments.events ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone_reads ON payments.allowed_transitions FOR SELECT TO highstreet_app USING (true);

CREATE POLICY operator_reads ON payments.differences FOR SELECT TO highstreet_app USING (identity.may('ledger.read'::text));

CREATE POLICY operator_reads ON payments.disputes FOR SELECT TO highstreet_app USING (identity.may('orders.read'::text));

CREATE POLICY operator_reads ON payments.events FOR SELECT TO highstreet_app USING (identity.may('orders.read'::text));

CREATE POLICY operator_reads ON payments.payments FOR SELECT TO highstreet_app USING (identity.may('orders.read'::text));

CREATE POLICY operator_reads ON payments.reconciliations FOR SELECT TO highstreet_app USING (identity.may('ledger.read'::text));

CREATE POLICY operator_reads ON payments.records FOR SELECT TO highstreet_app USING (identity.may('ledger.read'::text));

CREATE POLICY operator_reads ON payments.refunds FOR SELECT TO highstreet_app USING (identity.may('orders.read'::text));

CREATE POLICY own_reads ON payments.payments FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'shopper'::text) AND (account_id = kit.actor_id())));

CREATE POLICY own_reads ON payments.refunds FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM payments.payments
  WHERE ((payments.id = refunds.payment_id) AND (kit.actor_kind() = 'shopper'::text) AND (payments.account_id = kit.actor_id())))));

ALTER TABLE payments.payments ENABLE ROW LEVEL SECURITY;

ALTER TABLE payments.reconciliations ENABLE ROW LEVEL SECURITY;

ALTER TABLE payments.records ENABLE ROW LEVEL SECURITY;

ALTER TABLE payments.refunds ENABLE ROW LEVEL SECURITY;

CREATE POLICY staff_reads ON payments.accounts FOR SELECT TO highstreet_app USING (identity.may('payouts.edit'::text, merchant_id));

CREATE POLICY system_reads ON payments.allowed_transitions FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_works ON payments.accounts TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON payments.differences TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON payments.disputes TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON payments.events TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON payments.payments TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON payments.reconciliations TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON payments.records TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON payments.refunds TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE promotions.credit_uses ENABLE ROW LEVEL SECURITY;

ALTER TABLE promotions.credits ENABLE ROW LEVEL SECURITY;

CREATE POLICY editor_reads ON promotions.uses FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('promotions.edit'::text) AS may)));

CREATE POLICY editor_works ON promotions.promotions TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('promotions.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('promotions.edit'::text) AS may)));

CREATE POLICY own_reads ON promotions.credits FOR SELECT TO highstreet_app USING (((kit.actor_kind() = ANY (ARRAY['shopper'::text, 'partner'::text])) AND (account_id = kit.actor_id())));

ALTER TABLE promotions.persons ENABLE ROW LEVEL SECURITY;

ALTER TABLE promotions.promotions ENABLE ROW LEVEL SECURITY;

CREATE POLICY system_works ON promotions.credit_uses TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON promotions.credits TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON promotions.persons TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON promotions.promotions TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON promotions.uses TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE promotions.uses ENABLE ROW LEVEL SECURITY;

ALTER TABLE sandbox.accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE sandbox.disputes ENABLE ROW LEVEL SECURITY;

ALTER TABLE sandbox.orders ENABLE ROW LEVEL SECURITY;

ALTER TABLE sandbox.payments ENABLE ROW LEVEL SECURITY;

ALTER TABLE sandbox.records ENABLE ROW LEVEL SECURITY;

ALTER TABLE sandbox.refunds ENABLE ROW LEVEL SECURITY;

CREATE POLICY system_works ON sandbox.accounts TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON sandbox.disputes TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON sandbox.orders TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON sandbox.payments TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON sandbox.records TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON sandbox.refunds TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON sandbox.transfers TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON sandbox.webhooks TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE sandbox.transfers ENABLE ROW LEVEL SECURITY;

ALTER TABLE sandbox.webhooks ENABLE ROW LEVEL SECURITY;

ALTER TABLE search.matched ENABLE ROW LEVEL SECURITY;

ALTER TABLE search.matches ENABLE ROW LEVEL SECURITY;

CREATE POLICY operator_reads ON search.matches FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('settings.edit'::text) AS may)));

CREATE POLICY operator_works ON search.saved_searches TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('settings.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('settings.edit'::text) AS may)));

CREATE POLICY operator_works ON search.synonyms TO highstreet_app USING (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('settings.edit'::text) AS may))) WITH CHECK (((kit.actor_kind() = 'operator'::text) AND ( SELECT identity.may('settings.edit'::text) AS may)));

ALTER TABLE search.saved_searches ENABLE ROW LEVEL SECURITY;

ALTER TABLE search.snapshots ENABLE ROW LEVEL SECURITY;

ALTER TABLE search.synonyms ENABLE ROW LEVEL SECURITY;

CREATE POLICY system_reads ON search.synonyms FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_works ON search.matched TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON search.matches TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON search.saved_searches TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON search.snapshots TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE settlement.allowed_transitions ENABLE ROW LEVEL SECURITY;

CREATE POLICY editor_adds ON settlement.payee_changes FOR INSERT TO highstreet_app WITH CHECK (identity.may('payouts.edit'::text, merchant_id));

CREATE POLICY editor_adds ON settlement.payees FOR INSERT TO highstreet_app WITH CHECK (identity.may('payouts.edit'::text, merchant_id));

CREATE POLICY editor_changes ON settlement.payees FOR UPDATE TO highstreet_app USING (identity.may('payouts.edit'::text, merchant_id)) WITH CHECK (identity.may('payouts.edit'::text, merchant_id));

CREATE POLICY editor_reads ON settlement.payees FOR SELECT TO highstreet_app USING (identity.may('payouts.edit'::text, merchant_id));

CREATE POLICY everyone_reads ON settlement.allowed_transitions FOR SELECT TO highstreet_app, highstreet_system USING (true);

ALTER TABLE settlement.payee_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE settlement.payees ENABLE ROW LEVEL SECURITY;

ALTER TABLE settlement.payouts ENABLE ROW LEVEL SECURITY;

CREATE POLICY reader_reads ON settlement.payee_changes FOR SELECT TO highstreet_app USING (identity.may('payouts.edit'::text, merchant_id));

CREATE POLICY reader_reads ON settlement.payees FOR SELECT TO highstreet_app USING (identity.may('statements.read'::text, merchant_id));

CREATE POLICY reader_reads ON settlement.payouts FOR SELECT TO highstreet_app USING (identity.may('statements.read'::text, merchant_id));

CREATE POLICY reader_reads ON settlement.reserves FOR SELECT TO highstreet_app USING (identity.may('statements.read'::text, merchant_id));

CREATE POLICY reader_reads ON settlement.statement_lines FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM settlement.statements
  WHERE (statements.id = statement_lines.statement_id))));

CREATE POLICY reader_reads ON settlement.statements FOR SELECT TO highstreet_app USING (identity.may('statements.read'::text, merchant_id));

ALTER TABLE settlement.reserves ENABLE ROW LEVEL SECURITY;

ALTER TABLE settlement.statement_lines ENABLE ROW LEVEL SECURITY;

ALTER TABLE settlement.statements ENABLE ROW LEVEL SECURITY;

CREATE POLICY system_works ON settlement.payee_changes TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON settlement.payees TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON settlement.payouts TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON settlement.reserves TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON settlement.statement_lines TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON settlement.statements TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE vouchers.allowed_transitions ENABLE ROW LEVEL SECURITY;

ALTER TABLE vouchers.claims ENABLE ROW LEVEL SECURITY;

ALTER TABLE vouchers.devices ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone_reads ON vouchers.allowed_transitions FOR SELECT TO highstreet_app USING (true);

ALTER TABLE vouchers.gifts ENABLE ROW LEVEL SECURITY;

CREATE POLICY giver_reads ON vouchers.gifts FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'shopper'::text) AND (giver_account_id = kit.actor_id())));

ALTER TABLE vouchers.guesses ENABLE ROW LEVEL SECURITY;

CREATE POLICY owner_reads ON vouchers.redemptions FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'shopper'::text) AND (EXISTS ( SELECT
   FROM vouchers.vouchers
  WHERE (vouchers.id = redemptions.voucher_id)))));

CREATE POLICY owner_reads ON vouchers.vouchers FOR SELECT TO highstreet_app USING (((kit.actor_kind() = 'shopper'::text) AND (owner_account_id = kit.actor_id())));

ALTER TABLE vouchers.passages ENABLE ROW LEVEL SECURITY;

CREATE POLICY reader_reads ON vouchers.passages FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM vouchers.vouchers
  WHERE (vouchers.id = passages.voucher_id))));

ALTER TABLE vouchers.redemptions ENABLE ROW LEVEL SECURITY;

CREATE POLICY staff_reads ON vouchers.claims FOR SELECT TO highstreet_app USING ((EXISTS ( SELECT
   FROM vouchers.devices
  WHERE (devices.id = claims.device_id))));

CREATE POLICY staff_reads ON vouchers.redemptions FOR SELECT TO highstreet_app USING (((kit.actor_kind() <> 'shopper'::text) AND (identity.may('vouchers.redeem'::text, merchant_id) OR identity.may('vouchers.read'::text, merchant_id))));

CREATE POLICY staff_reads ON vouchers.vouchers FOR SELECT TO highstreet_app USING (((kit.actor_kind() <> 'shopper'::text) AND identity.may('vouchers.read'::text, merchant_id)));

CREATE POLICY staff_works ON vouchers.devices TO highstreet_app USING (identity.may('vouchers.redeem'::text, merchant_id)) WITH CHECK (identity.may('vouchers.redeem'::text, merchant_id));

CREATE POLICY system_reads ON vouchers.allowed_transitions FOR SELECT TO highstreet_system USING (true);

CREATE POLICY system_works ON vouchers.claims TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON vouchers.devices TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON vouchers.gifts TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON vouchers.guesses TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON vouchers.passages TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON vouchers.redemptions TO highstreet_system USING (true) WITH CHECK (true);

CREATE POLICY system_works ON vouchers.vouchers TO highstreet_system USING (true) WITH CHECK (true);

ALTER TABLE vouchers.vouchers ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA bookings TO highstreet_app;
GRANT USAGE ON SCHEMA bookings TO highstreet_system;

GRANT USAGE ON SCHEMA capacity TO highstreet_app;
GRANT USAGE ON SCHEMA capacity TO highstreet_system;

GRANT USAGE ON SCHEMA catalog TO highstreet_app;
GRANT USAGE ON SCHEMA catalog TO highstreet_system;

GRANT USAGE ON SCHEMA feeds TO highstreet_app;
GRANT USAGE ON SCHEMA feeds TO highstreet_system;

GRANT USAGE ON SCHEMA identity TO highstreet_app;
GRANT USAGE ON SCHEMA identity TO highstreet_system;

GRANT USAGE ON SCHEMA kit TO highstreet_app;
GRANT USAGE ON SCHEMA kit TO highstreet_system;

GRANT USAGE ON SCHEMA ledger TO highstreet_app;
GRANT USAGE ON SCHEMA ledger TO highstreet_system;

GRANT USAGE ON SCHEMA orders TO highstreet_app;
GRANT USAGE ON SCHEMA orders TO highstreet_system;

GRANT USAGE ON SCHEMA payments TO highstreet_app;
GRANT USAGE ON SCHEMA payments TO highstreet_system;

GRANT USAGE ON SCHEMA promotions TO highstreet_app;
GRANT USAGE ON SCHEMA promotions TO highstreet_system;

GRANT USAGE ON SCHEMA sandbox TO highstreet_system;

GRANT USAGE ON SCHEMA search TO highstreet_app;
GRANT USAGE ON SCHEMA search TO highstreet_system;

GRANT USAGE ON SCHEMA settlement TO highstreet_app;
GRANT USAGE ON SCHEMA settlement TO highstreet_system;

GRANT USAGE ON SCHEMA vouchers TO highstreet_app;
GRANT USAGE ON SCHEMA vouchers TO highstreet_system;

REVOKE ALL ON FUNCTION bookings.guard_day() FROM PUBLIC;

REVOKE ALL ON FUNCTION bookings.guard_seats() FROM PUBLIC;

REVOKE ALL ON FUNCTION capacity.guard_transition() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.guard_adoption() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.guard_completeness() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.guard_departure() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.guard_history() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.guard_merge() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.guard_merged_pair() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.guard_sources() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.guard_transition() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.guard_withdrawal() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.keep_births() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.keep_departed() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.keep_first_prices() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.keep_passage() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.keep_price() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.mark_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.mark_deal_of_picture() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.mark_deals_of_categories() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.mark_deals_of_divisions() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.mark_deals_of_locations() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.mark_deals_of_merchants() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.mark_deals_of_picture() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.mark_deals_of_places() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.mark_deals_of_rows() FROM PUBLIC;

REVOKE ALL ON FUNCTION catalog.refuse_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.guard_transition() FROM PUBLIC;

REVOKE ALL ON FUNCTION identity.may(permission text, scope uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION identity.may(permission text, scope uuid) TO highstreet_app;
GRANT ALL ON FUNCTION identity.may(permission text, scope uuid) TO highstreet_system;

REVOKE ALL ON FUNCTION kit.actor_id() FROM PUBLIC;
GRANT ALL ON FUNCTION kit.actor_id() TO highstreet_app;
GRANT ALL ON FUNCTION kit.actor_id() TO highstreet_system;

REVOKE ALL ON FUNCTION kit.actor_kind() FROM PUBLIC;
GRANT ALL ON FUNCTION kit.actor_kind() TO highstreet_app;
GRANT ALL ON FUNCTION kit.actor_kind() TO highstreet_system;

REVOKE ALL ON FUNCTION ledger.refuse_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_more_lines() FROM PUBLIC;

REVOKE ALL ON FUNCTION ledger.refuse_unbalanced() FROM PUBLIC;

REVOKE ALL ON FUNCTION orders.guard_hold() FROM PUBLIC;

REVOKE ALL ON FUNCTION orders.guard_order() FROM PUBLIC;

REVOKE ALL ON FUNCTION orders.guard_stock() FROM PUBLIC;

REVOKE ALL ON FUNCTION orders.guard_tipping() FROM PUBLIC;

REVOKE ALL ON FUNCTION orders.keep_passage() FROM PUBLIC;

REVOKE ALL ON FUNCTION orders.refuse_change() FROM PUBLIC;

REVOKE ALL ON FUNCTION payments.guard_payment() FROM PUBLIC;

REVOKE ALL ON FUNCTION promotions.guard_use() FROM PUBLIC;

REVOKE ALL ON FUNCTION search.mark_saved_search() FROM PUBLIC;

REVOKE ALL ON FUNCTION settlement.guard_payee() FROM PUBLIC;

REVOKE ALL ON FUNCTION settlement.guard_statement() FROM PUBLIC;

REVOKE ALL ON FUNCTION settlement.guard_transition() FROM PUBLIC;

REVOKE ALL ON FUNCTION vouchers.guard_promise() FROM PUBLIC;

REVOKE ALL ON FUNCTION vouchers.guard_redemption() FROM PUBLIC;

REVOKE ALL ON FUNCTION vouchers.guard_transition() FROM PUBLIC;

REVOKE ALL ON FUNCTION vouchers.keep_births() FROM PUBLIC;

REVOKE ALL ON FUNCTION vouchers.keep_passages() FROM PUBLIC;

REVOKE ALL ON FUNCTION vouchers.refuse_change() FROM PUBLIC;

GRANT SELECT ON TABLE bookings.bookings TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE bookings.bookings TO highstreet_system;

GRANT SELECT ON TABLE bookings.capacities TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE bookings.capacities TO highstreet_system;

GRANT SELECT ON TABLE bookings.days TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE bookings.days TO highstreet_system;

GRANT SELECT,INSERT ON TABLE bookings.slots TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE bookings.slots TO highstreet_system;

GRANT UPDATE(withdrawn_at) ON TABLE bookings.slots TO highstreet_app;

GRANT SELECT ON TABLE capacity.allowed_transitions TO highstreet_system;

GRANT SELECT ON TABLE capacity.guards TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE capacity.guards TO highstreet_system;

GRANT SELECT ON TABLE capacity.served TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE capacity.served TO highstreet_system;

GRANT SELECT,INSERT ON TABLE catalog.adoptions TO highstreet_app;
GRANT SELECT,INSERT ON TABLE catalog.adoptions TO highstreet_system;

GRANT UPDATE(seen_digest) ON TABLE catalog.adoptions TO highstreet_app;
GRANT UPDATE(seen_digest) ON TABLE catalog.adoptions TO highstreet_system;

GRANT UPDATE(stated_digest) ON TABLE catalog.adoptions TO highstreet_app;
GRANT UPDATE(stated_digest) ON TABLE catalog.adoptions TO highstreet_system;

GRANT UPDATE(stated) ON TABLE catalog.adoptions TO highstreet_app;
GRANT UPDATE(stated) ON TABLE catalog.adoptions TO highstreet_system;

GRANT SELECT ON TABLE catalog.allowed_transitions TO highstreet_app;
GRANT SELECT ON TABLE catalog.allowed_transitions TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.categories TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE catalog.categories TO highstreet_system;

GRANT SELECT,INSERT ON TABLE catalog.deal_passages TO highstreet_app;
GRANT SELECT,INSERT,DELETE ON TABLE catalog.deal_passages TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.deal_pictures TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.deal_pictures TO highstreet_system;

GRANT SELECT,INSERT,DELETE ON TABLE catalog.deal_points TO highstreet_app;
GRANT SELECT,INSERT,DELETE ON TABLE catalog.deal_points TO highstreet_system;

GRANT SELECT,INSERT ON TABLE catalog.deal_terms TO highstreet_app;
GRANT SELECT,INSERT ON TABLE catalog.deal_terms TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.deals TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.deals TO highstreet_system;

GRANT SELECT,INSERT ON TABLE catalog.departed_deals TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.divisions TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.divisions TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.duplicate_searches TO highstreet_system;

GRANT SELECT,UPDATE ON TABLE catalog.duplicates TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.duplicates TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.locations TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE catalog.locations TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.merchants TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.merchants TO highstreet_system;

GRANT SELECT,INSERT ON TABLE catalog.option_prices TO highstreet_app;
GRANT SELECT,INSERT,DELETE ON TABLE catalog.option_prices TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.options TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.options TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.pictures TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.pictures TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.place_loads TO highstreet_system;

GRANT SELECT ON TABLE catalog.place_names TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE catalog.place_names TO highstreet_system;

GRANT SELECT ON TABLE catalog.places TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE catalog.places TO highstreet_system;

GRANT SELECT ON TABLE feeds.changes TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feeds.changes TO highstreet_system;

GRANT SELECT ON TABLE feeds.rejects TO highstreet_app;
GRANT SELECT,INSERT ON TABLE feeds.rejects TO highstreet_system;

GRANT SELECT ON TABLE feeds.runs TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE feeds.runs TO highstreet_system;

GRANT SELECT ON TABLE feeds.schedules TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE feeds.schedules TO highstreet_system;

GRANT SELECT ON TABLE identity.accounts TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE identity.accounts TO highstreet_system;

GRANT UPDATE(name) ON TABLE identity.accounts TO highstreet_app;

GRANT UPDATE(language) ON TABLE identity.accounts TO highstreet_app;

GRANT UPDATE(changed_at) ON TABLE identity.accounts TO highstreet_app;

GRANT SELECT ON TABLE identity.allowed_transitions TO highstreet_app;
GRANT SELECT ON TABLE identity.allowed_transitions TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.authenticators TO highstreet_system;

GRANT SELECT,INSERT,DELETE ON TABLE identity.grants TO highstreet_app;
GRANT SELECT,INSERT,DELETE ON TABLE identity.grants TO highstreet_system;

GRANT SELECT,INSERT,DELETE ON TABLE identity.key_permissions TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.keys TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.logins TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.passkeys TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.passwords TO highstreet_system;

GRANT SELECT ON TABLE identity.permissions TO highstreet_app;
GRANT SELECT ON TABLE identity.permissions TO highstreet_system;

GRANT SELECT,INSERT,DELETE ON TABLE identity.recovery_codes TO highstreet_system;

GRANT SELECT ON TABLE identity.role_permissions TO highstreet_app;
GRANT SELECT ON TABLE identity.role_permissions TO highstreet_system;

GRANT SELECT ON TABLE identity.roles TO highstreet_app;
GRANT SELECT ON TABLE identity.roles TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.throttles TO highstreet_system;

GRANT SELECT,INSERT,DELETE ON TABLE identity.tickets TO highstreet_system;

GRANT SELECT ON TABLE kit.alembic_version TO highstreet_app;
GRANT SELECT ON TABLE kit.alembic_version TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE kit.deliveries TO highstreet_system;

GRANT INSERT ON TABLE kit.facts TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE kit.facts TO highstreet_system;

GRANT SELECT,INSERT,DELETE ON TABLE kit.failures TO highstreet_system;

GRANT SELECT,INSERT ON TABLE kit.kept_answers TO highstreet_app;
GRANT SELECT,INSERT,DELETE ON TABLE kit.kept_answers TO highstreet_system;

GRANT INSERT ON TABLE kit.mails TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE kit.mails TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE kit.subscriptions TO highstreet_system;

GRANT SELECT ON TABLE ledger.account_codes TO highstreet_app;
GRANT SELECT ON TABLE ledger.account_codes TO highstreet_system;

GRANT SELECT,INSERT ON TABLE ledger.claims TO highstreet_system;

GRANT SELECT ON TABLE ledger.entries TO highstreet_app;
GRANT SELECT,INSERT ON TABLE ledger.entries TO highstreet_system;

GRANT SELECT ON TABLE ledger.lines TO highstreet_app;
GRANT SELECT,INSERT ON TABLE ledger.lines TO highstreet_system;

GRANT SELECT,INSERT ON TABLE ledger.policies TO highstreet_app;
GRANT SELECT,INSERT ON TABLE ledger.policies TO highstreet_system;

GRANT SELECT ON TABLE orders.allowed_transitions TO highstreet_app;
GRANT SELECT ON TABLE orders.allowed_transitions TO highstreet_system;

GRANT SELECT ON TABLE orders.gifts TO highstreet_app;
GRANT SELECT,INSERT ON TABLE orders.gifts TO highstreet_system;

GRANT SELECT ON TABLE orders.holds TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orders.holds TO highstreet_system;

GRANT SELECT ON TABLE orders.lines TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orders.lines TO highstreet_system;

GRANT SELECT ON TABLE orders.orders TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orders.orders TO highstreet_system;

GRANT SELECT ON TABLE orders.passages TO highstreet_app;
GRANT SELECT,INSERT ON TABLE orders.passages TO highstreet_system;

GRANT SELECT ON TABLE orders.stock TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orders.stock TO highstreet_system;

GRANT SELECT ON TABLE orders.taken TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orders.taken TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE orders.tipping TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE orders.tipping TO highstreet_system;

GRANT SELECT ON TABLE payments.accounts TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE payments.accounts TO highstreet_system;

GRANT SELECT ON TABLE payments.allowed_transitions TO highstreet_app;
GRANT SELECT ON TABLE payments.allowed_transitions TO highstreet_system;

GRANT SELECT ON TABLE payments.differences TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE payments.differences TO highstreet_system;

GRANT SELECT ON TABLE payments.disputes TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE payments.disputes TO highstreet_system;

GRANT SELECT ON TABLE payments.events TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE payments.events TO highstreet_system;

GRANT SELECT ON TABLE payments.payments TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE payments.payments TO highstreet_system;

GRANT SELECT ON TABLE payments.reconciliations TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE payments.reconciliations TO highstreet_system;

GRANT SELECT ON TABLE payments.records TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE payments.records TO highstreet_system;

GRANT SELECT ON TABLE payments.refunds TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE payments.refunds TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE promotions.credit_uses TO highstreet_system;

GRANT SELECT ON TABLE promotions.credits TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE promotions.credits TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE promotions.persons TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE promotions.promotions TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE promotions.promotions TO highstreet_system;

GRANT SELECT ON TABLE promotions.uses TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE promotions.uses TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE sandbox.accounts TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE sandbox.disputes TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE sandbox.orders TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE sandbox.payments TO highstreet_system;

GRANT SELECT,INSERT ON TABLE sandbox.records TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE sandbox.refunds TO highstreet_system;

GRANT SELECT,INSERT ON TABLE sandbox.transfers TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE sandbox.webhooks TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE search.matched TO highstreet_system;

GRANT SELECT ON TABLE search.matches TO highstreet_app;
GRANT SELECT,INSERT ON TABLE search.matches TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE search.saved_searches TO highstreet_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE search.saved_searches TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE search.snapshots TO highstreet_system;

GRANT SELECT,INSERT,DELETE ON TABLE search.synonyms TO highstreet_app;
GRANT SELECT ON TABLE search.synonyms TO highstreet_system;

GRANT SELECT ON TABLE settlement.allowed_transitions TO highstreet_app;
GRANT SELECT ON TABLE settlement.allowed_transitions TO highstreet_system;

GRANT SELECT,INSERT ON TABLE settlement.payee_changes TO highstreet_app;
GRANT SELECT,INSERT ON TABLE settlement.payee_changes TO highstreet_system;

GRANT SELECT,INSERT,UPDATE ON TABLE settlement.payees TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE settlement.payees TO highstreet_system;

GRANT SELECT ON TABLE settlement.payouts TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE settlement.payouts TO highstreet_system;

GRANT SELECT ON TABLE settlement.reserves TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE settlement.reserves TO highstreet_system;

GRANT SELECT ON TABLE settlement.statement_lines TO highstreet_app;
GRANT SELECT,INSERT ON TABLE settlement.statement_lines TO highstreet_system;

GRANT SELECT ON TABLE settlement.statements TO highstreet_app;
GRANT SELECT,INSERT ON TABLE settlement.statements TO highstreet_system;

GRANT SELECT ON TABLE vouchers.allowed_transitions TO highstreet_app;
GRANT SELECT ON TABLE vouchers.allowed_transitions TO highstreet_system;

GRANT SELECT ON TABLE vouchers.claims TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE vouchers.claims TO highstreet_system;

GRANT SELECT,INSERT ON TABLE vouchers.devices TO highstreet_app;
GRANT SELECT,UPDATE ON TABLE vouchers.devices TO highstreet_system;

GRANT UPDATE(revoked_at) ON TABLE vouchers.devices TO highstreet_app;

GRANT UPDATE(revoked_by) ON TABLE vouchers.devices TO highstreet_app;

GRANT SELECT ON TABLE vouchers.gifts TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE vouchers.gifts TO highstreet_system;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE vouchers.guesses TO highstreet_system;

GRANT SELECT ON TABLE vouchers.passages TO highstreet_app;
GRANT SELECT,INSERT ON TABLE vouchers.passages TO highstreet_system;

GRANT SELECT ON TABLE vouchers.redemptions TO highstreet_app;
GRANT SELECT,INSERT ON TABLE vouchers.redemptions TO highstreet_system;

GRANT UPDATE(reversed_at) ON TABLE vouchers.redemptions TO highstreet_system;

GRANT UPDATE(reversed_by) ON TABLE vouchers.redemptions TO highstreet_system;

GRANT UPDATE(reversal_reason) ON TABLE vouchers.redemptions TO highstreet_system;

GRANT SELECT ON TABLE vouchers.vouchers TO highstreet_app;
GRANT SELECT,INSERT,UPDATE ON TABLE vouchers.vouchers TO highstreet_system;

ALTER DEFAULT PRIVILEGES FOR ROLE highstreet_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
