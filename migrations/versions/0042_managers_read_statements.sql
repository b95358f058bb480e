-- Whoever runs a merchant's business from day to day reads what it was paid, and changes nothing about it. The policies
-- of this table hold its owner too, and let nobody write; within this transaction they do not.
ALTER TABLE identity.role_permissions NO FORCE ROW LEVEL SECURITY;
INSERT INTO identity.role_permissions (role, permission) VALUES ('merchant_manager', 'statements.read');
ALTER TABLE identity.role_permissions FORCE ROW LEVEL SECURITY;
