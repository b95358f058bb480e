CREATE SCHEMA vouchers;
GRANT USAGE ON SCHEMA vouchers TO highstreet_app, highstreet_system;

-- The only steps that a voucher's state may take; `new` stands for one that is just being issued.
CREATE TABLE vouchers.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY (before, after)
);
INSERT INTO vouchers.allowed_transitions (before, after) VALUES
('new', 'issued'),
('issued', 'redeemed'), ('issued', 'refunded'), ('issued', 'void'), ('issued', 'promo_expired'), ('issued', 'expired'),
('promo_expired', 'redeemed'), ('promo_expired', 'refunded'), ('promo_expired', 'void'), ('promo_expired', 'expired'),
('redeemed', 'issued'), ('redeemed', 'refunded');

-- What somebody bought. A voucher is worth a number of units: one, several visits, or money that is spent in parts.
-- The `left` amounts are what the units that are left stand for; they come to nothing together with the last unit.
CREATE TABLE vouchers.vouchers (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    line_id uuid NOT NULL,
    owner_account_id uuid NOT NULL REFERENCES identity.accounts,
    deal_id uuid NOT NULL,
    terms_version integer NOT NULL,
    option_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    price_minor bigint NOT NULL CHECK (price_minor BETWEEN 0 AND 1000000000000000),
    paid_minor bigint NOT NULL CHECK (paid_minor >= 0),
    promotion_minor bigint NOT NULL CHECK (promotion_minor >= 0),
    commission_minor bigint NOT NULL CHECK (commission_minor >= 0),
    commission_tax_minor bigint NOT NULL CHECK (commission_tax_minor >= 0),
    -- What the law asks for, as it was at the sale: who collects the tax on what it buys, and whose its end is.
    voucher_tax text NOT NULL CHECK (voucher_tax IN ('not_collected', 'single_purpose', 'multi_purpose')),
    voucher_tax_minor bigint NOT NULL CHECK (voucher_tax_minor >= 0),
    expiry text NOT NULL CHECK (expiry IN ('stays_open', 'breakage', 'escheat', 'to_merchant')),
    units integer NOT NULL CHECK (units >= 1),
    -- Whether a unit is a minor unit of the currency, and not a visit.
    in_money boolean NOT NULL,
    units_left integer NOT NULL CHECK (units_left >= 0),
    paid_left_minor bigint NOT NULL CHECK (paid_left_minor >= 0),
    promotion_left_minor bigint NOT NULL CHECK (promotion_left_minor >= 0),
    commission_left_minor bigint NOT NULL CHECK (commission_left_minor >= 0),
    commission_tax_left_minor bigint NOT NULL CHECK (commission_tax_left_minor >= 0),
    voucher_tax_left_minor bigint NOT NULL CHECK (voucher_tax_left_minor >= 0),
    fine_print jsonb NOT NULL CHECK (jsonb_typeof(fine_print) = 'array'),
    -- Where it is redeemed; none: wherever the merchant does, by the time of `time_zone`.
    location_ids uuid[] NOT NULL,
    time_zone text NOT NULL,
    redeem_from timestamptz,
    -- Until then it is good for what the deal promises; from then on for what was paid.
    redeem_until timestamptz,
    -- Until then it is good for what was paid; none: for ever.
    paid_value_until timestamptz,
    -- How often its codes were exchanged for others, and what tells and shows the present ones.
    generation integer NOT NULL CHECK (generation >= 1),
    code_fingerprint bytea NOT NULL CHECK (length(code_fingerprint) = 32),
    short_code_tag bytea NOT NULL CHECK (length(short_code_tag) = 16),
    sealed_codes bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('issued', 'redeemed', 'refunded', 'void', 'promo_expired', 'expired')),
    -- The last step: which, when, by whose account or device, and why.
    step text NOT NULL CHECK (step IN (
        'issued', 'redeemed', 'reversed', 'refunded', 'voided', 'promo_expired', 'expired', 'transferred'
    )),
    changed_at timestamptz NOT NULL,
    changed_by uuid,
    reason text CHECK (length(reason) BETWEEN 1 AND 2000),
    issued_at timestamptz NOT NULL,
    -- When the next step is due that time alone brings.
    due_at timestamptz,
    UNIQUE (merchant_id, short_code_tag),
    FOREIGN KEY (deal_id, terms_version) REFERENCES catalog.deal_terms (deal_id, version),
    CONSTRAINT vouchers_price_is_paid CHECK (price_minor = paid_minor + promotion_minor),
    CONSTRAINT vouchers_commission_within_price CHECK (
        commission_minor + voucher_tax_minor <= price_minor AND commission_tax_minor <= commission_minor
    ),
    CONSTRAINT vouchers_tax_is_collected CHECK (voucher_tax <> 'not_collected' OR voucher_tax_minor = 0),
    CONSTRAINT vouchers_stay_open CHECK (expiry <> 'stays_open' OR paid_value_until IS NULL),
    CONSTRAINT vouchers_windows CHECK (
        redeem_until > redeem_from AND paid_value_until >= redeem_until
        AND (paid_value_until IS NULL OR redeem_until IS NOT NULL)
    ),
    CONSTRAINT vouchers_open_have_units CHECK ((state IN ('issued', 'promo_expired')) = (units_left > 0)),
    CONSTRAINT vouchers_left_goes_with_units CHECK (
        CASE units_left
            WHEN 0 THEN
                paid_left_minor + promotion_left_minor + commission_left_minor + commission_tax_left_minor
                + voucher_tax_left_minor = 0
            WHEN units THEN
                (
                    paid_left_minor, promotion_left_minor, commission_left_minor, commission_tax_left_minor,
                    voucher_tax_left_minor
                ) = (paid_minor, promotion_minor, commission_minor, commission_tax_minor, voucher_tax_minor)
            ELSE
                units_left < units AND paid_left_minor <= paid_minor AND promotion_left_minor <= promotion_minor
                AND commission_left_minor <= commission_minor AND commission_tax_left_minor <= commission_tax_minor
                AND voucher_tax_left_minor <= voucher_tax_minor
        END
    )
);
CREATE INDEX vouchers_by_owner ON vouchers.vouchers (owner_account_id, id);
CREATE INDEX vouchers_by_order ON vouchers.vouchers (order_id);
CREATE INDEX vouchers_due ON vouchers.vouchers (due_at) WHERE units_left > 0;

