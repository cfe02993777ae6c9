"""The rules of the house: who may know whom, what may stand in the repository, what a dependency must say."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SRC = ROOT / "src" / "bihuan"

PURE_PARTS = ("engines", "protocols", "standalone")
DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "core", "extras"}

# Put together from pieces, so that this file passes its own test.
FORBIDDEN = {
    "a path of one machine": re.compile(
        r"(?<![\w.])/(?:" + "work/(?:main|shared|[.]library)|" + "tmp/[a-z]|" + "root/)"
    ),
    "a registry's address": re.compile(
        r"\b(?:py" + r"pi\.org|registry\.npm" + r"js\.org|files\.python" + r"hosted\.org|static\.crates" + r"\.io)\b"
    ),
}


@cache
def tracked() -> tuple[Path, ...]:
    """Files that are in git, or would be with the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def sources() -> list[Path]:
    return sorted(SRC.rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Absolute names of all modules that a file of the package imports."""
    package = list(path.relative_to(SRC.parent).parent.parts)
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *(node.module.split(".") if node.module else [])])
            yield node.lineno, module
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def at(path: Path, line: int | None = None) -> str:
    return f"{path.relative_to(ROOT)}" + (f":{line}" if line else "")


def test_each_part_imports_only_what_it_may_know() -> None:
    result = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(SRC.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_pure_parts_import_nothing_of_ours() -> None:
    """engines/, protocols/, standalone/ know only their own kind; an app's methods know nothing of ours at all."""
    wrong = []
    for part in PURE_PARTS:
        own = f"bihuan.{part}"
        for path in (SRC / part).rglob("*.py"):
            wrong += [
                f"{at(path, line)} imports {name}"
                for line, name in imported(path)
                if name.split(".")[0] == "bihuan" and name != "bihuan" and not f"{name}.".startswith(f"{own}.")
            ]
    for path in (SRC / "apps").rglob("*.py"):
        inside = path.relative_to(SRC / "apps").parts[1:]
        if not inside or inside[0] not in ("methods.py", "methods"):
            continue
        own = f"bihuan.apps.{path.relative_to(SRC / 'apps').parts[0]}.methods"
        wrong += [
            f"{at(path, line)} imports {name}"
            for line, name in imported(path)
            if name.split(".")[0] == "bihuan" and not f"{name}.".startswith(f"{own}.")
        ]
    assert not wrong, "\n".join(wrong)


def test_the_loop_fits_on_one_page() -> None:
    lines = (SRC / "flow.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120, f"flow.py has {len(lines)} lines; it is the page that everybody reads first"


def test_no_import_inside_a_function() -> None:
    wrong = [
        at(path, node.lineno)
        for path in sources()
        for function in ast.walk(parsed(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not wrong, "imports hidden in functions:\n" + "\n".join(sorted(set(wrong)))


def test_no_module_is_a_drawer() -> None:
    wrong = [at(path) for path in SRC.rglob("*") if path.stem in DRAWERS and (path.suffix == ".py" or path.is_dir())]
    assert not wrong, "name these by what they do:\n" + "\n".join(wrong)


def test_nothing_unfinished_is_in_the_source() -> None:
    marks = re.compile("TO" + r"DO\b|FIX" + r"ME\b|raise NotImplemented" + "Error")
    wrong = [
        at(path, number)
        for path in sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if marks.search(line)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_names(what: str) -> None:
    wrong = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures, spreadsheets, captures
        wrong += [at(path, n) for n, line in enumerate(text.splitlines(), 1) if FORBIDDEN[what].search(line)]
    assert not wrong, f"{what}:\n" + "\n".join(wrong)


def test_python_locks_carry_hashes_and_no_addresses() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert {path.stem for path in locks} >= {"run", "dev", "oracle", "setup"}
    for path in locks:
        text = path.read_text()
        assert "://" not in text and "--index" not in text and "file:" not in text, at(path)
        for entry in re.split(r"\n(?=\S)", text.strip()):
            assert "==" in entry and "--hash=sha256:" in entry, f"{at(path)}: {entry.splitlines()[0]}"


def test_run_lock_is_part_of_the_others() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        return set(re.findall(r"^(\S+==\S+)", text, flags=re.MULTILINE))

    assert pins("run") <= pins("dev") <= pins("oracle")


def test_npm_locks_carry_hashes_and_no_addresses() -> None:
    locks = [path for path in tracked() if path.name == "package-lock.json"]
    assert locks
    for path in locks:
        packages = json.loads(path.read_text())["packages"]
        for name, entry in packages.items():
            assert "resolved" not in entry, f"{at(path)}: {name}"
            assert not name or entry["integrity"].startswith("sha512-"), f"{at(path)}: {name}"


def test_every_dependency_is_locked_and_gives_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    settings = tomllib.loads(text)
    locked = "\n".join(path.read_text() for path in (ROOT / "requirements").glob("*.txt"))
    names = [*settings["project"]["dependencies"]]
    for group in settings["dependency-groups"].values():
        names += group
    for name in names:
        assert re.search(rf'^    "{re.escape(name)}", +# \S.{{8,}}$', text, flags=re.MULTILINE), f"{name}: no reason"
        bare = re.split(r"[\[<>=!~ ;]", name)[0].lower()
        assert re.search(rf"^{re.escape(bare)}==", locked, flags=re.MULTILINE), f"{name} is not locked; run `make lock`"


# What a dependency is imported as, where that isn't its own name, and which library reads it when we don't import it.
IMPORTED_AS = {"argon2-cffi": "argon2", "pyyaml": "yaml", "chinesecalendar": "chinese_calendar"}
READ_BY_OTHERS = {"python-multipart": "starlette"}


def test_every_run_time_dependency_is_imported() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    used = {name.partition(".")[0] for path in sources() for _, name in imported(path)}
    idle = [
        name
        for name in settings["project"]["dependencies"]
        if name not in READ_BY_OTHERS and IMPORTED_AS.get(name, name.replace("-", "_")) not in used
    ]
    assert not idle, "imported nowhere, so nobody should have to install them: " + ", ".join(idle)


def test_what_people_need_first_is_there() -> None:
    for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "Makefile", ".ci/run"):
        assert (ROOT / name).is_file(), name
