DROP INDEX CONCURRENTLY IF EXISTS catalog.deal_pictures_wanted;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS deal_pictures_wanted
ON catalog.deal_pictures (left(split_part(address, '/', 3), 255), due_at) WHERE state = 'wanted';
DROP INDEX CONCURRENTLY IF EXISTS catalog.deal_pictures_fetching;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS deal_pictures_fetching
ON catalog.deal_pictures (due_at) WHERE state = 'fetching';
DROP INDEX CONCURRENTLY IF EXISTS catalog.deal_pictures_due;
