-- A merchant's account at a provider. Who they are, and where their bank is, is shown there and never here.
CREATE TABLE payments.accounts (
    merchant_id uuid NOT NULL REFERENCES catalog.merchants,
    provider text NOT NULL CHECK (provider IN ('sandbox', 'stripe')),
    provider_ref text NOT NULL,
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- Whether money may be sent there, and what its owner still has to show, as far as was asked.
    ready boolean NOT NULL,
    missing text[] NOT NULL,
    opened_at timestamptz NOT NULL,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, provider),
    CONSTRAINT accounts_are_one_merchants UNIQUE (provider, provider_ref)
);

ALTER TABLE payments.accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY staff_reads ON payments.accounts FOR SELECT TO highstreet_app
USING (identity.may('payouts.edit', merchant_id));
CREATE POLICY system_works ON payments.accounts TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT ON payments.accounts TO highstreet_app;
GRANT SELECT, INSERT, UPDATE ON payments.accounts TO highstreet_system;
