-- What a device did without network and told later. Which of several happened is decided by when they did, so a claim
-- that was accepted can still give way to an earlier one.
CREATE TABLE vouchers.claims (
    id uuid PRIMARY KEY,
    device_id uuid NOT NULL REFERENCES vouchers.devices,
    nonce text NOT NULL CHECK (length(nonce) BETWEEN 1 AND 100),
    -- None where the code that was scanned is no voucher's.
    voucher_id uuid REFERENCES vouchers.vouchers,
    location_id uuid,
    units integer CHECK (units >= 1),
    age_years integer CHECK (age_years BETWEEN 0 AND 150),
    booked_at timestamptz,
    -- When it happened by the device's clock, and by ours as far as the two can be compared.
    stated_at timestamptz NOT NULL,
    claimed_at timestamptz NOT NULL,
    synced_at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'contested', 'refused')),
    -- Why it was not accepted: the name of the reason.
    why text CHECK (length(why) BETWEEN 1 AND 100),
    redemption_id uuid UNIQUE REFERENCES vouchers.redemptions,
    -- How often it was redeemed; more than once where it gave way and came back.
    attempts integer NOT NULL CHECK (attempts >= 0),
    UNIQUE (device_id, nonce),
    CONSTRAINT claims_accepted_have_redemption CHECK ((outcome = 'accepted') = (redemption_id IS NOT NULL)),
    CONSTRAINT claims_others_have_a_reason CHECK ((outcome = 'accepted') = (why IS NULL)),
    CONSTRAINT claims_not_before_they_happened CHECK (claimed_at <= synced_at)
);
CREATE INDEX claims_by_voucher ON vouchers.claims (voucher_id, claimed_at, device_id);

-- An earlier claim takes a redemption back whenever it is told; people do so for 15 minutes.
-- The wider rule follows at once.
-- squawk-ignore ban-drop-constraint
ALTER TABLE vouchers.redemptions DROP CONSTRAINT redemptions_reversed_in_time;
ALTER TABLE vouchers.redemptions ADD CONSTRAINT redemptions_reversed_in_time CHECK (
    channel = 'offline' OR reversed_at <= recorded_at + interval '15 minutes'
) NOT VALID;

ALTER TABLE vouchers.claims ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY staff_reads ON vouchers.claims FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM vouchers.devices WHERE devices.id = claims.device_id));
CREATE POLICY system_works ON vouchers.claims TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT ON vouchers.claims TO highstreet_app;
GRANT SELECT, INSERT, UPDATE ON vouchers.claims TO highstreet_system;
