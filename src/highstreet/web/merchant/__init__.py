"""A merchant's pages: for its staff who redeem vouchers, and for whoever reads what was earned."""
