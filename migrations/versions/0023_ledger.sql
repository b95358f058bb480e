CREATE SCHEMA ledger;
GRANT USAGE ON SCHEMA ledger TO highstreet_app, highstreet_system;

-- The kinds of accounts. `normal_side` is the side on which an account of the kind grows; `party` says of whom there is
-- one each: of nobody (then there is one in all), of a merchant, of a customer or of a partner.
CREATE TABLE ledger.account_codes (
    code text PRIMARY KEY,
    class text NOT NULL CHECK (class IN ('asset', 'liability', 'income', 'expense')),
    normal_side text GENERATED ALWAYS AS (
        CASE WHEN class IN ('asset', 'expense') THEN 'debit' ELSE 'credit' END
    ) STORED,
    party text NOT NULL CHECK (party IN ('nobody', 'merchant', 'customer', 'partner'))
);
INSERT INTO ledger.account_codes (code, class, party) VALUES
('provider_clearing', 'asset', 'nobody'),
('bank', 'asset', 'nobody'),
('disputed', 'asset', 'nobody'),
('prepaid_tax', 'asset', 'nobody'),
('merchant_receivable', 'asset', 'merchant'),
('voucher_liability', 'liability', 'nobody'),
('merchant_payable', 'liability', 'merchant'),
('merchant_reserve', 'liability', 'merchant'),
('payouts_in_transit', 'liability', 'nobody'),
('customer_credit', 'liability', 'customer'),
('refunds_owed', 'liability', 'nobody'),
('affiliate_pending', 'liability', 'partner'),
('affiliate_payable', 'liability', 'partner'),
('tax', 'liability', 'nobody'),
('escheat', 'liability', 'nobody'),
('commission', 'income', 'nobody'),
('breakage', 'income', 'nobody'),
('promotion_expense', 'expense', 'nobody'),
('goodwill', 'expense', 'nobody'),
('affiliate_expense', 'expense', 'nobody'),
('provider_fees', 'expense', 'nobody'),
('chargeback_loss', 'expense', 'nobody');

-- An entry and all its lines are written by one statement, and stay as they are. `line_count` closes it: a line more
-- or less is refused, whenever it comes. What it stands for lies above the ledger, so those ids refer to nothing here.
CREATE TABLE ledger.entries (
    id uuid PRIMARY KEY,
    key text NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 200),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 50),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    line_count smallint NOT NULL CHECK (line_count >= 2),
    posted_at timestamptz NOT NULL,
    -- The key of the entry whose exact opposite this is; an entry is taken back once.
    reverses text UNIQUE REFERENCES ledger.entries (key),
    order_id uuid,
    voucher_id uuid,
    payment_id uuid,
    refund_id uuid,
    payout_id uuid,
    terms_version integer CHECK (terms_version >= 1),
    memo text CHECK (length(memo) BETWEEN 1 AND 500),
    CONSTRAINT entries_reverse_another CHECK (reverses <> key)
);
CREATE INDEX entries_by_order ON ledger.entries (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX entries_by_voucher ON ledger.entries (voucher_id) WHERE voucher_id IS NOT NULL;

-- Minor units of the entry's currency: a debit is positive, a credit negative.
CREATE TABLE ledger.lines (
    entry_id uuid NOT NULL REFERENCES ledger.entries,
    position smallint NOT NULL CHECK (position >= 0),
    account_code text NOT NULL,
    party_id uuid,
    currency text NOT NULL,
    amount_minor bigint NOT NULL CHECK (
        amount_minor <> 0 AND amount_minor BETWEEN -1000000000000000 AND 1000000000000000
    ),
    PRIMARY KEY (entry_id, position)
);
-- A balance is a sum over this index alone, and the lines of an account are read along it.
CREATE INDEX lines_by_account ON ledger.lines (account_code, party_id, currency, entry_id)
INCLUDE (position, amount_minor);

-- What holds whoever writes ------------------------------------------------------------------------------------------

-- By the statement, not by the row: thousands of entries are checked together.
CREATE FUNCTION ledger.refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT written.key, found.lines, found.sum_minor, found.currencies, found.strange INTO wrong
    FROM written
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS lines,
            sum(lines.amount_minor) AS sum_minor,
            bool_and(lines.currency = written.currency) AS currencies,
            min(lines.account_code) FILTER (
                WHERE codes.code IS NULL OR (codes.party = 'nobody') <> (lines.party_id IS NULL)
            ) AS strange
        FROM ledger.lines
        LEFT JOIN ledger.account_codes AS codes ON lines.account_code = codes.code
        WHERE lines.entry_id = written.id
    ) AS found
    WHERE found.lines <> written.line_count OR found.sum_minor <> 0 OR NOT found.currencies
        OR found.strange IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        IF wrong.strange IS NOT NULL THEN
            RAISE EXCEPTION 'entry % names an account % that cannot be', wrong.key, wrong.strange
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_have_accounts';
        END IF;
        RAISE EXCEPTION 'entry % does not balance: % lines, sum %', wrong.key, wrong.lines, wrong.sum_minor
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_balance';
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER entries_balance AFTER INSERT ON ledger.entries
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_unbalanced();

