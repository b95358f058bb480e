-- Indexes that were put among the blobs of search. An index is a file, and `digests` name its pieces in their order.
CREATE TABLE search.snapshots (
    id uuid PRIMARY KEY,
    -- Of the file and of what is in it; a program reads its own alone.
    format text NOT NULL CHECK (length(format) BETWEEN 1 AND 50),
    -- Which database it was read from, as that is stored.
    lineage text NOT NULL CHECK (length(lineage) BETWEEN 1 AND 200),
    -- The slugs of the divisions that it holds; none: all.
    held text[] NOT NULL,
    -- Up to where the catalogue was read.
    cursor text NOT NULL,
    -- Categories and divisions as they were then.
    tables jsonb NOT NULL,
    digests text[] NOT NULL CHECK (cardinality(digests) > 0),
    bytes bigint NOT NULL CHECK (bytes > 0),
    deals bigint NOT NULL CHECK (deals >= 0),
    -- Until then its pieces are still on their way.
    complete_at timestamptz,
    begun_at timestamptz NOT NULL,
    CONSTRAINT snapshots_begin_before_they_are_complete CHECK (complete_at >= begun_at)
);

ALTER TABLE search.snapshots ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY system_works ON search.snapshots TO highstreet_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON search.snapshots TO highstreet_system;
