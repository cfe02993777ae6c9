"""The digital base: what every app stands on. Folder order is flow order is import order."""
