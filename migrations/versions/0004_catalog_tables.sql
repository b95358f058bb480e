CREATE SCHEMA catalog;
GRANT USAGE ON SCHEMA catalog TO highstreet_app, highstreet_system;

-- Places -------------------------------------------------------------------------------------------------------------

CREATE TABLE catalog.places (
    id uuid PRIMARY KEY,
    geoname_id integer NOT NULL UNIQUE,
    slug text NOT NULL UNIQUE,
    name text NOT NULL,
    region_code text NOT NULL,
    region_name text,
    country_code text NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
    country_name text NOT NULL,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    population bigint NOT NULL CHECK (population >= 0),
    time_zone text NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$')
);
CREATE INDEX places_by_country ON catalog.places (country_code, population DESC);
CREATE INDEX places_by_coordinates ON catalog.places (latitude, longitude);

-- Every folded spelling of a place. A million rows that are derived from the gazetteer and written only together with
-- their places, so they carry no foreign key: its checks would double the time of a load.
CREATE TABLE catalog.place_names (
    folded text COLLATE "C" NOT NULL,
    geoname_id integer NOT NULL,
    country_code text NOT NULL,
    population bigint NOT NULL,
    main boolean NOT NULL,
    PRIMARY KEY (folded, geoname_id)
);
-- What most beginnings of a name mean: a short prefix finds its cities without reading every hamlet.
CREATE INDEX place_names_of_cities ON catalog.place_names (folded) INCLUDE (geoname_id, country_code, population, main)
WHERE population >= 100000;

-- Which gazetteers are loaded, so that starting again does not read them again.
CREATE TABLE catalog.place_loads (
    source text NOT NULL,
    min_population integer NOT NULL,
    loaded_at timestamptz NOT NULL,
    PRIMARY KEY (source, min_population)
);

