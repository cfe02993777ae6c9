"""The people's doors: server-rendered pages; both ends show the same panels, scope differs."""
