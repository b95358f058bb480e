-- The span in which a fact was recorded, as W3C Trace Context writes it; null where nothing was traced.
ALTER TABLE kit.facts ADD COLUMN traceparent text
CONSTRAINT facts_traceparent CHECK (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$');

-- Each failed attempt at a delivery or at a job, for as long as the fact or the job is kept. The library keeps when a job
-- failed and not why, and a delivery has only its last error.
CREATE TABLE kit.failures (
    id uuid PRIMARY KEY,
    fact_id uuid,
    subscriber text,
    job_id bigint REFERENCES jobs.procrastinate_jobs ON DELETE CASCADE,
    attempt integer NOT NULL CHECK (attempt >= 1),
    failed_at timestamptz NOT NULL,
    error text NOT NULL CHECK (length(error) BETWEEN 1 AND 500),
    traceparent text CHECK (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'),
    FOREIGN KEY (fact_id, subscriber) REFERENCES kit.deliveries ON DELETE CASCADE,
    CHECK ((fact_id IS NULL) = (subscriber IS NULL)),
    CHECK ((fact_id IS NULL) <> (job_id IS NULL))
);
CREATE INDEX failures_of_deliveries ON kit.failures (fact_id, subscriber) WHERE fact_id IS NOT NULL;
CREATE INDEX failures_of_jobs ON kit.failures (job_id) WHERE job_id IS NOT NULL;

ALTER TABLE kit.failures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY relay ON kit.failures TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON kit.failures TO highstreet_system;
