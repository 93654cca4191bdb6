"""`python -m benchmarks [decisions] [sweep] [backtest] [--small]`: run them and print the figures as Markdown."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Final

from benchmarks import backtest, decisions, sweep

RUNS: Final = {"decisions": decisions.run, "sweep": sweep.run, "backtest": backtest.run}


def main() -> None:
    """Run the named benchmarks, or all."""
    small = "--small" in sys.argv
    names = [name for name in sys.argv[1:] if name in RUNS] or list(RUNS)
    print(f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; Python {platform.python_version()}\n")
    print("| what | figure |\n|---|---|")
    for name in names:
        for what, figure in RUNS[name](small=small):
            print(f"| {what} | {figure} |", flush=True)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor() or "unknown")


if __name__ == "__main__":
    main()
