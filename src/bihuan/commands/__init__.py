"""What each command of `bihuan` does; `cli.py` reads its arguments."""
