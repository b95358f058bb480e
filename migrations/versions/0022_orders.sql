CREATE SCHEMA orders;
GRANT USAGE ON SCHEMA orders TO highstreet_app, highstreet_system;

-- How many of an option are left. `cap` is what the merchant allows in all; a cap that was lowered below what is held
-- and sold leaves nothing, and takes nothing back. Without a cap nothing runs out.
CREATE TABLE orders.stock (
    option_id uuid PRIMARY KEY REFERENCES catalog.options,
    deal_id uuid NOT NULL REFERENCES catalog.deals,
    cap integer CHECK (cap >= 1),
    held integer NOT NULL CHECK (held >= 0),
    sold integer NOT NULL CHECK (sold >= 0),
    remaining integer CHECK (remaining >= 0),
    -- How many of `sold` the catalogue has been told of.
    told integer NOT NULL CHECK (told >= 0),
    changed_at timestamptz NOT NULL,
    CONSTRAINT stock_adds_up CHECK (
        (cap IS NULL) = (remaining IS NULL) AND (cap IS NULL OR remaining = greatest(cap - held - sold, 0))
    )
);
CREATE INDEX stock_by_deal ON orders.stock (deal_id);
CREATE INDEX stock_untold ON orders.stock (option_id) WHERE told <> sold;

-- How many of an option that has a limit for each buyer somebody holds or has bought.
CREATE TABLE orders.taken (
    account_id uuid NOT NULL REFERENCES identity.accounts,
    option_id uuid NOT NULL REFERENCES orders.stock,
    quantity integer NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (account_id, option_id)
);
CREATE INDEX taken_by_option ON orders.taken (option_id);

-- The only steps that an order's state may take; `new` stands for an order that is just being made.
CREATE TABLE orders.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY (before, after)
);
INSERT INTO orders.allowed_transitions (before, after) VALUES
('new', 'held'),
('held', 'authorised'), ('held', 'paid'), ('held', 'expired'), ('held', 'cancelled'),
('authorised', 'paid'), ('authorised', 'voided'),
('paid', 'partly_refunded'), ('paid', 'refunded'),
('partly_refunded', 'refunded');

CREATE TABLE orders.orders (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES identity.accounts,
    state text NOT NULL CHECK (state IN (
        'held', 'authorised', 'paid', 'partly_refunded', 'refunded', 'expired', 'cancelled', 'voided'
    )),
    state_reason text CHECK (length(state_reason) BETWEEN 1 AND 2000),
    -- A quote is ordered once.
    quote_id uuid NOT NULL UNIQUE,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    price_minor bigint NOT NULL CHECK (price_minor BETWEEN 0 AND 1000000000000000),
    promotion_minor bigint NOT NULL CHECK (promotion_minor >= 0),
    credit_minor bigint NOT NULL CHECK (credit_minor >= 0),
    due_minor bigint NOT NULL CHECK (due_minor >= 0),
    refunded_minor bigint NOT NULL CHECK (refunded_minor BETWEEN 0 AND due_minor),
    refunded_credit_minor bigint NOT NULL CHECK (refunded_credit_minor BETWEEN 0 AND credit_minor),
    -- Whether the provider is to take the money at once, or to set it aside until the deal has tipped.
    capture text NOT NULL CHECK (capture IN ('automatic', 'manual')),
    payment_id uuid,
    -- Which words brought the buyer here; for whoever subscribed to know, nothing here reads it.
    attribution jsonb CHECK (jsonb_typeof(attribution) = 'object'),
    placed_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT orders_add_up CHECK (due_minor = price_minor - promotion_minor - credit_minor)
);
CREATE INDEX orders_by_account ON orders.orders (account_id, id);

CREATE TABLE orders.lines (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders.orders,
    position smallint NOT NULL CHECK (position >= 0),
    deal_id uuid NOT NULL,
    option_id uuid NOT NULL REFERENCES orders.stock,
    merchant_id uuid NOT NULL,
    -- By these terms it was sold, whatever the deal says afterwards.
    terms_version integer NOT NULL,
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
    refunded integer NOT NULL CHECK (refunded BETWEEN 0 AND quantity),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
    -- Of the whole line.
    promotion_minor bigint NOT NULL CHECK (promotion_minor BETWEEN 0 AND unit_price_minor * quantity),
    -- The house's share of the price in ten-thousandths, and the tax within that share, as they were agreed then.
    commission_rate integer NOT NULL CHECK (commission_rate BETWEEN 0 AND 10000),
    commission_tax_rate integer NOT NULL CHECK (commission_tax_rate BETWEEN 0 AND 10000),
    -- Whether the buyer counts against a limit of the option.
    limited boolean NOT NULL,
    UNIQUE (order_id, position),
    FOREIGN KEY (deal_id, terms_version) REFERENCES catalog.deal_terms (deal_id, version)
);
CREATE INDEX lines_by_option ON orders.lines (option_id);
CREATE INDEX lines_by_merchant ON orders.lines (merchant_id, id);

-- For whom a line was bought, where it is a gift.
CREATE TABLE orders.gifts (
    line_id uuid PRIMARY KEY REFERENCES orders.lines,
    recipient_name text NOT NULL CHECK (length(recipient_name) BETWEEN 1 AND 200),
    recipient_email text NOT NULL CHECK (length(recipient_email) BETWEEN 3 AND 320),
    message text CHECK (length(message) BETWEEN 1 AND 2000),
    -- None: as soon as it is paid.
    send_at timestamptz
);

