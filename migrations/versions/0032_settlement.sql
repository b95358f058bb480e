-- A line of the ledger is stated to its party once. Who states it claims it, whenever it was written and committed.
CREATE TABLE ledger.claims (
    entry_id uuid NOT NULL,
    position smallint NOT NULL,
    claimed_by uuid NOT NULL,
    PRIMARY KEY (entry_id, position),
    FOREIGN KEY (entry_id, position) REFERENCES ledger.lines (entry_id, position)
);
CREATE TRIGGER claims_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.claims
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE ledger.claims ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY system_works ON ledger.claims TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON ledger.claims TO highstreet_system;

CREATE SCHEMA settlement;
GRANT USAGE ON SCHEMA settlement TO highstreet_app, highstreet_system;

-- Who is paid: a merchant in one currency. `destination` is the name by which whoever pays knows where to; it is no
-- account number. Amounts are minor units of the currency.
CREATE TABLE settlement.payees (
    merchant_id uuid NOT NULL REFERENCES catalog.merchants,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    schedule text NOT NULL CHECK (schedule IN ('weekly', 'monthly', 'on_redemption')),
    minimum_minor bigint NOT NULL CHECK (minimum_minor BETWEEN 0 AND 1000000000000000),
    reserve_basis_points integer NOT NULL CHECK (reserve_basis_points BETWEEN 0 AND 10000),
    reserve_days integer NOT NULL CHECK (reserve_days BETWEEN 0 AND 365),
    destination text CHECK (length(destination) BETWEEN 1 AND 200),
    destination_changed_at timestamptz,
    -- Why nothing is paid for the time being, in words; none: it is paid.
    withheld text CHECK (length(withheld) BETWEEN 1 AND 500),
    due_at timestamptz NOT NULL,
    -- Since when the account has been below zero at every settling.
    negative_since timestamptz,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, currency),
    CONSTRAINT payees_know_since_when CHECK (num_nonnulls(destination, destination_changed_at) IN (0, 2)),
    CONSTRAINT payees_reserve_for_a_time CHECK ((reserve_basis_points = 0) = (reserve_days = 0))
);
CREATE INDEX payees_due ON settlement.payees (due_at);

-- A merchant's own staff say where to and when; what is held back or withheld is not theirs to change.
CREATE FUNCTION settlement.guard_payee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF kit.actor_kind() = 'staff' AND (
        (TG_OP = 'INSERT' AND (NEW.reserve_basis_points <> 0 OR NEW.withheld IS NOT NULL))
        OR (TG_OP = 'UPDATE' AND (
            OLD.reserve_basis_points, OLD.reserve_days, OLD.withheld, OLD.negative_since
        ) IS DISTINCT FROM (
            NEW.reserve_basis_points, NEW.reserve_days, NEW.withheld, NEW.negative_since
        ))
    ) THEN
        RAISE EXCEPTION 'staff of a merchant cannot change what is held back of its earnings'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER payees_guarded BEFORE INSERT OR UPDATE ON settlement.payees
FOR EACH ROW EXECUTE FUNCTION settlement.guard_payee();

-- What was changed about a payee, by whom. Added to, and never changed.
CREATE TABLE settlement.payee_changes (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant_id uuid NOT NULL,
    currency text NOT NULL,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    schedule text NOT NULL,
    minimum_minor bigint NOT NULL,
    reserve_basis_points integer NOT NULL,
    reserve_days integer NOT NULL,
    destination text,
    withheld text,
    FOREIGN KEY (merchant_id, currency) REFERENCES settlement.payees (merchant_id, currency)
);
CREATE INDEX payee_changes_by_payee ON settlement.payee_changes (merchant_id, currency, position);

-- What moved on a merchant's account between two balances. The first begins at zero, each later one where the one before
-- it ended. Positive is in the merchant's favour.
CREATE TABLE settlement.statements (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL,
    currency text NOT NULL,
    number integer NOT NULL CHECK (number >= 1),
    opening_minor bigint NOT NULL,
    closing_minor bigint NOT NULL,
    line_count integer NOT NULL CHECK (line_count >= 1),
    -- Beside the account, when this was made.
    reserve_minor bigint NOT NULL CHECK (reserve_minor >= 0),
    debt_minor bigint NOT NULL,
    payout_minor bigint NOT NULL CHECK (payout_minor >= 0),
    -- Why nothing was paid out; none where something was.
    carried_because text CHECK (carried_because IN (
        'nothing_to_pay', 'negative', 'below_minimum', 'no_destination', 'destination_changed', 'withheld'
    )),
    made_at timestamptz NOT NULL,
    UNIQUE (merchant_id, currency, number),
    UNIQUE (id, merchant_id, currency),
    FOREIGN KEY (merchant_id, currency) REFERENCES settlement.payees (merchant_id, currency),
    CONSTRAINT statements_begin_at_zero CHECK (number > 1 OR opening_minor = 0),
    CONSTRAINT statements_pay_or_say_why CHECK ((payout_minor > 0) = (carried_because IS NULL))
);

