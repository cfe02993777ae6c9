"""沪冷链: what closes here is every imported lot, from the port inspection point to the store that may sell it."""
