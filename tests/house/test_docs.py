"""The papers name what is there: every command, every word's class and table, every link, every setting and rule."""

import importlib
import re
from dataclasses import fields
from pathlib import Path

import pytest
import typer
import yaml

from bihuan.apps.cold_chain.app import APP
from bihuan.apps.cold_chain.duties import DUTIES
from bihuan.apps.cold_chain.records import STEPS
from bihuan.apps.cold_chain.rules import RULES
from bihuan.apps.staff_loop.records import STEPS as STAFF_STEPS
from bihuan.base.catalog import App
from bihuan.base.db import metadata
from bihuan.base.declare import FieldSpec, Kind, Record, compiled
from bihuan.cli import app
from bihuan.main import APPS, registry_of
from bihuan.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
PAPERS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("README.md"), *(ROOT / "tests").rglob("*.md")]
)
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def slug(heading: str) -> str:
    """A heading as the fragment that leads to it."""
    plain = re.sub(r"[^\w\- ]", "", heading.replace("`", "").strip().lower())
    return plain.replace(" ", "-")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_stands_in_the_papers(command: str) -> None:
    page = text("docs/cli.md")
    assert f"\n## {command}\n" in page
    for parameter in COMMANDS[command].params:
        options = [name for name in parameter.opts if name.startswith("--") and name != "--help"]
        missing = [name for name in options if name not in page]
        assert not missing, f"docs/cli.md lacks {missing} of {command}"


def test_the_page_of_commands_names_no_other() -> None:
    named = set(re.findall(r"^## (\S+)$", text("docs/cli.md"), re.MULTILINE))
    assert named == set(COMMANDS)


def test_every_setting_stands_in_the_papers() -> None:
    page = text("docs/cli.md")
    names = [f"BIHUAN_{field.name.upper()}" for field in fields(Settings) if field.name != "data"]
    assert [name for name in names if name not in page] == []


@pytest.mark.parametrize(
    ("app", "steps", "heading"),
    [("cold_chain", STEPS, "The step file"), ("staff_loop", STAFF_STEPS, "The step file of staff_loop")],
    ids=["cold_chain", "staff_loop"],
)
def test_every_step_and_field_stands_in_the_step_file(app: str, steps: dict[str, type[Record]], heading: str) -> None:
    section = text("docs/cli.md").partition(f"\n### {heading}\n")[2].partition("\n### ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", section, re.MULTILINE))
    for step, cls in steps.items():
        told = re.findall(r"\w+", rows[step])
        for field in compiled(cls, app).fields:
            if field.name in ("time", "division"):
                continue
            assert field.name.rstrip("_") in told, f"{step}.{field.name}"
            assert_marked(rows[step], field)


def assert_marked(row: str, field: FieldSpec) -> None:
    """A question mark says that a field may be left out."""
    name = field.name.rstrip("_")
    if name == "time" or field.kind is Kind.parts:
        return
    outer = re.sub(r"\[\{[^}]*\}\]", "", row)
    marked = re.search(rf"\b{name}(?:\[\])?(?: \([^)]*\))?\?", outer) is not None
    assert marked is not field.required, f"{name} in: {row}"


GLOSSARY = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ", text("docs/glossary.md"), re.MULTILINE)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(bihuan(?:\.\w+)+)`", text("docs/glossary.md")))))
def test_every_class_of_the_glossary_exists(name: str) -> None:
    module, _, cls = name.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), cls), type)


def test_every_table_of_the_glossary_exists() -> None:
    registry_of(APPS)
    named = {
        table
        for _, _, _, column in GLOSSARY
        for table in re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", column))
    }
    assert len(named) > 20
    assert sorted(named - set(metadata.tables)) == []


def test_the_glossary_has_every_word_of_the_loop() -> None:
    words = {word.strip() for word, *_ in GLOSSARY}
    loop = [
        "party", "area", "line", "scope", "place", "subject", "record", "reading", "observation", "ledger", "rule",
        "duty", "verdict", "finding", "case", "application", "certificate", "indicator",
    ]  # fmt: skip
    assert [word for word in loop if word not in words] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(paper: Path) -> None:
    plain = re.sub(r"```.*?```", "", paper.read_text(encoding="utf-8"), flags=re.DOTALL)
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", plain):
        if target.startswith("http"):
            continue
        path, _, part = target.partition("#")
        place = (paper.parent / path).resolve() if path else paper
        if not place.exists():
            dead.append(target)
        elif part and place.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", place.read_text(encoding="utf-8"), re.MULTILINE)
            if part not in {slug(heading) for heading in headings}:
                dead.append(target)
    assert dead == []


def test_the_cold_chain_tells_all_its_rules_and_limits() -> None:
    assert APP.folder is not None
    told = (APP.folder / "README.md").read_text(encoding="utf-8")
    assert [rule.info.id for rule in (*RULES, *DUTIES) if f"`{rule.info.id}`" not in told] == []
    assert [row.name for row in APP.limits if f"`{row.name}`" not in told] == []
    assert APP.closes.en.partition(": ")[2] in told


@pytest.mark.parametrize("served", APPS, ids=lambda served: served.name)
def test_every_app_says_how_far_it_is(served: App) -> None:
    assert served.folder is not None
    quality = yaml.safe_load((served.folder / "quality.yaml").read_text(encoding="utf-8"))
    ids = [point["id"] for point in quality["points"]]
    assert len(ids) == len(set(ids))
    for point in quality["points"]:
        wanted = {"done": {"id", "state", "what"}, "todo": {"id", "state", "reason"}, "exempt": {"id", "state", "reason"}}
        assert set(point) == wanted[point["state"]], point
    assert all(set(fact) == {"id", "fact"} for fact in quality["unsure"])
