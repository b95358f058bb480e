"""The storefront's pages for signing in and for looking after one's account; they work without JavaScript."""
