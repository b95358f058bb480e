"""What a payment, a refund and a dispute can be, and what each word of a provider makes of them."""
