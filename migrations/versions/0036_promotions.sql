CREATE SCHEMA promotions;
GRANT USAGE ON SCHEMA promotions TO highstreet_app, highstreet_system;

-- What a code takes off, for whom, of what, and how much of it there is. Counts are of orders that hold or have used it.
CREATE TABLE promotions.promotions (
    id uuid PRIMARY KEY,
    -- As everybody types it, in capitals.
    code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{2,49}$'),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- Ten-thousandths of the price, or an amount.
    rate integer CHECK (rate BETWEEN 1 AND 10000),
    amount_minor bigint CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    -- No order gets more than this off.
    most_minor bigint CHECK (most_minor >= 1),
    least_price_minor bigint NOT NULL CHECK (least_price_minor >= 0),
    budget_minor bigint CHECK (budget_minor >= 1),
    given_minor bigint NOT NULL CHECK (given_minor >= 0),
    uses_limit integer CHECK (uses_limit >= 1),
    uses integer NOT NULL CHECK (uses >= 0),
    person_limit integer CHECK (person_limit >= 1),
    first_order_only boolean NOT NULL,
    -- Whether it goes together with others that do.
    combines boolean NOT NULL,
    -- Only of these; none named: of everything.
    deal_ids uuid[] NOT NULL,
    merchant_ids uuid[] NOT NULL,
    category_ids uuid[] NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    paused boolean NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT promotions_take_one_thing_off CHECK (num_nonnulls(rate, amount_minor) = 1),
    CONSTRAINT promotions_within_budget CHECK (given_minor <= budget_minor),
    CONSTRAINT promotions_within_uses CHECK (uses <= uses_limit),
    CONSTRAINT promotions_last CHECK (valid_until > valid_from)
);

-- How often somebody holds or has used a promotion.
CREATE TABLE promotions.persons (
    promotion_id uuid NOT NULL REFERENCES promotions.promotions,
    account_id uuid NOT NULL REFERENCES identity.accounts,
    uses integer NOT NULL CHECK (uses >= 0),
    PRIMARY KEY (promotion_id, account_id)
);
CREATE INDEX persons_by_account ON promotions.persons (account_id);

-- What an order takes off by a promotion. It is held with the order, then used, or let go.
CREATE TABLE promotions.uses (
    promotion_id uuid NOT NULL REFERENCES promotions.promotions,
    order_id uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES identity.accounts,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 1),
    state text NOT NULL CHECK (state IN ('held', 'used', 'released')),
    at timestamptz NOT NULL,
    PRIMARY KEY (order_id, promotion_id)
);
CREATE INDEX uses_by_promotion ON promotions.uses (promotion_id);
CREATE INDEX uses_by_account ON promotions.uses (account_id);

-- Credit that somebody was given: it is spent from the grant that ends first.
CREATE TABLE promotions.credits (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES identity.accounts,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    origin text NOT NULL CHECK (origin IN ('promotion', 'goodwill', 'refund')),
    granted_minor bigint NOT NULL CHECK (granted_minor BETWEEN 1 AND 1000000000000000),
    left_minor bigint NOT NULL,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    granted_at timestamptz NOT NULL,
    expires_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT credits_left_of_what_was_granted CHECK (left_minor BETWEEN 0 AND granted_minor),
    CONSTRAINT credits_last CHECK (expires_at > granted_at),
    CONSTRAINT credits_end_with_nothing_left CHECK (ended_at IS NULL OR left_minor = 0)
);
CREATE INDEX credits_by_account ON promotions.credits (account_id) WHERE left_minor > 0;
CREATE INDEX credits_by_end ON promotions.credits (expires_at) WHERE ended_at IS NULL;

CREATE TABLE promotions.credit_uses (
    credit_id uuid NOT NULL REFERENCES promotions.credits,
    order_id uuid NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 1),
    state text NOT NULL CHECK (state IN ('held', 'used', 'released')),
    at timestamptz NOT NULL,
    PRIMARY KEY (order_id, credit_id)
);
CREATE INDEX credit_uses_by_credit ON promotions.credit_uses (credit_id);

CREATE FUNCTION promotions.guard_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what order % took off was % already', OLD.order_id, OLD.state
    USING ERRCODE = 'check_violation', CONSTRAINT = 'uses_end_once';
END;
$$;
CREATE TRIGGER uses_guarded BEFORE UPDATE ON promotions.uses
FOR EACH ROW WHEN (OLD.state <> 'held' AND OLD.state <> NEW.state) EXECUTE FUNCTION promotions.guard_use();
CREATE TRIGGER credit_uses_guarded BEFORE UPDATE ON promotions.credit_uses
FOR EACH ROW WHEN (OLD.state <> 'held' AND OLD.state <> NEW.state) EXECUTE FUNCTION promotions.guard_use();

ALTER TABLE promotions.promotions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE promotions.persons ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE promotions.uses ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE promotions.credits ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE promotions.credit_uses ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- A code is worth money to whoever knows it, so only those who make them read them.
CREATE POLICY editor_works ON promotions.promotions TO highstreet_app
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('promotions.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('promotions.edit')));
CREATE POLICY editor_reads ON promotions.uses FOR SELECT TO highstreet_app
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('promotions.edit')));
CREATE POLICY own_reads ON promotions.credits FOR SELECT TO highstreet_app
USING (kit.actor_kind() IN ('shopper', 'partner') AND account_id = kit.actor_id());
CREATE POLICY system_works ON promotions.promotions TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON promotions.persons TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON promotions.uses TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON promotions.credits TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON promotions.credit_uses TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON promotions.promotions TO highstreet_app;
GRANT SELECT ON promotions.uses, promotions.credits TO highstreet_app;
GRANT SELECT, INSERT, UPDATE ON promotions.promotions, promotions.persons, promotions.uses, promotions.credits,
promotions.credit_uses TO highstreet_system;
GRANT DELETE ON promotions.persons TO highstreet_system;
