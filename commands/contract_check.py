"""Runs the contract suite over a connector's bench with pytest, and says in plain words what came of it."""

from __future__ import annotations

import inspect
import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest

from core.errors import InvariantBrokenError

__all__ = ["Result", "run_suite"]

SUITE: Final = "connectors.contract.suite"
REASON_LENGTH_MAX: Final = 200


@dataclass
class Result:
    """What became of the tests of one connector; a plugin of pytest.

    Attributes:
        failed: by test and case, why it broke off, in one line.
        idle: tests for which the bench has nothing to try.
        report: pytest's own.
    """

    name: str
    variants: Mapping[str, Any]
    passed: int = 0
    failed: dict[tuple[str, str], str] = field(default_factory=dict)
    idle: list[str] = field(default_factory=list)
    report: str = ""

    @property
    def count(self) -> int:
        """How many tests were run."""
        return self.passed + len(self.failed)

    @property
    def kept(self) -> bool:
        """Whether there were tests, and none failed."""
        return self.passed > 0 and not self.failed

    def lines(self) -> Iterator[str]:
        """Yield what failed, by test: what it promises, and below it each case with its reason; then what had nothing to try."""
        promises = {name: (inspect.getdoc(one) or "").partition("\n")[0] for name, one in vars(import_module(SUITE)).items()}
        before = ""
        for (test, case), reason in self.failed.items():
            if test != before:
                yield f"{test}: {promises[test]}"
            yield f"  {case}: {reason}"
            before = test
        for test in self.idle:
            yield f"{test}: the bench names no write for it."

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each test over the bench."""
        import_module(SUITE).over({self.name: self.variants}, metafunc)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Count a bench that can't even be asked what to try as one test that failed."""
        if report.failed:
            self.failed[("over", self.name)] = _reason(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test, once however many of its parts fail."""
        test, _, case = report.nodeid.rpartition("::")[2].partition("[")
        if report.failed:
            self.failed.setdefault((test, case.rstrip("]")), _reason(report))
        elif report.skipped:
            self.idle.append(test)
        elif report.when == "call":
            self.passed += 1


def run_suite(name: str, variants: Mapping[str, Any]) -> Result:
    """Run every test over every variant.

    Raises:
        InvariantBrokenError: pytest could not begin.
    """
    result, said = Result(name, variants), io.StringIO()
    spec = find_spec(SUITE)
    assert spec is not None and spec.origin, "the suite is part of this package"
    pytest.register_assert_rewrite(SUITE)
    # Nothing of the folder it is called from, or of the reader's own pytest, has a say.
    options = ["-q", "-c", os.devnull, "--rootdir", str(Path(spec.origin).parent), "--import-mode=importlib", "-p", "no:cacheprovider"]
    with redirect_stdout(said), _alone():
        code = pytest.main([spec.origin, *options], plugins=[result])
    result.report = said.getvalue()
    if code != pytest.ExitCode.OK and not result.failed:
        sys.stderr.write(result.report)
        raise InvariantBrokenError(f"pytest could not run the contract suite (exit code {int(code)})")
    return result


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return the first line of what went wrong; of a collection, the last that pytest marks as an error."""
    crash = getattr(report.longrepr, "reprcrash", None)
    marked = [line[1:].strip() for line in str(report.longrepr).splitlines() if line.startswith("E ")]
    text = str(crash.message).partition("\n")[0] if crash else marked[-1] if marked else str(report.longrepr)
    return text if len(text) <= REASON_LENGTH_MAX else f"{text[:REASON_LENGTH_MAX]}…"


@contextmanager
def _alone() -> Iterator[None]:
    """Keep other plugins and options of the environment away from this run."""
    kept = dict(os.environ)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
