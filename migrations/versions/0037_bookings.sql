CREATE SCHEMA bookings;
GRANT USAGE ON SCHEMA bookings TO highstreet_app, highstreet_system;

-- A time at which a location takes so many people for an option.
CREATE TABLE bookings.slots (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL,
    location_id uuid NOT NULL REFERENCES catalog.locations,
    option_id uuid NOT NULL REFERENCES catalog.options,
    starts_at timestamptz NOT NULL,
    length_minutes integer NOT NULL CHECK (length_minutes BETWEEN 5 AND 1440),
    capacity integer NOT NULL CHECK (capacity BETWEEN 1 AND 10000),
    taken integer NOT NULL CHECK (taken >= 0),
    -- From then on it takes nobody else.
    withdrawn_at timestamptz,
    UNIQUE (location_id, option_id, starts_at),
    UNIQUE (id, merchant_id),
    CONSTRAINT slots_hold_no_more_than_they_can CHECK (taken <= capacity)
);
CREATE INDEX slots_by_option ON bookings.slots (option_id, starts_at);

-- `voucher_id` lies beside this room, so it is no foreign key.
CREATE TABLE bookings.bookings (
    id uuid PRIMARY KEY,
    slot_id uuid NOT NULL,
    merchant_id uuid NOT NULL,
    voucher_id uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES identity.accounts,
    seats integer NOT NULL CHECK (seats >= 1),
    booked_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    FOREIGN KEY (slot_id, merchant_id) REFERENCES bookings.slots (id, merchant_id),
    CONSTRAINT bookings_end_after_they_began CHECK (cancelled_at >= booked_at)
);
CREATE UNIQUE INDEX bookings_one_a_voucher ON bookings.bookings (voucher_id) WHERE cancelled_at IS NULL;
CREATE INDEX bookings_by_slot ON bookings.bookings (slot_id);
CREATE INDEX bookings_by_account ON bookings.bookings (account_id);

-- At commit: a slot has taken what its bookings say.
CREATE FUNCTION bookings.guard_seats() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE CONSTRAINT TRIGGER bookings_are_taken AFTER INSERT OR UPDATE ON bookings.bookings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bookings.guard_seats();

ALTER TABLE bookings.slots ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE bookings.bookings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY everyone_reads ON bookings.slots FOR SELECT TO highstreet_app USING (true);
CREATE POLICY staff_adds ON bookings.slots FOR INSERT TO highstreet_app
WITH CHECK (identity.may('deals.edit', merchant_id));
CREATE POLICY staff_changes ON bookings.slots FOR UPDATE TO highstreet_app
USING (identity.may('deals.edit', merchant_id)) WITH CHECK (identity.may('deals.edit', merchant_id));
CREATE POLICY owner_reads ON bookings.bookings FOR SELECT TO highstreet_app
USING (kit.actor_kind() = 'shopper' AND account_id = kit.actor_id());
CREATE POLICY staff_reads ON bookings.bookings FOR SELECT TO highstreet_app
USING (
    kit.actor_kind() <> 'shopper'
    AND (identity.may('vouchers.redeem', merchant_id) OR identity.may('deals.edit', merchant_id))
);
CREATE POLICY system_works ON bookings.slots TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON bookings.bookings TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON bookings.slots TO highstreet_app;
GRANT UPDATE (withdrawn_at) ON bookings.slots TO highstreet_app;
GRANT SELECT ON bookings.bookings TO highstreet_app;
GRANT SELECT, INSERT, UPDATE ON bookings.slots, bookings.bookings TO highstreet_system;