CREATE TABLE settlement.statement_lines (
    statement_id uuid NOT NULL REFERENCES settlement.statements,
    number integer NOT NULL CHECK (number >= 1),
    entry_id uuid NOT NULL,
    position smallint NOT NULL,
    kind text NOT NULL,
    posted_at timestamptz NOT NULL,
    order_id uuid,
    voucher_id uuid,
    refund_id uuid,
    payout_id uuid,
    terms_version integer,
    gross_minor bigint NOT NULL,
    commission_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    PRIMARY KEY (statement_id, number),
    UNIQUE (entry_id, position),
    FOREIGN KEY (entry_id, position) REFERENCES ledger.lines (entry_id, position),
    CONSTRAINT statement_lines_add_up CHECK (gross_minor - commission_minor - tax_minor = amount_minor)
);

-- At commit: a statement goes on where the one before it ended, and its lines lead from one balance to the other.
CREATE FUNCTION settlement.guard_statement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved_minor bigint;
    counted bigint;
    before_minor bigint;
BEGIN
    SELECT coalesce(sum(lines.amount_minor), 0), count(*) INTO moved_minor, counted
    FROM settlement.statement_lines AS lines WHERE lines.statement_id = NEW.id;
    SELECT earlier.closing_minor INTO before_minor
    FROM settlement.statements AS earlier
    WHERE earlier.merchant_id = NEW.merchant_id AND earlier.currency = NEW.currency
        AND earlier.number = NEW.number - 1;
    IF counted <> NEW.line_count OR NEW.opening_minor + moved_minor <> NEW.closing_minor
        OR NEW.opening_minor IS DISTINCT FROM (CASE WHEN NEW.number = 1 THEN 0 ELSE before_minor END)
    THEN
        RAISE EXCEPTION 'statement % does not add up', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'statements_add_up';
    END IF;
    RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER statements_add_up AFTER INSERT ON settlement.statements
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement.guard_statement();

-- Payouts ------------------------------------------------------------------------------------------------------------

-- The only steps that a payout's state may take; `new` stands for one that is just being made.
CREATE TABLE settlement.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY (before, after)
);
INSERT INTO settlement.allowed_transitions (before, after) VALUES
('new', 'proposed'), ('proposed', 'sent'), ('proposed', 'failed'), ('sent', 'paid'), ('sent', 'failed');

CREATE TABLE settlement.payouts (
    id uuid PRIMARY KEY,
    statement_id uuid NOT NULL UNIQUE,
    merchant_id uuid NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    destination text NOT NULL,
    state text NOT NULL CHECK (state IN ('proposed', 'sent', 'paid', 'failed')),
    -- What whoever pays calls the transfer; each is one payout's.
    transfer_ref text UNIQUE CHECK (length(transfer_ref) BETWEEN 1 AND 200),
    problem text CHECK (length(problem) BETWEEN 1 AND 500),
    -- Whoever sends automatically tries next at this moment; none: nothing is due.
    due_at timestamptz,
    attempts integer NOT NULL CHECK (attempts >= 0),
    proposed_at timestamptz NOT NULL,
    sent_at timestamptz,
    settled_at timestamptz,
    FOREIGN KEY (statement_id, merchant_id, currency)
    REFERENCES settlement.statements (id, merchant_id, currency),
    CONSTRAINT payouts_sent_before_they_arrive CHECK (state <> 'sent' OR sent_at IS NOT NULL),
    CONSTRAINT payouts_settled_when_over CHECK ((settled_at IS NOT NULL) = (state IN ('paid', 'failed'))),
    CONSTRAINT payouts_fail_for_a_reason CHECK (state <> 'failed' OR problem IS NOT NULL),
    CONSTRAINT payouts_due_while_open CHECK (due_at IS NULL OR state IN ('proposed', 'sent'))
);
CREATE INDEX payouts_by_payee ON settlement.payouts (merchant_id, currency, proposed_at);
CREATE INDEX payouts_open ON settlement.payouts (proposed_at) WHERE state IN ('proposed', 'sent');
CREATE INDEX payouts_due ON settlement.payouts (due_at) WHERE due_at IS NOT NULL;

