"""The apps that are there: built-in, installed, and packages under the present folder that are not installed yet."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bihuan.base.catalog import App
from bihuan.main import all_apps

GROUP = "bihuan.apps"


@dataclass(frozen=True, slots=True)
class Unread:
    """A package that names an app which cannot be loaded, and why."""

    name: str
    where: str
    why: str


def apps_here(folder: Path) -> tuple[list[App], list[Unread]]:
    """All apps, those of packages in this folder and its direct subfolders included; and those that cannot be loaded."""
    found = {app.name: app for app in all_apps()}
    unread = []
    for name, value, where in _declared(folder):
        module, _, attribute = value.partition(":")
        if any(app.folder is not None and app.folder.resolve().is_relative_to(where.resolve()) for app in found.values()):
            continue
        sys.path.insert(0, str(where.resolve()))
        try:
            app = getattr(importlib.import_module(module), attribute or "APP")
            if not isinstance(app, App):
                unread.append(Unread(name, f"{where}/pyproject.toml", f"{value} is no App"))
            elif app.name in found:
                unread.append(Unread(name, f"{where}/pyproject.toml", f"an app named {app.name} is there already"))
            else:
                found[app.name] = app
        except Exception as error:
            # Whatever a half-written app raises on import is what its author must read.
            unread.append(Unread(name, f"{where}/pyproject.toml", f"{type(error).__name__}: {error}"))
        finally:
            sys.path.remove(str(where.resolve()))
    return list(found.values()), unread


def _declared(folder: Path) -> Iterator[tuple[str, str, Path]]:
    for path in sorted([folder / "pyproject.toml", *folder.glob("*/pyproject.toml")]):
        if not path.is_file():
            continue
        try:
            told = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue  # somebody else's file; nothing in it can name an app of ours
        points = told.get("project", {}).get("entry-points", {}).get(GROUP, {})
        for name, value in points.items():
            yield name, str(value), path.parent
