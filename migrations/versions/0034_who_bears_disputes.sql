-- Whether what was earned by a voucher goes back when its payment was disputed and that was lost; nobody had agreed to it.
ALTER TABLE settlement.payees ADD COLUMN bears_disputes boolean NOT NULL DEFAULT false;
-- The default was for the rows that are there; whoever adds one says it.
-- squawk-ignore ban-drop-default
ALTER TABLE settlement.payees ALTER COLUMN bears_disputes DROP DEFAULT;
ALTER TABLE settlement.payee_changes ADD COLUMN bears_disputes boolean NOT NULL DEFAULT false;
-- The default was for the rows that are there; whoever adds one says it.
-- squawk-ignore ban-drop-default
ALTER TABLE settlement.payee_changes ALTER COLUMN bears_disputes DROP DEFAULT;

CREATE OR REPLACE FUNCTION settlement.guard_payee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF kit.actor_kind() = 'staff' AND (
        (TG_OP = 'INSERT' AND (NEW.reserve_basis_points <> 0 OR NEW.bears_disputes OR NEW.withheld IS NOT NULL))
        OR (TG_OP = 'UPDATE' AND (
            OLD.reserve_basis_points, OLD.reserve_days, OLD.bears_disputes, OLD.withheld, OLD.negative_since
        ) IS DISTINCT FROM (
            NEW.reserve_basis_points, NEW.reserve_days, NEW.bears_disputes, NEW.withheld, NEW.negative_since
        ))
    ) THEN
        RAISE EXCEPTION 'staff of a merchant cannot change what is held back of its earnings'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END;
$$;

