-- Who may see and do what --------------------------------------------------------------------------------------------

ALTER TABLE catalog.places ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.place_names ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.place_loads ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.divisions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.categories ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.merchants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.locations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.allowed_transitions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.deals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.deal_points ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.options ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.deal_terms ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.deal_passages ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.option_prices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Reference data is everybody's to read.
CREATE POLICY everyone_reads ON catalog.places FOR SELECT TO highstreet_app USING (true);
CREATE POLICY everyone_reads ON catalog.place_names FOR SELECT TO highstreet_app USING (true);
CREATE POLICY everyone_reads ON catalog.divisions FOR SELECT TO highstreet_app USING (true);
CREATE POLICY everyone_reads ON catalog.categories FOR SELECT TO highstreet_app USING (true);
CREATE POLICY everyone_reads ON catalog.allowed_transitions FOR SELECT TO highstreet_app USING (true);

-- The public sees deals that have a page, and of everything else what belongs to such a deal.
CREATE POLICY public_reads ON catalog.deals FOR SELECT TO highstreet_app
USING (state IN ('live', 'sold_out', 'ended'));
CREATE POLICY public_reads ON catalog.merchants FOR SELECT TO highstreet_app
USING (EXISTS (
    SELECT FROM catalog.deals WHERE deals.merchant_id = merchants.id AND deals.state IN ('live', 'sold_out', 'ended')
));
CREATE POLICY public_reads ON catalog.locations FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM catalog.deal_points WHERE deal_points.location_id = locations.id));
CREATE POLICY public_reads ON catalog.deal_points FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM catalog.deals WHERE deals.id = deal_points.deal_id));
CREATE POLICY public_reads ON catalog.options FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM catalog.deals WHERE deals.id = options.deal_id));
CREATE POLICY public_reads ON catalog.option_prices FOR SELECT TO highstreet_app
USING (EXISTS (SELECT FROM catalog.deals WHERE deals.id = option_prices.deal_id));

CREATE POLICY operator_works ON catalog.divisions TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_works ON catalog.categories TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_works ON catalog.merchants TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_works ON catalog.locations TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_works ON catalog.deals TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_works ON catalog.deal_points TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_works ON catalog.options TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_works ON catalog.deal_terms TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_works ON catalog.deal_passages TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');
CREATE POLICY operator_works ON catalog.option_prices TO highstreet_app
USING (kit.actor_kind() = 'operator') WITH CHECK (kit.actor_kind() = 'operator');

CREATE POLICY system_works ON catalog.places TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.place_names TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.place_loads TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.divisions TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.categories TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.merchants TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.locations TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_reads ON catalog.allowed_transitions FOR SELECT TO highstreet_system USING (true);
CREATE POLICY system_works ON catalog.deals TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.deal_points TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.options TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.deal_terms TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.deal_passages TO highstreet_system USING (true) WITH CHECK (true);
CREATE POLICY system_works ON catalog.option_prices TO highstreet_system USING (true) WITH CHECK (true);

-- Nobody deletes a place, a merchant or a deal; what frozen rows allow is to be added and read.
GRANT SELECT ON catalog.places, catalog.place_names, catalog.allowed_transitions TO highstreet_app;
GRANT SELECT, INSERT, UPDATE ON catalog.divisions, catalog.categories, catalog.merchants, catalog.locations,
catalog.deals, catalog.options TO highstreet_app;
GRANT SELECT, INSERT, DELETE ON catalog.deal_points TO highstreet_app;
GRANT SELECT, INSERT ON catalog.deal_terms, catalog.deal_passages, catalog.option_prices TO highstreet_app;

GRANT SELECT ON catalog.allowed_transitions TO highstreet_system;
GRANT SELECT, INSERT, UPDATE ON catalog.places, catalog.place_loads, catalog.divisions, catalog.categories,
catalog.merchants, catalog.locations, catalog.deals, catalog.options TO highstreet_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.place_names TO highstreet_system;
GRANT SELECT, INSERT, DELETE ON catalog.deal_points TO highstreet_system;
GRANT SELECT, INSERT ON catalog.deal_terms, catalog.deal_passages, catalog.option_prices TO highstreet_system;
