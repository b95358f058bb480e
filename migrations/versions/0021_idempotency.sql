-- Answers to requests that changed something, so that whoever asks again with the same key is answered the same. A row
-- is written by the transaction that made the change: there is an answer if and only if there was a change.
CREATE TABLE kit.kept_answers (
    principal text NOT NULL CHECK (length(principal) BETWEEN 1 AND 100),
    route text NOT NULL CHECK (length(route) BETWEEN 1 AND 100),
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    -- SHA-256 of what was asked.
    request bytea NOT NULL CHECK (length(request) = 32),
    status smallint NOT NULL CHECK (status BETWEEN 200 AND 299),
    body bytea NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (principal, route, key)
);
CREATE INDEX kept_answers_by_age ON kit.kept_answers (kept_at);

ALTER TABLE kit.kept_answers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_answers ON kit.kept_answers TO highstreet_app
USING (principal = concat_ws(':', kit.actor_kind(), kit.actor_id()::text))
WITH CHECK (principal = concat_ws(':', kit.actor_kind(), kit.actor_id()::text));
CREATE POLICY system_works ON kit.kept_answers TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON kit.kept_answers TO highstreet_app;
GRANT SELECT, INSERT, DELETE ON kit.kept_answers TO highstreet_system;
