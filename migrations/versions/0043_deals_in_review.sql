DROP INDEX CONCURRENTLY IF EXISTS catalog.deals_in_review;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS deals_in_review ON catalog.deals (id) WHERE state = 'in_review';
