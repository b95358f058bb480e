-- How many guests with vouchers of a deal its merchant can take at a location, by the day of the week; Monday is 1.
CREATE TABLE bookings.capacities (
    deal_id uuid NOT NULL REFERENCES catalog.deals ON DELETE CASCADE,
    location_id uuid NOT NULL REFERENCES catalog.locations,
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    merchant_id uuid NOT NULL,
    guests integer NOT NULL CHECK (guests BETWEEN 0 AND 10000),
    PRIMARY KEY (deal_id, location_id, weekday)
);
CREATE INDEX capacities_by_location ON bookings.capacities (location_id);

-- How many have booked for a deal at a location on a day of its place, whatever the slot. Without a `capacity` a day has
-- no end of its own; one that was lowered below what is taken stands there until enough have cancelled.
CREATE TABLE bookings.days (
    deal_id uuid NOT NULL REFERENCES catalog.deals,
    location_id uuid NOT NULL REFERENCES catalog.locations,
    day date NOT NULL,
    merchant_id uuid NOT NULL,
    capacity integer CHECK (capacity >= 0),
    taken integer NOT NULL CHECK (taken >= 0),
    PRIMARY KEY (deal_id, location_id, day)
);
CREATE INDEX days_by_location ON bookings.days (location_id);

CREATE FUNCTION bookings.guard_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'on % location % takes % and not one more', NEW.day, NEW.location_id, NEW.capacity
    USING ERRCODE = 'check_violation', CONSTRAINT = 'days_hold_no_more_than_they_can';
END;
$$;
CREATE TRIGGER days_begin_within BEFORE INSERT ON bookings.days
FOR EACH ROW WHEN (NEW.taken > NEW.capacity) EXECUTE FUNCTION bookings.guard_day();
CREATE TRIGGER days_stay_within BEFORE UPDATE ON bookings.days
FOR EACH ROW WHEN (NEW.taken > NEW.capacity AND NEW.taken > OLD.taken) EXECUTE FUNCTION bookings.guard_day();

INSERT INTO bookings.days (deal_id, location_id, day, merchant_id, taken)
SELECT
    options.deal_id, slots.location_id, (slots.starts_at AT TIME ZONE places.time_zone)::date, slots.merchant_id,
    sum(slots.taken)
FROM bookings.slots
INNER JOIN catalog.options ON slots.option_id = options.id
INNER JOIN catalog.locations ON slots.location_id = locations.id
INNER JOIN catalog.places ON locations.place_id = places.id
WHERE slots.taken > 0
GROUP BY 1, 2, 3, 4;

ALTER TABLE bookings.capacities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE bookings.days ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY staff_reads ON bookings.capacities FOR SELECT TO highstreet_app
USING (kit.actor_kind() <> 'shopper' AND identity.may('deals.edit', merchant_id));
CREATE POLICY staff_reads ON bookings.days FOR SELECT TO highstreet_app
USING (kit.actor_kind() <> 'shopper' AND identity.may('deals.edit', merchant_id));
CREATE POLICY system_works ON bookings.capacities TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON bookings.days TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT ON bookings.capacities, bookings.days TO highstreet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON bookings.capacities TO highstreet_system;
GRANT SELECT, INSERT, UPDATE ON bookings.days TO highstreet_system;

-- The guard of a deal ------------------------------------------------------------------------------------------------

CREATE SCHEMA capacity;
GRANT USAGE ON SCHEMA capacity TO highstreet_app, highstreet_system;

-- The only steps that a guard may take.
CREATE TABLE capacity.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY (before, after)
);
INSERT INTO capacity.allowed_transitions (before, after) VALUES
('watching', 'paused'), ('paused', 'watching'), ('paused', 'waived'), ('waived', 'watching');

-- What a merchant stated of a deal, and whether its sale is watched. Loads are hundredths of the room.
CREATE TABLE capacity.guards (
    deal_id uuid PRIMARY KEY REFERENCES catalog.deals ON DELETE CASCADE,
    merchant_id uuid NOT NULL REFERENCES catalog.merchants,
    own_tax_rate integer NOT NULL CHECK (own_tax_rate BETWEEN 0 AND 10000),
    pause_percent integer CHECK (pause_percent BETWEEN 2 AND 100),
    resume_percent integer CHECK (resume_percent >= 1),
    state text NOT NULL CHECK (state IN ('watching', 'paused', 'waived')),
    load_percent integer CHECK (load_percent >= 0),
    -- Who let it be sold on near its capacity, where that is known.
    waived_by uuid REFERENCES identity.accounts,
    -- When the guard looks the next time; none where there is nothing to watch, or nothing any more.
    look_at timestamptz,
    changed_at timestamptz NOT NULL,
    CONSTRAINT guards_resume_below CHECK (resume_percent < pause_percent),
    CONSTRAINT guards_brake_whole CHECK ((pause_percent IS NULL) = (resume_percent IS NULL)),
    CONSTRAINT guards_waived_by_somebody CHECK (state = 'waived' OR waived_by IS NULL),
    CONSTRAINT guards_pause_with_brake CHECK (state = 'watching' OR pause_percent IS NOT NULL)
);
CREATE INDEX guards_by_merchant ON capacity.guards (merchant_id);
CREATE INDEX guards_to_look ON capacity.guards (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX guards_by_waiver ON capacity.guards (waived_by) WHERE waived_by IS NOT NULL;

CREATE FUNCTION capacity.guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER guards_transition BEFORE UPDATE ON capacity.guards
FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION capacity.guard_transition();

-- What one voucher of an option brings and costs its merchant.
CREATE TABLE capacity.served (
    option_id uuid PRIMARY KEY REFERENCES catalog.options ON DELETE CASCADE,
    deal_id uuid NOT NULL REFERENCES capacity.guards ON DELETE CASCADE,
    guests integer NOT NULL CHECK (guests BETWEEN 1 AND 100),
    cost_minor bigint NOT NULL CHECK (cost_minor BETWEEN 0 AND 1000000000000000)
);
CREATE INDEX served_by_deal ON capacity.served (deal_id);

ALTER TABLE capacity.allowed_transitions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE capacity.guards ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE capacity.served ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- What something costs a merchant is its secret: the house reads it only where it works in its name.
CREATE POLICY staff_reads ON capacity.guards FOR SELECT TO highstreet_app
USING (kit.actor_kind() = 'staff' AND identity.may('deals.edit', merchant_id));
CREATE POLICY staff_reads ON capacity.served FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM capacity.guards WHERE guards.deal_id = served.deal_id));
CREATE POLICY system_reads ON capacity.allowed_transitions FOR SELECT TO highstreet_system USING (true);
CREATE POLICY system_works ON capacity.guards TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON capacity.served TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT ON capacity.guards, capacity.served TO highstreet_app;
GRANT SELECT ON capacity.allowed_transitions TO highstreet_system;
GRANT SELECT, INSERT, UPDATE ON capacity.guards TO highstreet_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON capacity.served TO highstreet_system;
