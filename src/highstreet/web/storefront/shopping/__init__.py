"""The storefront's pages for buying, and for what was bought; they work without JavaScript."""
