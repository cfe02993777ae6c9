"""公众: what anyone may look up, check and report. Importing this registers the doors."""

from bihuan.ends.public import certificates, checks, home, tips, trace

__all__ = ["certificates", "checks", "home", "tips", "trace"]
