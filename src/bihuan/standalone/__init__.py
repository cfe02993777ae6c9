"""Scripts offered for download: each is one file, needs only Python, and imports nothing of Bihuan."""