CREATE FUNCTION ledger.refuse_more_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        INNER JOIN ledger.entries ON written.entry_id = entries.id
        WHERE entries.line_count <> (SELECT count(*) FROM ledger.lines WHERE lines.entry_id = entries.id)
    ) THEN
        RAISE EXCEPTION 'an entry is written whole, and takes no line afterwards'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_closed';
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER lines_complete AFTER INSERT ON ledger.lines
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_more_lines();

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER entries_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entries
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER lines_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.lines
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- What a jurisdiction asks for: ISO 3166 codes of countries and their parts; `*` is everywhere else. A policy holds from
-- `since` on, and a later one takes its place. What was sold before is treated as the policy said when it was sold.
CREATE TABLE ledger.policies (
    jurisdiction text NOT NULL CHECK (jurisdiction ~ '^([A-Z]{2}(-[A-Z0-9]{1,3})?|\*)$'),
    since timestamptz NOT NULL,
    expiry text NOT NULL CHECK (expiry IN ('stays_open', 'breakage', 'escheat', 'to_merchant')),
    voucher_tax text NOT NULL CHECK (voucher_tax IN ('not_collected', 'single_purpose', 'multi_purpose')),
    -- Included in the price: hundredths of a percent of what the goods cost without it.
    tax_basis_points integer NOT NULL CHECK (tax_basis_points BETWEEN 0 AND 10000),
    PRIMARY KEY (jurisdiction, since),
    CONSTRAINT policies_rate_of_what_is_collected CHECK (voucher_tax <> 'not_collected' OR tax_basis_points = 0)
);
CREATE TRIGGER policies_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.policies
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Who may see and do what --------------------------------------------------------------------------------------------

ALTER TABLE ledger.account_codes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.policies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- The triggers read the codes as whoever posts.
CREATE POLICY everyone_reads ON ledger.account_codes FOR SELECT TO highstreet_app, highstreet_system USING (true);
CREATE POLICY bookkeeper_reads ON ledger.lines FOR SELECT TO highstreet_app
USING ((SELECT identity.may('ledger.read')));
CREATE POLICY merchant_reads ON ledger.lines FOR SELECT TO highstreet_app
USING (
    account_code IN ('merchant_payable', 'merchant_reserve', 'merchant_receivable')
    AND identity.may('statements.read', party_id)
);
CREATE POLICY customer_reads ON ledger.lines FOR SELECT TO highstreet_app
USING (account_code = 'customer_credit' AND kit.actor_kind() = 'shopper' AND party_id = kit.actor_id());
-- Of an entry that touches an account of theirs they see that it was, and of its lines their own.
CREATE POLICY reader_of_a_line_reads ON ledger.entries FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM ledger.lines WHERE lines.entry_id = entries.id));
CREATE POLICY bookkeeper_reads ON ledger.policies FOR SELECT TO highstreet_app
USING ((SELECT identity.may('ledger.read')));
CREATE POLICY operator_reads ON ledger.policies FOR SELECT TO highstreet_app
USING ((SELECT identity.may('settings.edit')));
CREATE POLICY operator_adds ON ledger.policies FOR INSERT TO highstreet_app
WITH CHECK ((SELECT identity.may('settings.edit')));
CREATE POLICY system_reads ON ledger.entries FOR SELECT TO highstreet_system USING (true);
CREATE POLICY system_posts ON ledger.entries FOR INSERT TO highstreet_system WITH CHECK (true);
CREATE POLICY system_reads ON ledger.lines FOR SELECT TO highstreet_system USING (true);
CREATE POLICY system_posts ON ledger.lines FOR INSERT TO highstreet_system WITH CHECK (true);
CREATE POLICY system_works ON ledger.policies TO highstreet_system USING (true) WITH CHECK (true);

GRANT SELECT ON ledger.account_codes, ledger.entries, ledger.lines TO highstreet_app, highstreet_system;
GRANT INSERT ON ledger.entries, ledger.lines TO highstreet_system;
GRANT SELECT, INSERT ON ledger.policies TO highstreet_app, highstreet_system;
