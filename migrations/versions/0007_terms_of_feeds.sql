-- What feeds state beyond prices: areas for places, and how many ratings the source says a deal has.

ALTER TABLE catalog.deals
ADD COLUMN source_ratings integer
CHECK (source_ratings IS NULL OR (source_ratings >= 0 AND source_feed IS NOT NULL));

-- True where the place is a town that stands for an area, so that nobody knows where in the area the deal is; else null.
ALTER TABLE catalog.deal_points
ADD COLUMN area boolean
CHECK (area IS NULL OR (area AND place_id IS NOT NULL));