CREATE FUNCTION settlement.guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came_from text := 'new';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        came_from := OLD.state;
        IF (OLD.amount_minor, OLD.currency, OLD.merchant_id, OLD.destination)
            <> (NEW.amount_minor, NEW.currency, NEW.merchant_id, NEW.destination)
        THEN
            RAISE EXCEPTION 'payout % keeps its amount and its destination', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payouts_keep_what_they_are';
        END IF;
    END IF;
    IF came_from <> NEW.state AND NOT EXISTS (
        SELECT FROM settlement.allowed_transitions AS allowed
        WHERE allowed.before = came_from AND allowed.after = NEW.state
    ) THEN
        RAISE EXCEPTION 'payout % is % and cannot become %', NEW.id, came_from, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'payouts_transition';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER payouts_guarded BEFORE INSERT OR UPDATE ON settlement.payouts
FOR EACH ROW EXECUTE FUNCTION settlement.guard_transition();

-- What is held back of a settling's earnings, until when.
CREATE TABLE settlement.reserves (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    held_at timestamptz NOT NULL,
    release_at timestamptz NOT NULL CHECK (release_at > held_at),
    released_at timestamptz,
    FOREIGN KEY (merchant_id, currency) REFERENCES settlement.payees (merchant_id, currency)
);
CREATE INDEX reserves_held ON settlement.reserves (merchant_id, currency, release_at) WHERE released_at IS NULL;

CREATE TRIGGER payee_changes_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement.payee_changes
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER statements_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement.statements
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER statement_lines_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement.statement_lines
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Who may see and do what --------------------------------------------------------------------------------------------

ALTER TABLE settlement.payees ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE settlement.payee_changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE settlement.statements ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE settlement.statement_lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE settlement.allowed_transitions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE settlement.payouts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE settlement.reserves ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Merchants' staff see their own, operators with the permission see all: both are what `may` answers.
CREATE POLICY reader_reads ON settlement.payees FOR SELECT TO highstreet_app
USING (identity.may('statements.read', merchant_id));
CREATE POLICY editor_reads ON settlement.payees FOR SELECT TO highstreet_app
USING (identity.may('payouts.edit', merchant_id));
CREATE POLICY editor_adds ON settlement.payees FOR INSERT TO highstreet_app
WITH CHECK (identity.may('payouts.edit', merchant_id));
CREATE POLICY editor_changes ON settlement.payees FOR UPDATE TO highstreet_app
USING (identity.may('payouts.edit', merchant_id)) WITH CHECK (identity.may('payouts.edit', merchant_id));
CREATE POLICY reader_reads ON settlement.payee_changes FOR SELECT TO highstreet_app
USING (identity.may('payouts.edit', merchant_id));
CREATE POLICY editor_adds ON settlement.payee_changes FOR INSERT TO highstreet_app
WITH CHECK (identity.may('payouts.edit', merchant_id));
CREATE POLICY reader_reads ON settlement.statements FOR SELECT TO highstreet_app
USING (identity.may('statements.read', merchant_id));
CREATE POLICY reader_reads ON settlement.statement_lines FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM settlement.statements WHERE statements.id = statement_lines.statement_id));
CREATE POLICY everyone_reads ON settlement.allowed_transitions FOR SELECT
TO highstreet_app, highstreet_system USING (true);
CREATE POLICY reader_reads ON settlement.payouts FOR SELECT TO highstreet_app
USING (identity.may('statements.read', merchant_id));
CREATE POLICY reader_reads ON settlement.reserves FOR SELECT TO highstreet_app
USING (identity.may('statements.read', merchant_id));

CREATE POLICY system_works ON settlement.payees TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON settlement.payee_changes TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON settlement.statements TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON settlement.statement_lines TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON settlement.payouts TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON settlement.reserves TO highstreet_system USING (true) WITH CHECK (true);

GRANT SELECT ON settlement.payees, settlement.payee_changes, settlement.statements, settlement.statement_lines,
settlement.allowed_transitions, settlement.payouts, settlement.reserves TO highstreet_app, highstreet_system;
GRANT INSERT, UPDATE ON settlement.payees TO highstreet_app, highstreet_system;
GRANT INSERT ON settlement.payee_changes TO highstreet_app, highstreet_system;
GRANT INSERT ON settlement.statements, settlement.statement_lines TO highstreet_system;
GRANT INSERT, UPDATE ON settlement.payouts, settlement.reserves TO highstreet_system;
