"""The catalogue's door: what can be done with places, categories, merchants and deals, one verb each.

Each function works in the caller's transaction. Writing needs an operator or the system; whoever else tries is refused
by the database. Errors are InvalidInput (what was given cannot be), NotFound (there is none that the actor may see) and
Conflict (the present state does not allow it).
"""

from highstreet.market.catalog.usecases.adoption import (
    acknowledge_drift,
    adopt,
    adoptable_deal,
    adopted_deals,
    merchant_locations,
    preview_adoption,
)
from highstreet.market.catalog.usecases.bulk import (
    create_many,
)
from highstreet.market.catalog.usecases.deals import (
    advance_due,
    approve,
    archive,
    create_deal,
    end,
    history,
    kill,
    pause,
    price_history,
    publish,
    reject,
    reopen,
    restock,
    resume,
    revise_deal,
    schedule,
    sell_out,
    submit,
    terms,
)
from highstreet.market.catalog.usecases.former import (
    end_unstated,
    standing_deals,
    take_back,
    take_back_divisions,
    take_back_merchants,
)
from highstreet.market.catalog.usecases.imports import (
    import_deals,
)
from highstreet.market.catalog.usecases.merchants import (
    add_location,
    create_merchant,
    rename_merchant,
    update_location,
)
from highstreet.market.catalog.usecases.places import (
    categories,
    create_division,
    division_by_slug,
    divisions,
    find_places,
    largest_places,
    load_places,
    locate,
    nearest_place,
    place_by_slug,
    places_by_ids,
    places_called,
    seed_categories,
    store_places,
)
from highstreet.market.catalog.usecases.reading import (
    changed_deals,
    invented_by_division,
    published_deal,
    published_deals,
)

__all__ = [
    "acknowledge_drift",
    "add_location",
    "adopt",
    "adoptable_deal",
    "adopted_deals",
    "advance_due",
    "approve",
    "archive",
    "categories",
    "changed_deals",
    "create_deal",
    "create_division",
    "create_many",
    "create_merchant",
    "division_by_slug",
    "divisions",
    "end",
    "end_unstated",
    "find_places",
    "history",
    "import_deals",
    "invented_by_division",
    "kill",
    "largest_places",
    "load_places",
    "locate",
    "merchant_locations",
    "nearest_place",
    "pause",
    "place_by_slug",
    "places_by_ids",
    "places_called",
    "preview_adoption",
    "price_history",
    "publish",
    "published_deal",
    "published_deals",
    "reject",
    "rename_merchant",
    "reopen",
    "restock",
    "resume",
    "revise_deal",
    "schedule",
    "seed_categories",
    "sell_out",
    "standing_deals",
    "store_places",
    "submit",
    "take_back",
    "take_back_divisions",
    "take_back_merchants",
    "terms",
    "update_location",
]
