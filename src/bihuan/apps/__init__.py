"""The fields that Bihuan closes: one folder each, the same inside. A private app comes by entry point `bihuan.apps`."""