-- A voucher on its way to somebody else: bought for them, or given on. One at a time; claimed once.
CREATE TABLE vouchers.gifts (
    id uuid PRIMARY KEY,
    voucher_id uuid NOT NULL REFERENCES vouchers.vouchers,
    giver_account_id uuid NOT NULL REFERENCES identity.accounts,
    recipient_name text CHECK (length(recipient_name) BETWEEN 1 AND 200),
    recipient_email text CHECK (length(recipient_email) BETWEEN 3 AND 320),
    message text CHECK (length(message) BETWEEN 1 AND 2000),
    -- When the link may be sent.
    deliver_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    offered_at timestamptz NOT NULL,
    claimed_at timestamptz,
    claimed_by uuid REFERENCES identity.accounts,
    withdrawn_at timestamptz,
    CONSTRAINT gifts_have_an_end CHECK (expires_at > offered_at),
    CONSTRAINT gifts_claimed_by_somebody CHECK ((claimed_at IS NULL) = (claimed_by IS NULL)),
    CONSTRAINT gifts_end_once CHECK (num_nonnulls(claimed_at, withdrawn_at) <= 1)
);
CREATE UNIQUE INDEX gifts_one_open ON vouchers.gifts (voucher_id) WHERE claimed_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX gifts_by_voucher ON vouchers.gifts (voucher_id);
CREATE INDEX gifts_by_giver ON vouchers.gifts (giver_account_id);

-- Every step of every voucher.
CREATE TABLE vouchers.passages (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    voucher_id uuid NOT NULL REFERENCES vouchers.vouchers,
    step text NOT NULL,
    before text,
    after text NOT NULL,
    units_left integer NOT NULL,
    -- By how much the paid value that is open grew.
    paid_minor bigint NOT NULL,
    at timestamptz NOT NULL,
    by_id uuid,
    reason text
);
CREATE INDEX passages_by_voucher ON vouchers.passages (voucher_id, position);