-- What an order keeps from others while it is being paid. A hold ends once: claimed or released.
CREATE TABLE orders.holds (
    order_id uuid PRIMARY KEY REFERENCES orders.orders,
    state text NOT NULL CHECK (state IN ('held', 'claimed', 'released')),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT holds_end CHECK ((state = 'held') = (ended_at IS NULL))
);
CREATE INDEX holds_by_end ON orders.holds (expires_at) WHERE state = 'held';

CREATE TABLE orders.passages (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders.orders,
    before text NOT NULL,
    after text NOT NULL,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    reason text
);
CREATE INDEX passages_by_order ON orders.passages (order_id, position);

-- What holds whoever writes ------------------------------------------------------------------------------------------

CREATE FUNCTION orders.guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER orders_birth BEFORE INSERT ON orders.orders
FOR EACH ROW WHEN (NEW.state <> 'held') EXECUTE FUNCTION orders.guard_order();
CREATE TRIGGER orders_guarded BEFORE UPDATE ON orders.orders
FOR EACH ROW EXECUTE FUNCTION orders.guard_order();

CREATE FUNCTION orders.keep_passage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders.passages (order_id, before, after, at, actor_kind, actor_id, reason)
    VALUES (
        NEW.id, OLD.state, NEW.state, NEW.changed_at, coalesce(kit.actor_kind(), current_user), kit.actor_id(),
        NEW.state_reason
    );
    RETURN NULL;
END;
$$;
CREATE TRIGGER orders_passed AFTER UPDATE ON orders.orders
FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION orders.keep_passage();

CREATE FUNCTION orders.guard_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the hold of order % has been % and ends once', OLD.order_id, OLD.state
    USING ERRCODE = 'check_violation', CONSTRAINT = 'holds_end_once';
END;
$$;
CREATE TRIGGER holds_guarded BEFORE UPDATE ON orders.holds
FOR EACH ROW WHEN (OLD.state <> 'held') EXECUTE FUNCTION orders.guard_hold();

-- A cap that was lowered below what is gone already leaves that as it is; nothing may be added to it.
CREATE FUNCTION orders.guard_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'of option % there are % and not one more', NEW.option_id, NEW.cap
    USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_never_oversold';
END;
$$;
CREATE TRIGGER stock_guarded BEFORE UPDATE ON orders.stock
FOR EACH ROW WHEN (NEW.held + NEW.sold > NEW.cap AND NEW.held + NEW.sold > OLD.held + OLD.sold)
EXECUTE FUNCTION orders.guard_stock();

CREATE FUNCTION orders.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER passages_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON orders.passages
FOR EACH STATEMENT EXECUTE FUNCTION orders.refuse_change();

-- Who may see and do what --------------------------------------------------------------------------------------------

ALTER TABLE orders.stock ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE orders.taken ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE orders.allowed_transitions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE orders.orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE orders.lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE orders.gifts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE orders.holds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE orders.passages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- How many are left is told to everybody. An order is its buyer's, and all that hangs on it goes with it; a merchant's
-- staff see the lines that are theirs, and not who bought them.
CREATE POLICY everyone_reads ON orders.stock FOR SELECT TO highstreet_app USING (true);
CREATE POLICY everyone_reads ON orders.allowed_transitions FOR SELECT TO highstreet_app USING (true);
CREATE POLICY buyer_reads ON orders.orders FOR SELECT TO highstreet_app
USING (kit.actor_kind() IN ('shopper', 'partner') AND account_id = kit.actor_id());
CREATE POLICY buyer_reads ON orders.taken FOR SELECT TO highstreet_app
USING (kit.actor_kind() IN ('shopper', 'partner') AND account_id = kit.actor_id());
CREATE POLICY operator_reads ON orders.orders FOR SELECT TO highstreet_app
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('orders.read')));
CREATE POLICY staff_reads ON orders.lines FOR SELECT TO highstreet_app
USING (kit.actor_kind() = 'staff' AND identity.may('orders.read', merchant_id));
CREATE POLICY with_order ON orders.lines FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM orders.orders WHERE orders.id = lines.order_id));
CREATE POLICY with_order ON orders.holds FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM orders.orders WHERE orders.id = holds.order_id));
CREATE POLICY with_order ON orders.passages FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM orders.orders WHERE orders.id = passages.order_id));
CREATE POLICY with_order ON orders.gifts FOR SELECT TO highstreet_app
USING (EXISTS (
    SELECT FROM orders.lines INNER JOIN orders.orders ON lines.order_id = orders.id WHERE lines.id = gifts.line_id
));

CREATE POLICY system_works ON orders.stock TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON orders.taken TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_reads ON orders.allowed_transitions FOR SELECT TO highstreet_system USING (true);
CREATE POLICY system_works ON orders.orders TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON orders.lines TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON orders.gifts TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON orders.holds TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON orders.passages TO highstreet_system USING (true) WITH CHECK (true);

-- Only the system writes: several buyers' purchases are granted in one transaction. Nobody deletes what was ordered.
GRANT SELECT ON orders.stock, orders.taken, orders.allowed_transitions, orders.orders, orders.lines, orders.gifts,
orders.holds, orders.passages TO highstreet_app;
GRANT SELECT ON orders.allowed_transitions TO highstreet_system;
GRANT SELECT, INSERT, UPDATE ON orders.stock, orders.taken, orders.orders, orders.lines, orders.holds
TO highstreet_system;
GRANT SELECT, INSERT ON orders.gifts, orders.passages TO highstreet_system;
GRANT DELETE ON orders.taken TO highstreet_system;
