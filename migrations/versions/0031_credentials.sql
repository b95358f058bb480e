-- What a browser carries -------------------------------------------------------------------------------------------------

-- Somebody is signed in. The browser has the token and this row its fingerprint, which changes with every step up.
CREATE TABLE identity.logins (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES identity.accounts,
    fingerprint bytea NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
    method text NOT NULL CHECK (method IN ('guest', 'link', 'password', 'passkey')),
    -- When a second factor was last shown; a passkey that knew its owner is both at once.
    second_factor_at timestamptz,
    -- The program and the network that it came from, as far as they say.
    device text NOT NULL CHECK (length(device) <= 200),
    network text NOT NULL CHECK (length(network) <= 64),
    idle_s integer NOT NULL CHECK (idle_s > 0),
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT logins_end CHECK (expires_at > created_at)
);
CREATE INDEX logins_by_account ON identity.logins (account_id);
CREATE INDEX logins_by_end ON identity.logins (expires_at);
CREATE INDEX logins_by_use ON identity.logins (seen_at);

-- What a program carries, held to fewer permissions than its account.
CREATE TABLE identity.keys (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES identity.accounts,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind text NOT NULL CHECK (kind IN ('shopper', 'staff', 'partner', 'operator')),
    fingerprint bytea NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
    -- How it begins, so that its owner knows it again.
    hint text NOT NULL CHECK (length(hint) BETWEEN 4 AND 12),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT keys_end CHECK (expires_at > created_at)
);
CREATE INDEX keys_by_account ON identity.keys (account_id);
CREATE TABLE identity.key_permissions (
    key_id uuid NOT NULL REFERENCES identity.keys ON DELETE CASCADE,
    permission text NOT NULL REFERENCES identity.permissions,
    PRIMARY KEY (key_id, permission)
);
CREATE INDEX key_permissions_by_permission ON identity.key_permissions (permission);

-- What proves who somebody is --------------------------------------------------------------------------------------------

CREATE TABLE identity.passwords (
    account_id uuid PRIMARY KEY REFERENCES identity.accounts,
    hash text NOT NULL CHECK (hash LIKE '$argon2id$%'),
    -- Whether it is long enough to stand alone; else a second factor has to stay.
    stands_alone boolean NOT NULL,
    changed_at timestamptz NOT NULL
);

-- The secret of an authenticator app, sealed. `last_step` is the newest step of time whose code was used.
CREATE TABLE identity.authenticators (
    account_id uuid PRIMARY KEY REFERENCES identity.accounts,
    sealed bytea NOT NULL,
    last_step bigint NOT NULL CHECK (last_step >= 0),
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz
);
CREATE TABLE identity.recovery_codes (
    account_id uuid NOT NULL REFERENCES identity.accounts,
    tag bytea NOT NULL CHECK (length(tag) = 16),
    PRIMARY KEY (account_id, tag)
);

CREATE TABLE identity.passkeys (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES identity.accounts,
    credential bytea NOT NULL UNIQUE CHECK (length(credential) BETWEEN 1 AND 1023),
    public_key bytea NOT NULL,
    -- What the authenticator counts; one that counts never says the same number twice.
    sign_count bigint NOT NULL CHECK (sign_count >= 0),
    transports text[] NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    created_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX passkeys_by_account ON identity.passkeys (account_id);

-- What is good for one use: a link in a mail, a challenge, the way from the first factor to the second. Taken by
-- deleting it, so that of two who use it at once one does.
CREATE TABLE identity.tickets (
    fingerprint bytea PRIMARY KEY CHECK (length(fingerprint) = 32),
    purpose text NOT NULL CHECK (
        purpose IN ('sign_in', 'reset', 'invite', 'second_factor', 'passkey_new', 'passkey_sign_in', 'passkey_step_up')
    ),
    account_id uuid REFERENCES identity.accounts,
    email text CHECK (length(email) BETWEEN 3 AND 254),
    -- What else its purpose needs.
    content jsonb NOT NULL CHECK (jsonb_typeof(content) = 'object'),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT tickets_end CHECK (expires_at > created_at)
);
CREATE INDEX tickets_by_account ON identity.tickets (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX tickets_by_end ON identity.tickets (expires_at);

-- Leaky buckets: `level` is how full one was at `at`; it has leaked since.
CREATE TABLE identity.throttles (
    bucket text NOT NULL,
    key bytea NOT NULL CHECK (length(key) = 32),
    level double precision NOT NULL CHECK (level > 0),
    at timestamptz NOT NULL,
    -- When it will have run empty.
    empty_at timestamptz NOT NULL,
    PRIMARY KEY (bucket, key)
);
CREATE INDEX throttles_by_end ON identity.throttles (empty_at);

-- Who may see and do what ------------------------------------------------------------------------------------------------

ALTER TABLE identity.logins ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.key_permissions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.passwords ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.authenticators ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.recovery_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.passkeys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.tickets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity.throttles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Nobody but the system sees what proves anything: whoever shows a credential is nobody yet.
CREATE POLICY system_works ON identity.logins TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON identity.keys TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON identity.key_permissions TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON identity.passwords TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON identity.authenticators TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON identity.recovery_codes TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON identity.passkeys TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON identity.tickets TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON identity.throttles TO highstreet_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON identity.logins, identity.keys, identity.passwords, identity.authenticators,
identity.passkeys, identity.throttles TO highstreet_system;
GRANT SELECT, INSERT, DELETE ON identity.key_permissions, identity.recovery_codes, identity.tickets
TO highstreet_system;