CREATE FUNCTION vouchers.guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER vouchers_transition BEFORE UPDATE ON vouchers.vouchers
FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION vouchers.guard_transition();

-- What was promised and paid stays as it was sold.
CREATE FUNCTION vouchers.guard_promise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'voucher % keeps what it was sold as', OLD.id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'vouchers_keep_promise';
END;
$$;
CREATE TRIGGER vouchers_promise BEFORE UPDATE ON vouchers.vouchers
FOR EACH ROW WHEN (
    (
        OLD.id, OLD.order_id, OLD.line_id, OLD.deal_id, OLD.terms_version, OLD.option_id, OLD.merchant_id, OLD.currency,
        OLD.price_minor, OLD.paid_minor, OLD.commission_minor, OLD.commission_tax_minor, OLD.voucher_tax,
        OLD.voucher_tax_minor, OLD.expiry, OLD.units, OLD.in_money, OLD.fine_print, OLD.location_ids, OLD.redeem_from, OLD.issued_at
    ) IS DISTINCT FROM (
        NEW.id, NEW.order_id, NEW.line_id, NEW.deal_id, NEW.terms_version, NEW.option_id, NEW.merchant_id, NEW.currency,
        NEW.price_minor, NEW.paid_minor, NEW.commission_minor, NEW.commission_tax_minor, NEW.voucher_tax,
        NEW.voucher_tax_minor, NEW.expiry, NEW.units, NEW.in_money, NEW.fine_print, NEW.location_ids, NEW.redeem_from, NEW.issued_at
    )
) EXECUTE FUNCTION vouchers.guard_promise();

-- Both by the whole statement: vouchers are issued, refunded and swept by the thousand.
CREATE FUNCTION vouchers.keep_births() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER vouchers_born AFTER INSERT ON vouchers.vouchers
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION vouchers.keep_births();

CREATE FUNCTION vouchers.keep_passages() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER vouchers_passed AFTER UPDATE ON vouchers.vouchers
REFERENCING OLD TABLE AS former NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION vouchers.keep_passages();

CREATE FUNCTION vouchers.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER passages_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON vouchers.passages
FOR EACH STATEMENT EXECUTE FUNCTION vouchers.refuse_change();

-- Who may see and do what --------------------------------------------------------------------------------------------

ALTER TABLE vouchers.allowed_transitions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE vouchers.vouchers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE vouchers.gifts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE vouchers.passages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Money moves with vouchers, so the system alone writes.
CREATE POLICY everyone_reads ON vouchers.allowed_transitions FOR SELECT TO highstreet_app USING (true);
CREATE POLICY owner_reads ON vouchers.vouchers FOR SELECT TO highstreet_app
USING (kit.actor_kind() = 'shopper' AND owner_account_id = kit.actor_id());
CREATE POLICY staff_reads ON vouchers.vouchers FOR SELECT TO highstreet_app
USING (kit.actor_kind() <> 'shopper' AND identity.may('vouchers.read', merchant_id));
CREATE POLICY giver_reads ON vouchers.gifts FOR SELECT TO highstreet_app
USING (kit.actor_kind() = 'shopper' AND giver_account_id = kit.actor_id());
CREATE POLICY reader_reads ON vouchers.passages FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM vouchers.vouchers WHERE vouchers.id = passages.voucher_id));

CREATE POLICY system_reads ON vouchers.allowed_transitions FOR SELECT TO highstreet_system USING (true);
CREATE POLICY system_works ON vouchers.vouchers TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON vouchers.gifts TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON vouchers.passages TO highstreet_system USING (true) WITH CHECK (true);

GRANT SELECT ON vouchers.allowed_transitions, vouchers.vouchers, vouchers.gifts, vouchers.passages TO highstreet_app;
GRANT SELECT ON vouchers.allowed_transitions TO highstreet_system;
GRANT SELECT, INSERT, UPDATE ON vouchers.vouchers, vouchers.gifts TO highstreet_system;
GRANT SELECT, INSERT ON vouchers.passages TO highstreet_system;
