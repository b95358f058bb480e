DROP INDEX CONCURRENTLY IF EXISTS orders.orders_authorised;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_authorised ON orders.orders (id) WHERE state = 'authorised';
DROP INDEX CONCURRENTLY IF EXISTS orders.lines_by_deal;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS lines_by_deal ON orders.lines (deal_id);
