-- A mail is queued by the transaction that it tells of. What it says is sealed, because links in it open accounts, and
-- goes once it was sent or refused; `kept` is what a test or demonstration without a mail server keeps to be read.
CREATE TABLE kit.mails (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind ~ '^[a-z]+\.[a-z_]+$'),
    recipient text NOT NULL CHECK (length(recipient) BETWEEN 3 AND 254),
    state text NOT NULL CHECK (state IN ('queued', 'sent', 'refused', 'kept')),
    sealed bytea,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    problem text CHECK (length(problem) BETWEEN 1 AND 1000),
    queued_at timestamptz NOT NULL,
    settled_at timestamptz,
    CONSTRAINT mails_settled_when_no_longer_queued CHECK ((state = 'queued') = (settled_at IS NULL)),
    CONSTRAINT mails_say_nothing_once_gone CHECK ((sealed IS NULL) = (state IN ('sent', 'refused'))),
    CONSTRAINT mails_refused_say_why CHECK (state <> 'refused' OR problem IS NOT NULL)
);
CREATE INDEX mails_by_state ON kit.mails (state, id);
CREATE INDEX mails_settled ON kit.mails (settled_at) WHERE settled_at IS NOT NULL;

ALTER TABLE kit.mails ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY queue ON kit.mails FOR INSERT TO highstreet_app WITH CHECK (state = 'queued');
CREATE POLICY system_works ON kit.mails TO highstreet_system USING (true) WITH CHECK (true);
GRANT INSERT ON kit.mails TO highstreet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.mails TO highstreet_system;
