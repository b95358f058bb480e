CREATE SCHEMA identity;
GRANT USAGE ON SCHEMA identity TO highstreet_app, highstreet_system;

-- Accounts -----------------------------------------------------------------------------------------------------------

-- The only steps that an account's state may take; `new` stands for one that is just being made.
CREATE TABLE identity.allowed_transitions (
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY (before, after)
);
INSERT INTO identity.allowed_transitions (before, after) VALUES
('new', 'guest'), ('new', 'registered'),
('guest', 'registered'), ('guest', 'merged'), ('guest', 'closed'),
('registered', 'suspended'), ('registered', 'closed'),
('suspended', 'registered'), ('suspended', 'closed');

-- A guest said an address and proved nothing; whoever is registered has proved that mail to it reaches them.
CREATE TABLE identity.accounts (
    id uuid PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('guest', 'registered', 'suspended', 'merged', 'closed')),
    email text CHECK (length(email) BETWEEN 3 AND 254),
    -- One spelling for all that mean the same mailbox as far as can be known.
    email_folded text COLLATE "C" CHECK (length(email_folded) BETWEEN 3 AND 254),
    verified_at timestamptz,
    name text CHECK (length(name) BETWEEN 1 AND 100),
    language text NOT NULL CHECK (language ~ '^[a-z]{2}$'),
    merged_into uuid REFERENCES identity.accounts,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT accounts_address_while_in_use CHECK (
        num_nonnulls(email, email_folded) = CASE WHEN state IN ('merged', 'closed') THEN 0 ELSE 2 END
    ),
    CONSTRAINT accounts_registered_are_verified CHECK (
        (verified_at IS NOT NULL) = (state IN ('registered', 'suspended')) OR state = 'closed'
    ),
    CONSTRAINT accounts_merge_into_another CHECK (
        (state = 'merged') = (merged_into IS NOT NULL) AND merged_into <> id
    )
);
CREATE UNIQUE INDEX accounts_by_address ON identity.accounts (email_folded) WHERE state IN ('registered', 'suspended');
CREATE INDEX accounts_of_guests ON identity.accounts (email_folded) WHERE state = 'guest';
CREATE INDEX accounts_by_survivor ON identity.accounts (merged_into) WHERE merged_into IS NOT NULL;

CREATE FUNCTION identity.guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came_from text := 'new';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        came_from := OLD.state;
    END IF;
    IF NOT EXISTS (
        SELECT FROM identity.allowed_transitions AS allowed
        WHERE allowed.before = came_from AND allowed.after = NEW.state
    ) THEN
        RAISE EXCEPTION 'account % is % and cannot become %', NEW.id, came_from, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_transition';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER accounts_birth BEFORE INSERT ON identity.accounts
FOR EACH ROW EXECUTE FUNCTION identity.guard_transition();
CREATE TRIGGER accounts_transition BEFORE UPDATE ON identity.accounts
FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION identity.guard_transition();

-- Roles and permissions, as data -------------------------------------------------------------------------------------

CREATE TABLE identity.permissions (
    name text PRIMARY KEY CHECK (name ~ '^[a-z]+\.[a-z]+$')
);

-- `reach` says what a role is about: everything here, one merchant, or one partner. So does the kind of actor that
-- uses it: an operator, a merchant's staff, a partner.
CREATE TABLE identity.roles (
    name text PRIMARY KEY CHECK (name ~ '^[a-z]+(_[a-z]+)*$'),
    reach text NOT NULL CHECK (reach IN ('everything', 'merchant', 'partner')),
    UNIQUE (name, reach)
);
CREATE TABLE identity.role_permissions (
    role text NOT NULL REFERENCES identity.roles,
    permission text NOT NULL REFERENCES identity.permissions,
    PRIMARY KEY (role, permission)
);
CREATE INDEX role_permissions_by_permission ON identity.role_permissions (permission);

INSERT INTO identity.permissions (name) VALUES
('accounts.manage'), ('deals.edit'), ('deals.review'), ('ledger.read'), ('merchants.edit'), ('orders.place'),
('orders.read'), ('orders.refund'), ('payouts.edit'), ('promotions.edit'), ('settings.edit'), ('staff.manage'),
('statements.read'), ('vouchers.read'), ('vouchers.redeem');
INSERT INTO identity.roles (name, reach) VALUES
('operator_admin', 'everything'), ('operator_editor', 'everything'), ('operator_finance', 'everything'),
('operator_support', 'everything'),
('merchant_owner', 'merchant'), ('merchant_manager', 'merchant'), ('merchant_scanner', 'merchant'),
('partner', 'partner');
INSERT INTO identity.role_permissions (role, permission)
SELECT 'operator_admin', permissions.name
FROM identity.permissions
WHERE permissions.name <> 'orders.place';
INSERT INTO identity.role_permissions (role, permission) VALUES
('operator_editor', 'deals.edit'), ('operator_editor', 'deals.review'), ('operator_editor', 'merchants.edit'),
('operator_editor', 'promotions.edit'),
('operator_finance', 'ledger.read'), ('operator_finance', 'orders.read'), ('operator_finance', 'orders.refund'),
('operator_finance', 'payouts.edit'), ('operator_finance', 'statements.read'),
('operator_support', 'accounts.manage'), ('operator_support', 'orders.read'), ('operator_support', 'orders.refund'),
('operator_support', 'vouchers.read'),
('merchant_owner', 'deals.edit'), ('merchant_owner', 'merchants.edit'), ('merchant_owner', 'orders.read'),
('merchant_owner', 'payouts.edit'), ('merchant_owner', 'staff.manage'), ('merchant_owner', 'statements.read'),
('merchant_owner', 'vouchers.read'), ('merchant_owner', 'vouchers.redeem'),
('merchant_manager', 'deals.edit'), ('merchant_manager', 'orders.read'), ('merchant_manager', 'vouchers.read'),
('merchant_manager', 'vouchers.redeem'),
('merchant_scanner', 'vouchers.redeem'),
('partner', 'orders.place'), ('partner', 'orders.read');

