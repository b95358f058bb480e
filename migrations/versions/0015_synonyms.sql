CREATE SCHEMA search;
GRANT USAGE ON SCHEMA search TO highstreet_app, highstreet_system;

-- How the synonyms of this installation differ from the shipped ones: `holds`, an operator added it; or a shipped one
-- does not hold here.
CREATE TABLE search.synonyms (
    id uuid PRIMARY KEY,
    -- Worked out of what it says; by which people call it.
    key text NOT NULL UNIQUE CHECK (key ~ '^[0-9a-f]{8}$'),
    language text CHECK (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
    -- All mean the same; or each also finds what is in `finds`.
    phrases text[] NOT NULL CHECK (cardinality(phrases) BETWEEN 1 AND 20 AND '' <> ALL (phrases)),
    finds text[] NOT NULL CHECK (cardinality(finds) <= 20 AND '' <> ALL (finds)),
    holds boolean NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT synonyms_say_something CHECK (cardinality(phrases) + cardinality(finds) >= 2)
);

ALTER TABLE search.synonyms ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY operator_works ON search.synonyms TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY system_reads ON search.synonyms FOR SELECT TO highstreet_system USING (true);
GRANT SELECT, INSERT, DELETE ON search.synonyms TO highstreet_app;
GRANT SELECT ON search.synonyms TO highstreet_system;
