-- The library notifies in the transaction of every new job, and a NOTIFY makes commits wait for each other. Workers look
-- for jobs several times a second instead.
ALTER TABLE jobs.procrastinate_jobs DISABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1;

-- A queueing lock says that one job waits. Work that was begun gives it up: otherwise it could not come back, after a
-- failure or the end of its worker, while the next one waits, and would stand as begun for ever.
CREATE FUNCTION jobs.give_up_queueing_lock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.queueing_lock := NULL;
    RETURN NEW;
END;
$$;
CREATE TRIGGER begun_gives_up_queueing_lock BEFORE UPDATE OF status ON jobs.procrastinate_jobs
FOR EACH ROW WHEN (NEW.status = 'doing') EXECUTE FUNCTION jobs.give_up_queueing_lock();

ALTER TABLE jobs.procrastinate_jobs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE jobs.procrastinate_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE jobs.procrastinate_workers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE jobs.procrastinate_periodic_defers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY work ON jobs.procrastinate_jobs TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY work ON jobs.procrastinate_events TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY work ON jobs.procrastinate_workers TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY work ON jobs.procrastinate_periodic_defers TO highstreet_system USING (true) WITH CHECK (true);

-- The app role puts jobs in, and may read nothing of them but the id that it is given back.
CREATE POLICY enqueue ON jobs.procrastinate_jobs FOR INSERT TO highstreet_app WITH CHECK (status = 'todo');
CREATE POLICY given_back ON jobs.procrastinate_jobs FOR SELECT TO highstreet_app USING (true);
CREATE POLICY enqueue ON jobs.procrastinate_events FOR INSERT TO highstreet_app WITH CHECK (true);

GRANT USAGE ON SCHEMA jobs TO highstreet_app, highstreet_system;
GRANT INSERT, SELECT (id) ON jobs.procrastinate_jobs TO highstreet_app;
GRANT INSERT ON jobs.procrastinate_events TO highstreet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO highstreet_system;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO highstreet_app, highstreet_system;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs TO highstreet_app, highstreet_system;

-- A worker that goes is cleared from its jobs by their foreign key, which acts as the tables' owner and sets off the
-- library's trigger as the owner too.
CREATE POLICY cleared ON jobs.procrastinate_events FOR INSERT TO CURRENT_USER WITH CHECK (true);