-- `scope` is the merchant or the partner that a role is about; those lie above, so it is no foreign key.
CREATE TABLE identity.grants (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES identity.accounts,
    role text NOT NULL,
    reach text NOT NULL,
    scope uuid,
    -- Who gave it; none where it was given at the command line.
    granted_by uuid REFERENCES identity.accounts,
    granted_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (account_id, role, scope),
    FOREIGN KEY (role, reach) REFERENCES identity.roles (name, reach),
    CONSTRAINT grants_scope_as_the_role_reaches CHECK ((reach = 'everything') = (scope IS NULL))
);
CREATE INDEX grants_by_scope ON identity.grants (scope) WHERE scope IS NOT NULL;
CREATE INDEX grants_by_giver ON identity.grants (granted_by) WHERE granted_by IS NOT NULL;

-- The one place that decides. An operator without an account is whoever has the command line; an API key may be held
-- to fewer permissions than its account has. Runs as its owner, so that policies may ask it about tables whose own
-- policies ask it.
CREATE FUNCTION identity.may(permission text, scope uuid DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    kind text := kit.actor_kind();
    actor uuid := kit.actor_id();
    within text := current_setting('highstreet.actor_within', true);
BEGIN
    IF kind = 'system' OR (kind = 'operator' AND actor IS NULL) THEN
        RETURN true;
    END IF;
    IF kind IS NULL OR actor IS NULL OR (within <> '' AND may.permission <> ALL (string_to_array(within, ','))) THEN
        RETURN false;
    END IF;
    RETURN EXISTS (
        SELECT
        FROM identity.grants
        INNER JOIN identity.role_permissions AS allowed ON grants.role = allowed.role
        INNER JOIN identity.accounts ON grants.account_id = accounts.id
        WHERE
            grants.account_id = actor
            AND accounts.state = 'registered'
            AND allowed.permission = may.permission
            AND grants.reach = CASE kind
                WHEN 'operator' THEN 'everything' WHEN 'staff' THEN 'merchant' WHEN 'partner' THEN 'partner'
            END
            AND (grants.scope IS NULL OR grants.scope = may.scope)
    );
END;
$$;
GRANT EXECUTE ON FUNCTION identity.may(text, uuid) TO highstreet_app, highstreet_system;

-- Who may see and do what --------------------------------------------------------------------------------------------

ALTER TABLE identity.allowed_transitions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.permissions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.roles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.role_permissions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.grants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- What `identity.may` reads, as whoever made it.
CREATE POLICY decision_reads ON identity.accounts FOR SELECT TO CURRENT_ROLE USING (true);
CREATE POLICY decision_reads ON identity.role_permissions FOR SELECT TO CURRENT_ROLE USING (true);
CREATE POLICY decision_reads ON identity.grants FOR SELECT TO CURRENT_ROLE USING (true);

CREATE POLICY everyone_reads ON identity.allowed_transitions FOR SELECT TO highstreet_app USING (true);
CREATE POLICY everyone_reads ON identity.permissions FOR SELECT TO highstreet_app USING (true);
CREATE POLICY everyone_reads ON identity.roles FOR SELECT TO highstreet_app USING (true);
CREATE POLICY everyone_reads ON identity.role_permissions FOR SELECT TO highstreet_app USING (true);

CREATE POLICY own_reads ON identity.accounts FOR SELECT TO highstreet_app USING (id = kit.actor_id());
CREATE POLICY own_works ON identity.accounts FOR UPDATE TO highstreet_app
USING (id = kit.actor_id()) WITH CHECK (id = kit.actor_id());
CREATE POLICY operator_reads ON identity.accounts FOR SELECT TO highstreet_app
USING (identity.may('accounts.manage'));
-- Whoever gives roles sees to whom they were given.
CREATE POLICY staff_reads ON identity.accounts FOR SELECT TO highstreet_app
USING (EXISTS (
    SELECT FROM identity.grants WHERE grants.account_id = accounts.id AND identity.may('staff.manage', grants.scope)
));
CREATE POLICY own_reads ON identity.grants FOR SELECT TO highstreet_app USING (account_id = kit.actor_id());
CREATE POLICY staff_works ON identity.grants TO highstreet_app
USING (identity.may('staff.manage', scope)) WITH CHECK (identity.may('staff.manage', scope));

CREATE POLICY system_reads ON identity.allowed_transitions FOR SELECT TO highstreet_system USING (true);
CREATE POLICY system_reads ON identity.permissions FOR SELECT TO highstreet_system USING (true);
CREATE POLICY system_reads ON identity.roles FOR SELECT TO highstreet_system USING (true);
CREATE POLICY system_reads ON identity.role_permissions FOR SELECT TO highstreet_system USING (true);
CREATE POLICY system_works ON identity.accounts TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON identity.grants TO highstreet_system USING (true) WITH CHECK (true);

GRANT SELECT ON identity.allowed_transitions, identity.permissions, identity.roles, identity.role_permissions
TO highstreet_app, highstreet_system;
GRANT SELECT, UPDATE (name, language, changed_at) ON identity.accounts TO highstreet_app;
GRANT SELECT, INSERT, DELETE ON identity.grants TO highstreet_app, highstreet_system;
GRANT SELECT, INSERT, UPDATE ON identity.accounts TO highstreet_system;
