"""Bookings: times at which a merchant takes so many people, and who comes when."""
