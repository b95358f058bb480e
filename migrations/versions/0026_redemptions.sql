-- A till or a telephone that redeems, also without network. It is told apart by a token of its own.
CREATE TABLE vouchers.devices (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES catalog.merchants,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    token_fingerprint bytea NOT NULL UNIQUE CHECK (length(token_fingerprint) = 32),
    registered_by uuid NOT NULL REFERENCES identity.accounts,
    registered_at timestamptz NOT NULL,
    synced_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid REFERENCES identity.accounts,
    CONSTRAINT devices_revoked_by_somebody CHECK (num_nonnulls(revoked_at, revoked_by) <> 1)
);
CREATE INDEX devices_by_merchant ON vouchers.devices (merchant_id);

-- Units of a voucher that were used. The amounts are what was taken off the voucher; where `with_promotion` is false,
-- the merchant honoured what was paid and nothing more. Only a reversal changes a row, once.
CREATE TABLE vouchers.redemptions (
    id uuid PRIMARY KEY,
    voucher_id uuid NOT NULL REFERENCES vouchers.vouchers,
    merchant_id uuid NOT NULL,
    location_id uuid,
    units integer NOT NULL CHECK (units >= 1),
    paid_minor bigint NOT NULL CHECK (paid_minor >= 0),
    promotion_minor bigint NOT NULL CHECK (promotion_minor >= 0),
    commission_minor bigint NOT NULL CHECK (commission_minor >= 0),
    commission_tax_minor bigint NOT NULL CHECK (commission_tax_minor >= 0),
    voucher_tax_minor bigint NOT NULL CHECK (voucher_tax_minor >= 0),
    with_promotion boolean NOT NULL,
    -- Whether it took every unit that the voucher ever had.
    whole boolean NOT NULL,
    channel text NOT NULL CHECK (channel IN ('scanned', 'typed', 'offline')),
    account_id uuid REFERENCES identity.accounts,
    device_id uuid REFERENCES vouchers.devices,
    -- Of the device, or of the account where there is none: what the same sender sends twice is done once.
    redeemer_id uuid NOT NULL,
    nonce text NOT NULL CHECK (length(nonce) BETWEEN 1 AND 100),
    attested_age_years integer CHECK (attested_age_years BETWEEN 0 AND 150),
    -- When it happened, and when we heard of it; these differ for a device without network.
    redeemed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    reversed_at timestamptz,
    reversed_by uuid,
    reversal_reason text CHECK (length(reversal_reason) BETWEEN 1 AND 2000),
    UNIQUE (redeemer_id, nonce),
    CONSTRAINT redemptions_by_somebody CHECK (redeemer_id = coalesce(device_id, account_id)),
    CONSTRAINT redemptions_reversed_by_somebody CHECK (num_nonnulls(reversed_at, reversed_by) <> 1),
    CONSTRAINT redemptions_reversed_in_time CHECK (reversed_at <= recorded_at + interval '15 minutes')
);
CREATE UNIQUE INDEX redemptions_one_whole ON vouchers.redemptions (voucher_id) WHERE whole AND reversed_at IS NULL;
CREATE INDEX redemptions_by_voucher ON vouchers.redemptions (voucher_id);
CREATE INDEX redemptions_by_merchant ON vouchers.redemptions (merchant_id, id);

CREATE FUNCTION vouchers.guard_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER redemptions_reversed_once BEFORE UPDATE ON vouchers.redemptions
FOR EACH ROW EXECUTE FUNCTION vouchers.guard_redemption();
CREATE TRIGGER redemptions_kept BEFORE DELETE OR TRUNCATE ON vouchers.redemptions
FOR EACH STATEMENT EXECUTE FUNCTION vouchers.refuse_change();

-- How many codes were typed that do not exist, by account and by merchant, in spans of some minutes.
CREATE TABLE vouchers.guesses (
    guesser_id uuid NOT NULL,
    since timestamptz NOT NULL,
    count integer NOT NULL CHECK (count >= 0),
    PRIMARY KEY (guesser_id, since)
);
CREATE INDEX guesses_by_time ON vouchers.guesses (since);

ALTER TABLE vouchers.devices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE vouchers.redemptions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE vouchers.guesses ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY staff_works ON vouchers.devices TO highstreet_app
USING (identity.may('vouchers.redeem', merchant_id)) WITH CHECK (identity.may('vouchers.redeem', merchant_id));
CREATE POLICY staff_reads ON vouchers.redemptions FOR SELECT TO highstreet_app
USING (
    kit.actor_kind() <> 'shopper'
    AND (identity.may('vouchers.redeem', merchant_id) OR identity.may('vouchers.read', merchant_id))
);
CREATE POLICY owner_reads ON vouchers.redemptions FOR SELECT TO highstreet_app
USING (kit.actor_kind() = 'shopper' AND EXISTS (SELECT FROM vouchers.vouchers WHERE vouchers.id = voucher_id));

CREATE POLICY system_works ON vouchers.devices TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON vouchers.redemptions TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON vouchers.guesses TO highstreet_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT ON vouchers.devices TO highstreet_app;
GRANT UPDATE (revoked_at, revoked_by) ON vouchers.devices TO highstreet_app;
GRANT SELECT ON vouchers.redemptions TO highstreet_app;
GRANT SELECT, UPDATE ON vouchers.devices TO highstreet_system;
GRANT SELECT, INSERT ON vouchers.redemptions TO highstreet_system;
GRANT UPDATE (reversed_at, reversed_by, reversal_reason) ON vouchers.redemptions TO highstreet_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON vouchers.guesses TO highstreet_system;
