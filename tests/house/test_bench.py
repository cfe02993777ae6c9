"""`bihuan bench` says in one line what it cannot do, and names only claims that have a file."""

from pathlib import Path

from bihuan.commands.bench import CHECKOUT, CLAIMS, bench


def test_every_claim_has_its_file():
    assert [name for name in CLAIMS if not (CHECKOUT / "benchmarks" / f"{name}.py").is_file()] == []


def test_without_a_checkout_it_says_so(tmp_path: Path, capfd):
    assert bench([], checkout=tmp_path) == 2
    assert "Benchmarks come with the source checkout" in capfd.readouterr().err


def test_an_unknown_claim_is_named(capfd):
    assert bench(["speed"]) == 2
    assert "No speed; there are capture, rules, ledger, queries, safety_import, safety." in capfd.readouterr().err
