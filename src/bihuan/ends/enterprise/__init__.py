"""The enterprise end."""
