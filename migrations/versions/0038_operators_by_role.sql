-- These policies were written before there were roles, when an operator was whoever had the command line. Now an operator
-- may have a part of the permissions, and each policy asks for its own. It is asked once a statement.
ALTER POLICY operator_works ON catalog.adoptions
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.categories
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.deal_passages
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.deal_pictures
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.deal_points
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.deal_terms
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.deals
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.divisions
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.duplicates
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.locations
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.merchants
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.option_prices
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.options
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON catalog.pictures
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_works ON search.saved_searches
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('settings.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('settings.edit')));
ALTER POLICY operator_works ON search.synonyms
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('settings.edit')))
WITH CHECK (kit.actor_kind() = 'operator' AND (SELECT identity.may('settings.edit')));
ALTER POLICY operator_reads ON feeds.changes
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_reads ON feeds.rejects
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_reads ON feeds.runs
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_reads ON feeds.schedules
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('deals.edit')));
ALTER POLICY operator_reads ON search.matches
USING (kit.actor_kind() = 'operator' AND (SELECT identity.may('settings.edit')));
