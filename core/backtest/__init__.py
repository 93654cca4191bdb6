"""What a policy would have done to the past: invoices with their payments in, letters and claims out, against what happened."""

from core.backtest.assume import Assumptions
from core.backtest.chart import chart
from core.backtest.replay import Event, Replay, replay
from core.backtest.report import Count, Report, as_mapping, report

__all__ = ["Assumptions", "Count", "Event", "Replay", "Report", "as_mapping", "chart", "replay", "report"]
