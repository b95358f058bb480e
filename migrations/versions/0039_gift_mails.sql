-- When the mail with a gift's link was queued; a gift without an address is passed on by its giver.

ALTER TABLE vouchers.gifts ADD COLUMN mailed_at timestamptz;

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX gifts_to_be_mailed ON vouchers.gifts (deliver_at)
WHERE mailed_at IS NULL AND recipient_email IS NOT NULL AND claimed_at IS NULL AND withdrawn_at IS NULL;
