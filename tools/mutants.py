"""Changes the code of a package of core line by line (mutmut) and lists the changes that none of the package's tests notices.

`PYTHONPATH=. python tools/mutants.py policy` goes through core/policy, or on from where it was ended; names of mutants after it, as mutmut
writes them (`"core.policy.holds.*"`), try only those, again. What is the same for every package stands in pyproject.toml, [tool.mutmut].
mutmut works in `mutants/`, for one package at a time: what was found about another is forgotten.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from mutmut.__main__ import cli
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.runners.harness import PytestRunner
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.workers import isolation

PACKAGES = ("law", "policy")
NOTICED = ("killed", "timeout")
WORK = Path("mutants")
SOME = 40
"""How many tests are tried on a change before all of those that reach it: most changes are noticed by any few."""


class SomeFirst(PytestRunner):
    """Runs some of a change's tests, and all others where those notice nothing: it takes long to collect hundreds for one that fails."""

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        """Return pytest's exit code."""
        known = sorted(tests)
        some = known[:: len(known) // SOME + 1] if mutant_name else []
        others = [test for test in known if test not in set(some)]
        code = super().run_tests(mutant_name=mutant_name, tests=some) if some else 0
        return code or (super().run_tests(mutant_name=mutant_name, tests=others) if others or not some else 0)


def main() -> None:
    """Run mutmut on one package, and say what survives and how many do."""
    package, *names = sys.argv[1:] or [""]
    if package not in PACKAGES:
        sys.exit(f"Say which package of core: {' or '.join(PACKAGES)}.")
    tests = [folder for folder in (f"tests/core/{package}", f"tests/golden/{package}") if Path(folder).exists()]
    settings = config()
    settings.only_mutate = [f"core/{package}/*.py"]
    settings.pytest_add_cli_args_test_selection += tests
    _clear_for(package)
    setattr(isolation, "PytestRunner", SomeFirst)  # noqa: B010 - mutmut has no setting for it
    try:
        cli(["run", "--max-children", "1", *names], standalone_mode=False)
    finally:
        report()


def report() -> None:
    """Print the figures of each module and of all of them, and each change that was tried and not noticed."""
    of_all: Counter[str] = Counter()
    for path in sorted(walk_mutatable_files()):
        found = SourceFileMutationData(path=path)
        found.load()
        said = {name: status_by_exit_code[code] for name, code in found.exit_code_by_key.items()}
        counts = Counter(said.values())
        of_all += counts
        if counts:
            print(f"{path}: {_figures(counts)}")
        for name, status in said.items():
            if status not in (*NOTICED, "not checked"):
                print(f"    {name}: {status}")
    print(_figures(of_all))


def _figures(counts: Counter[str]) -> str:
    left = counts["not checked"]
    tried, noticed = counts.total() - left, sum(counts[status] for status in NOTICED)
    return f"{tried} tried, {noticed} noticed ({100 * noticed / max(tried, 1):.1f} %), {tried - noticed} not, {left} not tried"


def _clear_for(package: str) -> None:
    """Empty mutmut's folder where it holds another package's changes, which would be taken for the code."""
    marker = WORK / "package"
    if WORK.exists() and (not marker.exists() or marker.read_text(encoding="utf-8") != package):
        shutil.rmtree(WORK)
    WORK.mkdir(exist_ok=True)
    marker.write_text(package, encoding="utf-8")


if __name__ == "__main__":
    main()
