"""A debt collector that works on Kravbro's claims feed: it reads, takes cases, collects by stories, reports and pays out.

It is a client and keeps its own books; nothing it reckons comes from our code. `work()` is one session and is meant to run
once a day of the clock. What the feed does not take is kept with its key and bytes for the next session.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests

from simulators import kit
from simulators.agency_app import AgencyApp
from simulators.agency_cases import Case
from simulators.agency_desk import HOSTILE, Desk, Habits
from simulators.agency_money import Json
from simulators.agency_settle import Cashier
from simulators.agency_state import describe
from simulators.agency_stories import STORIES
from simulators.agency_wire import Answer, Outbox, Wire

__all__ = ["HOSTILE", "STORIES", "AgencySimulator", "Habits", "WorkReport", "default_app"]

ZONE = ZoneInfo("Europe/Stockholm")
PAGES_AT_MOST = 10_000


@dataclass(frozen=True)
class WorkReport:
    """What one session did; `complete` is false where the feed could not be read to its end."""

    complete: bool
    events: int
    posted: int
    refused: int
    waiting: int


class AgencySimulator:
    """One agency with its key, its cursor, its cases and its outbox."""

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: str,
        clock: kit.Clock,
        seed: int = 1,
        log: kit.RequestLog | None = None,
        *,
        hostile: bool = False,
        habits: Habits | None = None,
        stories: Mapping[str, str] | None = None,
        webhook_secret: str = "",
        session: requests.Session | None = None,
        timeout_s: float = 10.0,
        page_limit: int = 100,
    ) -> None:
        """Start without cases; `stories` maps `creditor/number`, an invoice's number or reference, or "*", to a story's name."""
        unknown = sorted(set((stories or {}).values()) - set(STORIES))
        if unknown:
            raise ValueError(f"no such story: {', '.join(unknown)}")
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "agency"
        self.name, self.clock, self.seed, self.log = name, clock, seed, log or kit.RequestLog()
        self.stories: dict[str, str] = dict(stories or {})
        self.wire = Wire(base_url, api_key, clock=clock, seed=seed, log=self.log, session=session, timeout_s=timeout_s)
        self.outbox = Outbox(self.wire)
        chosen = habits or (HOSTILE if hostile else Habits())
        self.desk = Desk(self.wire, self.outbox, slug=slug, seed=seed, habits=chosen, stories=self.stories)
        self.cashier = Cashier(self.desk)
        self.cases: dict[str, Case] = {}
        self.former: list[Case] = []
        self.cursor = ""
        self.lock = threading.RLock()
        self.app = AgencyApp(self, webhook_secret)
        self._page_limit = page_limit
        self._etags: dict[str, str] = {}
        self._snapshots: dict[str, Json] = {}
        self._seen: set[str] = set()
        self._refs: set[str] = set()

    # One session

    def today(self) -> date:
        """Return the day in Sweden."""
        return datetime.fromtimestamp(self.clock.now(), UTC).astimezone(ZONE).date()

    def work(self) -> WorkReport:
        """Read the feed, do what every case has due today, report it, and pay out on Fridays."""
        with self.lock:
            self.desk.today = self.today()
            self.outbox.start_session()
            seen, refused, posted = len(self._seen), len(self.outbox.refused), len(self.outbox.posted)
            complete = self._pull()
            for claim_id in sorted(self.cases):
                self._work_on(self.cases[claim_id])
            self._flush()
            self.cashier.pay_out(self.desk.today)
            self._flush()
            events, out = len(self._seen) - seen, self.outbox
            return WorkReport(complete, events, len(out.posted) - posted, len(out.refused) - refused, out.waiting)

    def _flush(self) -> None:
        self.desk.confirm(self.outbox.flush(self.desk.today))

    def _work_on(self, case: Case) -> None:
        if case.state == "new":
            if self._check_documents(case):
                self.desk.take(case)
        elif case.state == "open":
            self._unmask(case)
            self.desk.work_on(case)

    # Reading the feed

    def _pull(self) -> bool:
        restarted = False
        for _ in range(PAGES_AT_MOST):
            params = {"cursor": self.cursor, "limit": str(self._page_limit)}
            answer = self.wire.get("/v1/events", params={name: value for name, value in params.items() if value})
            if answer.status == 410 and not restarted:
                self.cursor, restarted = "", True
                continue
            page = answer.json()
            if answer.status != 200 or not self._work_through(page["events"]):
                return False
            # Only now: a page that was not worked through comes again.
            self.cursor = page["cursor"]
            if not page["has_more"]:
                return True
        return False

    def _work_through(self, events: list[Json]) -> bool:
        fetched: set[str] = set()
        for event in events:
            claim_id = event["claim_id"]
            if event["id"] in self._seen:
                continue
            if claim_id not in fetched and not self._fetch(claim_id):
                return False
            fetched.add(claim_id)
            if claim_id in self._snapshots:
                self._note(event, self._snapshots[claim_id])
            self._seen.add(event["id"])
        return True

    def _fetch(self, claim_id: str) -> bool:
        """Fetch the claim unless it is unchanged; a claim that is not there (any more) is passed over."""

        def owner(answer: Answer) -> str:
            snapshot = answer.json() if answer.status == 200 else self._snapshots.get(claim_id, {})
            return str(snapshot.get("creditor", {}).get("org_no", ""))

        answer = self.wire.get(f"/v1/claims/{claim_id}", owner, etag=self._etags.get(claim_id, ""))
        if answer.status == 200:
            self._snapshots[claim_id] = answer.json()
            self._etags[claim_id] = answer.headers.get("ETag", "")
        return not answer.temporary

    def _note(self, event: Json, snapshot: Json) -> None:
        claim_id, kind, sequence = event["claim_id"], event["type"], event["sequence"]
        case = self.cases.get(claim_id)
        if case is None or self._comes_again(case, kind, sequence):
            case = self._open(claim_id, snapshot)
        direct_before = case.direct_paid
        case.update(snapshot)
        if kind in ("claim.paused", "claim.resumed") and sequence > case.pause_sequence:
            case.paused, case.pause_sequence = kind == "claim.paused", sequence
        if case.state == "rejected" and kind in ("claim.submitted", "claim.updated") and snapshot["version"] > case.rejected_version:
            case.state, case.documents = "new", {}
        case.sequence = max(case.sequence, sequence)
        self._follow(case, kind, direct_before)

    def _follow(self, case: Case, kind: str, direct_before: int) -> None:
        if kind == "claim.withdrawn" and case.state in ("new", "open"):
            self.desk.close(case, "withdrawn")
        self.desk.hold(case)
        if case.state == "open" and case.direct_paid > direct_before:
            self.desk.see_direct_payment(case)

    def _comes_again(self, case: Case, kind: str, sequence: int) -> bool:
        return case.close_reason == "withdrawn" and kind == "claim.submitted" and sequence > case.sequence

    def _open(self, claim_id: str, snapshot: Json) -> Case:
        if claim_id in self.cases:
            self.former.append(self.cases[claim_id])
        case = Case.from_snapshot(snapshot, self._case_ref(claim_id))
        case.seen_on = self.desk.today
        self.cases[claim_id] = case
        return case

    def _case_ref(self, claim_id: str) -> str:
        number = 1001 + kit.stable_hash(self.seed, claim_id) % 899_000
        while f"A-{number}" in self._refs:
            number += 1
        self._refs.add(f"A-{number}")
        return f"A-{number}"

    def _unmask(self, case: Case) -> None:
        """Fetch an acknowledged claim again until it shows the identity number of a person in full."""
        if not all(debtor["identity_no"].isdigit() for debtor in case.snapshot.get("debtors") or ()) and self._fetch(case.claim_id):
            case.update(self._snapshots[case.claim_id])

    def _check_documents(self, case: Case) -> bool:
        """Fetch and compare every document; False while one could not be fetched."""
        for document in case.snapshot.get("documents") or ():
            document_id = document["document_id"]
            if document_id in case.documents:
                continue
            answer = self.wire.get(f"/v1/claims/{case.claim_id}/documents/{document_id}", case.creditor)
            if answer.temporary:
                return False
            right = answer.status == 200 and hashlib.sha256(answer.content).hexdigest() == document["sha256"].lower()
            case.documents[document_id] = "ok" if right else ("wrong" if answer.status == 200 else "missing")
        return True

    # Watching and control

    def tell(self, claim_id: str, story: str) -> None:
        """Let a case go on with another story."""
        with self.lock:
            self.desk.today = self.today()
            self.desk.tell(self.cases[claim_id], story)

    def state(self) -> Json:
        """Return the agency's books and what it has posted, as plain JSON."""
        with self.lock:
            return describe([*self.former, *self.cases.values()], self.desk, self.cashier, self.outbox)

    def write_state(self, folder: Path) -> Path:
        """Write `state.json`; a reader sees the old file or the new one, never half."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "state.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(self.state(), ensure_ascii=False, indent=1), encoding="utf-8")
        return new.replace(path)


def default_app(
    base_url: str, api_key: str, seed: int = 1, clock: kit.Clock | None = None, *, name: str = "Fordran AB", **settings: Any
) -> AgencyApp:
    """Return an agency's WSGI app for `kravbro simulate agency`; `app.work_forever(60)` starts its work beside it."""
    return AgencySimulator(name, base_url, api_key, clock or kit.Clock(), seed, **settings).app
