ALTER TABLE orders.orders ADD COLUMN paid_at timestamptz;
ALTER TABLE orders.orders ADD CONSTRAINT orders_paid_at_a_time CHECK (
    (paid_at IS NOT NULL) = (state IN ('paid', 'partly_refunded', 'refunded'))
) NOT VALID;
ALTER TABLE orders.orders ADD CONSTRAINT orders_paid_by_a_payment CHECK (
    due_minor = 0 OR payment_id IS NOT NULL OR state NOT IN ('authorised', 'paid', 'partly_refunded', 'refunded')
) NOT VALID;

-- A deal that runs only once so many of it are sold. Until then money is set aside and not taken; at `due_at` it is let
-- go unless there were enough.
CREATE TABLE orders.tipping (
    deal_id uuid PRIMARY KEY REFERENCES catalog.deals,
    merchant_id uuid NOT NULL,
    needed integer NOT NULL CHECK (needed >= 1),
    due_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'tipped', 'failed')),
    set_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT tipping_ends CHECK ((state = 'open') = (ended_at IS NULL)),
    CONSTRAINT tipping_has_time CHECK (due_at > set_at)
);
CREATE INDEX tipping_open ON orders.tipping (due_at) WHERE state = 'open';

CREATE FUNCTION orders.guard_tipping() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'deal % has % already', OLD.deal_id, OLD.state
    USING ERRCODE = 'check_violation', CONSTRAINT = 'tipping_ends_once';
END;
$$;
CREATE TRIGGER tipping_guarded BEFORE UPDATE ON orders.tipping
FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION orders.guard_tipping();

ALTER TABLE orders.tipping ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY everyone_reads ON orders.tipping FOR SELECT TO highstreet_app USING (true);
CREATE POLICY editor_works ON orders.tipping TO highstreet_app
USING (identity.may('deals.edit', merchant_id)) WITH CHECK (identity.may('deals.edit', merchant_id));
CREATE POLICY system_works ON orders.tipping TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON orders.tipping TO highstreet_app, highstreet_system;
