"""Log-in, account."""