CREATE TABLE catalog.divisions (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text NOT NULL CHECK (name <> ''),
    place_id uuid NOT NULL REFERENCES catalog.places,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    radius_km double precision NOT NULL CHECK (radius_km > 0 AND radius_km <= 500),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX divisions_by_place ON catalog.divisions (place_id);

-- Categories: two levels. `parent_depth` is 1 wherever there is a parent, so a parent is always at the top. -----------

CREATE TABLE catalog.categories (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    parent_id uuid,
    depth smallint GENERATED ALWAYS AS (CASE WHEN parent_id IS NULL THEN 1 ELSE 2 END) STORED,
    parent_depth smallint GENERATED ALWAYS AS (CASE WHEN parent_id IS NULL THEN NULL ELSE 1 END) STORED,
    position integer NOT NULL CHECK (position >= 0),
    names jsonb NOT NULL CHECK (names ? 'en'),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (id, depth),
    UNIQUE NULLS NOT DISTINCT (parent_id, position) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (parent_id, parent_depth) REFERENCES catalog.categories (id, depth)
);

-- Merchants ----------------------------------------------------------------------------------------------------------

CREATE TABLE catalog.merchants (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text NOT NULL CHECK (name <> ''),
    folded_name text NOT NULL,
    website text CHECK (website ~ '^https?://'),
    description text,
    -- The feed that named the merchant; the folded name by which it first did is its identity there, whatever it is
    -- called here afterwards.
    source_feed text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (source_feed, folded_name)
);

CREATE TABLE catalog.locations (
    id uuid PRIMARY KEY,
    merchant_id uuid NOT NULL REFERENCES catalog.merchants,
    place_id uuid NOT NULL REFERENCES catalog.places,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    name text,
    address text NOT NULL CHECK (address <> ''),
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    opening_hours jsonb CHECK (jsonb_typeof(opening_hours) = 'array'),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (id, merchant_id, currency)
);
CREATE INDEX locations_by_merchant ON catalog.locations (merchant_id);
CREATE INDEX locations_by_place ON catalog.locations (place_id);

-- Deals --------------------------------------------------------------------------------------------------------------

-- The only steps that a deal's state may take; `new` stands for a deal that is just being made.
CREATE TABLE catalog.allowed_transitions (
    origin text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY (origin, before, after)
);
INSERT INTO catalog.allowed_transitions (origin, before, after)
SELECT origins.origin, steps.before, steps.after
FROM (VALUES ('written'), ('imported'), ('invented')) AS origins (origin)
CROSS JOIN (VALUES
    ('draft', 'in_review'), ('draft', 'archived'),
    ('in_review', 'approved'), ('in_review', 'rejected'), ('in_review', 'draft'), ('in_review', 'killed'),
    ('rejected', 'draft'), ('rejected', 'archived'),
    ('approved', 'scheduled'), ('approved', 'live'), ('approved', 'draft'), ('approved', 'killed'),
    ('scheduled', 'live'), ('scheduled', 'paused'), ('scheduled', 'ended'), ('scheduled', 'draft'),
    ('scheduled', 'killed'),
    ('live', 'paused'), ('live', 'sold_out'), ('live', 'ended'), ('live', 'killed'),
    ('paused', 'scheduled'), ('paused', 'live'), ('paused', 'ended'), ('paused', 'killed'),
    ('sold_out', 'live'), ('sold_out', 'ended'), ('sold_out', 'killed'),
    ('ended', 'archived'), ('ended', 'killed'),
    ('killed', 'archived')
) AS steps (before, after);
INSERT INTO catalog.allowed_transitions (origin, before, after) VALUES
('written', 'new', 'draft'),
('imported', 'new', 'scheduled'), ('imported', 'new', 'live'), ('imported', 'new', 'ended'),
('imported', 'live', 'scheduled'), ('imported', 'ended', 'scheduled'), ('imported', 'ended', 'live'),
('invented', 'new', 'scheduled'), ('invented', 'new', 'live');

CREATE TABLE catalog.deals (
    id uuid PRIMARY KEY,
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    origin text NOT NULL CHECK (origin IN ('written', 'imported', 'invented')),
    state text NOT NULL CHECK (state IN (
        'draft', 'in_review', 'approved', 'rejected', 'scheduled', 'live', 'paused', 'sold_out', 'ended', 'archived',
        'killed'
    )),
    state_reason text,
    merchant_id uuid REFERENCES catalog.merchants,
    category_id uuid REFERENCES catalog.categories,
    division_id uuid REFERENCES catalog.divisions,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    description text CHECK (length(description) BETWEEN 1 AND 20000),
    language text NOT NULL CHECK (language ~ '^[a-z]{2}$'),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reach text NOT NULL CHECK (reach IN ('locations', 'division', 'online', 'unstated')),
    fine_print jsonb NOT NULL CHECK (jsonb_typeof(fine_print) = 'array'),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz CHECK (ends_at > starts_at),
    sold integer NOT NULL CHECK (sold >= 0),
    source_feed text,
    source_key text,
    source_url text CHECK (source_url ~ '^https?://'),
    source_shifted_days integer,
    source_digest text,
    terms_version integer,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    -- The transaction that last changed anything the deal shows. Followers read by it; see changed_deals.
    changed_xid xid8 NOT NULL,
    UNIQUE (source_feed, source_key),
    UNIQUE (id, merchant_id, currency),
    CONSTRAINT deals_imported_have_source CHECK (
        num_nonnulls(source_feed, source_key, source_shifted_days, source_digest)
        = CASE origin WHEN 'imported' THEN 4 ELSE 0 END
    ),
    CONSTRAINT deals_have_merchant CHECK (origin = 'imported' OR merchant_id IS NOT NULL),
    CONSTRAINT deals_have_category CHECK (
        origin = 'imported' OR state IN ('draft', 'archived') OR category_id IS NOT NULL
    ),
    CONSTRAINT deals_have_division CHECK (reach <> 'division' OR division_id IS NOT NULL),
    CONSTRAINT deals_have_terms CHECK (
        origin = 'imported'
        OR state NOT IN ('approved', 'scheduled', 'live', 'paused', 'sold_out', 'ended')
        OR terms_version IS NOT NULL
    )
);
CREATE INDEX deals_by_change ON catalog.deals (changed_xid);
CREATE INDEX deals_by_merchant ON catalog.deals (merchant_id);
CREATE INDEX deals_by_category ON catalog.deals (category_id);
CREATE INDEX deals_by_division ON catalog.deals (division_id);
CREATE INDEX deals_live ON catalog.deals (id) WHERE state = 'live';
CREATE INDEX deals_due_to_start ON catalog.deals (starts_at) WHERE state = 'scheduled';
CREATE INDEX deals_due_to_end ON catalog.deals (ends_at)
WHERE state IN ('scheduled', 'live', 'paused', 'sold_out');

-- Where a deal is redeemed: at a location of its own merchant and in its currency, or somewhere in a town.
CREATE TABLE catalog.deal_points (
    deal_id uuid NOT NULL REFERENCES catalog.deals,
    position integer NOT NULL CHECK (position >= 0),
    location_id uuid,
    merchant_id uuid,
    currency text,
    place_id uuid REFERENCES catalog.places,
    PRIMARY KEY (deal_id, position),
    UNIQUE (deal_id, location_id),
    UNIQUE (deal_id, place_id),
    FOREIGN KEY (deal_id, merchant_id, currency) REFERENCES catalog.deals (id, merchant_id, currency),
    FOREIGN KEY (location_id, merchant_id, currency) REFERENCES catalog.locations (id, merchant_id, currency),
    CHECK (num_nonnulls(location_id, place_id) = 1),
    CHECK (num_nonnulls(location_id, merchant_id, currency) IN (0, 3))
);
CREATE INDEX deal_points_by_location ON catalog.deal_points (location_id);
CREATE INDEX deal_points_by_place ON catalog.deal_points (place_id);

-- An option that is no longer offered keeps its row, for what was sold of it, and gives up its position.
CREATE TABLE catalog.options (
    id uuid PRIMARY KEY,
    deal_id uuid NOT NULL REFERENCES catalog.deals,
    position integer CHECK (position >= 0),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    price_minor bigint NOT NULL CHECK (price_minor BETWEEN 0 AND 1000000000000000),
    value_minor bigint CHECK (value_minor <= 1000000000000000),
    value_evidence text CHECK (value_evidence IN ('merchant_stated', 'feed_stated', 'documented', 'history')),
    cap integer CHECK (cap >= 1),
    per_buyer_limit integer CHECK (per_buyer_limit >= 1),
    redeem_from timestamptz,
    redeem_until timestamptz,
    redeem_within_days integer CHECK (redeem_within_days >= 1),
    changed_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    UNIQUE (deal_id, position) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT options_value_has_evidence CHECK ((value_minor IS NULL) = (value_evidence IS NULL)),
    CONSTRAINT options_value_not_below_price CHECK (value_minor >= price_minor),
    CONSTRAINT options_redeem_window CHECK (redeem_until > redeem_from),
    CONSTRAINT options_withdrawn_has_no_position CHECK ((withdrawn_at IS NULL) = (position IS NOT NULL))
);

CREATE TABLE catalog.deal_terms (
    deal_id uuid NOT NULL REFERENCES catalog.deals,
    version integer NOT NULL CHECK (version >= 1),
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    content jsonb NOT NULL CHECK (jsonb_typeof(content) = 'object'),
    made_at timestamptz NOT NULL,
    PRIMARY KEY (deal_id, version)
);
ALTER TABLE catalog.deals ADD CONSTRAINT deals_terms_fkey FOREIGN KEY (id, terms_version)
REFERENCES catalog.deal_terms (deal_id, version) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE catalog.deal_passages (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    deal_id uuid NOT NULL REFERENCES catalog.deals,
    before text,
    after text NOT NULL,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    reason text
);
CREATE INDEX deal_passages_by_deal ON catalog.deal_passages (deal_id, position);

CREATE TABLE catalog.option_prices (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    option_id uuid NOT NULL REFERENCES catalog.options,
    deal_id uuid NOT NULL,
    currency text NOT NULL,
    price_minor bigint NOT NULL,
    value_minor bigint,
    value_evidence text,
    since timestamptz NOT NULL
);
CREATE INDEX option_prices_by_deal ON catalog.option_prices (deal_id, position);
