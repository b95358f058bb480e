-- Since when no deal has it, as the sweep saw it.
ALTER TABLE catalog.pictures ADD COLUMN unused_since timestamptz;
