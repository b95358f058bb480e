CREATE SCHEMA payments;
GRANT USAGE ON SCHEMA payments TO highstreet_app, highstreet_system;

-- Payments -----------------------------------------------------------------------------------------------------------

-- What was ever true of a payment only grows, so that word of it may come late, twice and in any order. The state is
-- read off that, here and nowhere else.
CREATE TABLE payments.payments (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    account_id uuid,
    amount_minor bigint NOT NULL CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    capture text NOT NULL CHECK (capture IN ('automatic', 'manual')),
    -- What we want of the provider and have not seen happen.
    wish text CHECK (wish IN ('capture', 'void')),
    provider text CHECK (provider IN ('sandbox', 'stripe')),
    -- The provider's name for its page, and for the money once there is some.
    provider_ref text,
    charge_ref text,
    authorised_at timestamptz,
    captured_at timestamptz,
    ended text CHECK (ended IN ('failed', 'expired', 'voided')),
    refunding_minor bigint NOT NULL CHECK (refunding_minor >= 0),
    refunded_minor bigint NOT NULL,
    fee_minor bigint CHECK (fee_minor >= 0),
    state text NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN captured_at IS NOT NULL AND refunded_minor >= amount_minor THEN 'refunded'
            WHEN captured_at IS NOT NULL AND refunded_minor > 0 THEN 'partly_refunded'
            WHEN captured_at IS NOT NULL THEN 'captured'
            WHEN ended IS NOT NULL THEN ended
            WHEN authorised_at IS NOT NULL THEN 'authorised'
            ELSE 'requested'
        END
    ) STORED,
    -- Until then a shopper may pay.
    expires_at timestamptz,
    -- When the provider is asked or told next, by a worker; none: nothing is to be done.
    due_at timestamptz,
    attempts integer NOT NULL CHECK (attempts >= 0),
    problem text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT payments_have_a_whole_address CHECK (num_nonnulls(provider, provider_ref) IN (0, 2)),
    CONSTRAINT payments_are_authorised_before_they_are_captured CHECK (captured_at IS NULL OR authorised_at IS NOT NULL),
    -- Word of a refund may come before word of the capture.
    CONSTRAINT payments_refund_no_more_than_was_taken CHECK (refunded_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT payments_begin_before_they_expire CHECK (expires_at > created_at)
);
-- An order is asked for once at a time: a second page opens only when the first can lead to nothing.
CREATE UNIQUE INDEX payments_one_open_an_order ON payments.payments (order_id) WHERE ended IS NULL;
CREATE UNIQUE INDEX payments_by_address ON payments.payments (provider, provider_ref);
CREATE UNIQUE INDEX payments_by_charge ON payments.payments (provider, charge_ref);
CREATE INDEX payments_by_order ON payments.payments (order_id);
CREATE INDEX payments_by_account ON payments.payments (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX payments_due ON payments.payments (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX payments_by_capture ON payments.payments (captured_at) WHERE captured_at IS NOT NULL;

CREATE TABLE payments.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY (before, after)
);
-- Steps may be skipped, because word of them may be lost. A refund that its bank turned away leads back.
INSERT INTO payments.allowed_transitions (before, after) VALUES
('requested', 'authorised'), ('requested', 'captured'), ('requested', 'partly_refunded'), ('requested', 'refunded'),
('requested', 'voided'), ('requested', 'failed'), ('requested', 'expired'),
('authorised', 'captured'), ('authorised', 'partly_refunded'), ('authorised', 'refunded'),
('authorised', 'voided'), ('authorised', 'failed'), ('authorised', 'expired'),
('failed', 'expired'), ('failed', 'voided'), ('expired', 'voided'),
('failed', 'captured'), ('failed', 'partly_refunded'), ('failed', 'refunded'),
('expired', 'captured'), ('expired', 'partly_refunded'), ('expired', 'refunded'),
('voided', 'captured'), ('voided', 'partly_refunded'), ('voided', 'refunded'),
('captured', 'partly_refunded'), ('captured', 'refunded'), ('partly_refunded', 'refunded'),
('refunded', 'partly_refunded'), ('refunded', 'captured'), ('partly_refunded', 'captured');

CREATE FUNCTION payments.guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
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
-- After the row, because only then the state has been read off it.
CREATE TRIGGER payments_guarded AFTER UPDATE ON payments.payments
FOR EACH ROW EXECUTE FUNCTION payments.guard_payment();

-- Refunds and disputes -----------------------------------------------------------------------------------------------

CREATE TABLE payments.refunds (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments.payments,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    state text NOT NULL CHECK (state IN ('requested', 'pending', 'succeeded', 'failed')),
    -- Whether we asked for it, or somebody did at the provider.
    own boolean NOT NULL,
    provider_ref text,
    -- What was sent and not answered may have arrived: it is looked for before it is sent again much later.
    first_sent_at timestamptz,
    due_at timestamptz,
    attempts integer NOT NULL CHECK (attempts >= 0),
    problem text,
    requested_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT refunds_fail_for_a_reason CHECK (state <> 'failed' OR problem IS NOT NULL),
    CONSTRAINT refunds_past_us_have_a_name CHECK (own OR provider_ref IS NOT NULL)
);
CREATE UNIQUE INDEX refunds_by_name ON payments.refunds (payment_id, provider_ref);
CREATE INDEX refunds_due ON payments.refunds (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE payments.disputes (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments.payments,
    provider_ref text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('inquiry', 'inquiry_closed', 'open', 'under_review', 'won', 'lost')),
    evidence_due_at timestamptz,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX disputes_by_name ON payments.disputes (payment_id, provider_ref);

-- Webhooks -----------------------------------------------------------------------------------------------------------

-- Each event once. What it said is kept in our words, and its body as a digest: bodies hold names and addresses.
CREATE TABLE payments.events (
    id uuid PRIMARY KEY,
    provider text NOT NULL CHECK (provider IN ('sandbox', 'stripe')),
    provider_event_id text NOT NULL CHECK (length(provider_event_id) BETWEEN 1 AND 255),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 255),
    outcome text NOT NULL CHECK (outcome IN ('applied', 'unchanged', 'unknown_kind', 'unmatched', 'mismatch')),
    payment_id uuid REFERENCES payments.payments,
    charge_ref text,
    seen jsonb,
    body_sha256 bytea NOT NULL CHECK (length(body_sha256) = 32),
    problem text,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT events_once UNIQUE (provider, provider_event_id),
    CONSTRAINT events_belong_to_a_payment CHECK ((outcome IN ('applied', 'unchanged', 'mismatch')) = (payment_id IS NOT NULL)),
    CONSTRAINT events_mismatch_for_a_reason CHECK ((outcome = 'mismatch') = (problem IS NOT NULL))
);
CREATE INDEX events_by_payment ON payments.events (payment_id, received_at) WHERE payment_id IS NOT NULL;
CREATE INDEX events_unmatched ON payments.events (provider, charge_ref) WHERE outcome = 'unmatched';
CREATE INDEX events_by_time ON payments.events (received_at);

-- Who may see and do what --------------------------------------------------------------------------------------------

ALTER TABLE payments.payments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE payments.allowed_transitions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE payments.refunds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE payments.disputes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE payments.events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY own_reads ON payments.payments FOR SELECT TO highstreet_app
USING (kit.actor_kind() = 'shopper' AND account_id = kit.actor_id());
CREATE POLICY own_reads ON payments.refunds FOR SELECT TO highstreet_app
USING (EXISTS (
    SELECT FROM payments.payments
    WHERE payments.id = refunds.payment_id AND kit.actor_kind() = 'shopper' AND payments.account_id = kit.actor_id()
));
CREATE POLICY operator_reads ON payments.payments FOR SELECT TO highstreet_app USING (identity.may('orders.read'));
CREATE POLICY operator_reads ON payments.refunds FOR SELECT TO highstreet_app USING (identity.may('orders.read'));
CREATE POLICY operator_reads ON payments.disputes FOR SELECT TO highstreet_app USING (identity.may('orders.read'));
CREATE POLICY operator_reads ON payments.events FOR SELECT TO highstreet_app USING (identity.may('orders.read'));
CREATE POLICY everyone_reads ON payments.allowed_transitions FOR SELECT TO highstreet_app USING (true);
CREATE POLICY system_works ON payments.payments TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON payments.refunds TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON payments.disputes TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON payments.events TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_reads ON payments.allowed_transitions FOR SELECT TO highstreet_system USING (true);

-- Money moves in transactions of the system; who may ask for that is decided before one is opened.
GRANT SELECT ON payments.payments, payments.refunds, payments.disputes, payments.events,
payments.allowed_transitions TO highstreet_app;
GRANT SELECT ON payments.allowed_transitions TO highstreet_system;
GRANT SELECT, INSERT, UPDATE ON payments.payments, payments.refunds, payments.disputes, payments.events
TO highstreet_system;
