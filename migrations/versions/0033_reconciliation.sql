-- Movements of the balance that a provider owes us, by the provider's own books. They are only ever added.
CREATE TABLE payments.records (
    provider text NOT NULL CHECK (provider IN ('sandbox', 'stripe')),
    id text NOT NULL,
    kind text NOT NULL CHECK (
        kind IN (
            'charge', 'refund', 'refund_failure', 'dispute', 'dispute_reversal', 'transfer', 'payout', 'other'
        )
    ),
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- The provider's name for what moved it, and for the payment that this is about.
    subject text NOT NULL,
    payment_ref text,
    payment_id uuid REFERENCES payments.payments,
    at timestamptz NOT NULL,
    PRIMARY KEY (provider, id)
);
CREATE INDEX records_by_time ON payments.records (provider, at);
CREATE INDEX records_by_payment ON payments.records (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX records_by_subject ON payments.records (provider, subject);

-- A day by UTC whose books were held against each other.
CREATE TABLE payments.reconciliations (
    provider text NOT NULL CHECK (provider IN ('sandbox', 'stripe')),
    day date NOT NULL,
    records integer NOT NULL CHECK (records >= 0),
    differences integer NOT NULL CHECK (differences >= 0),
    finished_at timestamptz NOT NULL,
    PRIMARY KEY (provider, day)
);

-- Where they differ. One that is gone the next time has settled itself; the others an operator settles, with a word.
CREATE TABLE payments.differences (
    id uuid PRIMARY KEY,
    provider text NOT NULL CHECK (provider IN ('sandbox', 'stripe')),
    day date NOT NULL,
    kind text NOT NULL CHECK (
        kind IN ('unknown_here', 'unknown_there', 'amount', 'state', 'past_us', 'contradiction')
    ),
    subject text NOT NULL,
    payment_id uuid REFERENCES payments.payments,
    ours_minor bigint,
    theirs_minor bigint,
    currency text CHECK (currency ~ '^[A-Z]{3}$'),
    found_at timestamptz NOT NULL,
    settled_at timestamptz,
    note text,
    CONSTRAINT differences_once UNIQUE (provider, kind, subject),
    CONSTRAINT differences_are_settled_with_a_word CHECK ((settled_at IS NULL) = (note IS NULL))
);
CREATE INDEX differences_open ON payments.differences (day) WHERE settled_at IS NULL;
CREATE INDEX differences_by_payment ON payments.differences (payment_id) WHERE payment_id IS NOT NULL;

ALTER TABLE payments.records ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE payments.reconciliations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE payments.differences ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY operator_reads ON payments.records FOR SELECT TO highstreet_app USING (identity.may('ledger.read'));
CREATE POLICY operator_reads ON payments.reconciliations FOR SELECT TO highstreet_app
USING (identity.may('ledger.read'));
CREATE POLICY operator_reads ON payments.differences FOR SELECT TO highstreet_app USING (identity.may('ledger.read'));
CREATE POLICY system_works ON payments.records TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON payments.reconciliations TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON payments.differences TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT ON payments.records, payments.reconciliations, payments.differences TO highstreet_app;
GRANT SELECT, INSERT, UPDATE ON payments.records, payments.reconciliations, payments.differences TO highstreet_system;
