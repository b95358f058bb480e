ALTER TABLE catalog.deals VALIDATE CONSTRAINT deals_state_check;
