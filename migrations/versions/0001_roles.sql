-- Roles belong to the whole server: another database's migration may have made them, or be making them just now.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['highstreet_app', 'highstreet_system'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    -- Bulk loads copy into a temporary table first: COPY cannot enter a table that has row-level security.
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO highstreet_system', current_database());
END;
$$;

-- PostgreSQL lets everybody call a new function; here it is granted by name, as everything else is.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE SCHEMA IF NOT EXISTS kit;
GRANT USAGE ON SCHEMA kit TO highstreet_app, highstreet_system;

-- Readiness compares the revision. The table is the owner's own record, so row-level security is not forced on it.
ALTER TABLE kit.alembic_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY readiness ON kit.alembic_version FOR SELECT TO highstreet_app, highstreet_system USING (true);
GRANT SELECT ON kit.alembic_version TO highstreet_app, highstreet_system;

-- Policies ask who acts. Both are null outside a transaction that carries an actor.
CREATE FUNCTION kit.actor_kind() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('highstreet.actor_kind', true), '');

CREATE FUNCTION kit.actor_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('highstreet.actor_id', true), '')::uuid;

GRANT EXECUTE ON FUNCTION kit.actor_kind(), kit.actor_id() TO highstreet_app, highstreet_system;
