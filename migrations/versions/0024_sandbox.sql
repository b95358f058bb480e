-- Another company's tables: they stand here because one machine is enough for a demonstration.
CREATE SCHEMA sandbox;
GRANT USAGE ON SCHEMA sandbox TO highstreet_system;

CREATE TABLE sandbox.payments (
    id text PRIMARY KEY,
    key text NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 255),
    asked_sha256 bytea NOT NULL CHECK (length(asked_sha256) = 32),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 255),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    capture text NOT NULL CHECK (capture IN ('automatic', 'manual')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    return_url text NOT NULL CHECK (return_url ~ '^https?://'),
    language text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'challenged', 'authorised', 'captured', 'cancelled', 'expired')),
    charge text UNIQUE,
    fee_minor bigint CHECK (fee_minor >= 0),
    declined integer NOT NULL CHECK (declined >= 0),
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT payments_charge_what_was_approved CHECK ((charge IS NOT NULL) OR state NOT IN ('authorised', 'captured')),
    CONSTRAINT payments_cost_once_captured CHECK ((fee_minor IS NOT NULL) = (state = 'captured'))
);
CREATE INDEX payments_by_end ON sandbox.payments (expires_at) WHERE state IN ('open', 'challenged');
CREATE INDEX payments_by_time ON sandbox.payments (created_at);

CREATE TABLE sandbox.refunds (
    id text PRIMARY KEY,
    payment_id text NOT NULL REFERENCES sandbox.payments,
    key text UNIQUE CHECK (length(key) BETWEEN 1 AND 255),
    reference text,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    state text NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')),
    problem text,
    created_at timestamptz NOT NULL
);
CREATE INDEX refunds_by_payment ON sandbox.refunds (payment_id);

CREATE TABLE sandbox.disputes (
    id text PRIMARY KEY,
    payment_id text NOT NULL REFERENCES sandbox.payments,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'won', 'lost')),
    evidence_due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX disputes_by_payment ON sandbox.disputes (payment_id);

CREATE TABLE sandbox.accounts (
    id text PRIMARY KEY,
    key text NOT NULL UNIQUE,
    reference text NOT NULL,
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    ready boolean NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE sandbox.transfers (
    id text PRIMARY KEY,
    key text NOT NULL UNIQUE,
    account_id text NOT NULL REFERENCES sandbox.accounts,
    reference text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz NOT NULL
);
CREATE INDEX transfers_by_account ON sandbox.transfers (account_id);

-- What moved the balance that the sandbox owes us; the sum is what it still has.
CREATE TABLE sandbox.records (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    kind text NOT NULL CHECK (
        kind IN ('charge', 'refund', 'refund_failure', 'dispute', 'dispute_reversal', 'transfer', 'payout')
    ),
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    subject text NOT NULL,
    reference text,
    payment_id text REFERENCES sandbox.payments,
    at timestamptz NOT NULL,
    CONSTRAINT records_once UNIQUE (kind, subject)
);
CREATE INDEX records_by_time ON sandbox.records (at, number);

CREATE TABLE sandbox.webhooks (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    kind text NOT NULL,
    body bytea NOT NULL,
    fault text CHECK (fault IN ('delay', 'duplicate', 'reorder', 'drop', 'forge')),
    -- How often it is still to be sent, and from when on; none: never (again).
    copies integer NOT NULL CHECK (copies >= 0),
    due_at timestamptz,
    attempts integer NOT NULL CHECK (attempts >= 0),
    status integer,
    created_at timestamptz NOT NULL
);
CREATE INDEX webhooks_due ON sandbox.webhooks (due_at) WHERE due_at IS NOT NULL;

-- What is to happen next, each so many times.
CREATE TABLE sandbox.orders (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action text NOT NULL CHECK (
        action IN ('approve', 'decline', 'challenge', 'delay', 'duplicate', 'reorder', 'drop', 'forge')
    ),
    remaining integer NOT NULL CHECK (remaining BETWEEN 0 AND 1000),
    seconds integer NOT NULL CHECK (seconds BETWEEN 0 AND 864000)
);
CREATE INDEX orders_waiting ON sandbox.orders (number) WHERE remaining > 0;

ALTER TABLE sandbox.payments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sandbox.refunds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sandbox.disputes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sandbox.accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sandbox.transfers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sandbox.records ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sandbox.webhooks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sandbox.orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY system_works ON sandbox.payments TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON sandbox.refunds TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON sandbox.disputes TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON sandbox.accounts TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON sandbox.transfers TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON sandbox.records TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON sandbox.webhooks TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON sandbox.orders TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON sandbox.payments, sandbox.refunds, sandbox.disputes, sandbox.accounts,
sandbox.webhooks, sandbox.orders TO highstreet_system;
GRANT SELECT, INSERT ON sandbox.transfers, sandbox.records TO highstreet_system;
