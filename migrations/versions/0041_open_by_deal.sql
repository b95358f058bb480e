DROP INDEX CONCURRENTLY IF EXISTS vouchers.vouchers_open_by_deal;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS vouchers_open_by_deal ON vouchers.vouchers (deal_id) WHERE units_left > 0;
