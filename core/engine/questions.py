"""What an agency asks about a claim, and what a person answers.

Questions and answers stand in the claim's snapshot, which the agency reads. The claim waits in `needs_info` while one is open; a
pause or a withdrawal beats that, and the question stays open beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import Connection

from core.claim import InfoRequested, Question
from core.engine.context import Run, agency_channel
from core.errors import ConfigError
from core.states import ClaimEvent
from core.store import claims, people
from core.store.claims import Claim
from core.store.journal import Plan
from core.store.keeping import add_document
from core.writes import AdjustClaim

__all__ = ["answer", "close_tasks", "find", "is_same", "open_question"]

TASK: Final = "info_requested"
"""The kind of a question's task; its subject names claim and question."""

File = tuple[str, str, bytes]
"""A file of an answer: its name, its media type, its bytes."""


def find(claim: Claim, question_id: str) -> Question | None:
    """Return a question that was asked on the claim before."""
    return next((one for one in claim.snapshot.questions if one.question_id == question_id), None)


def is_same(known: Question, asked: InfoRequested) -> bool:
    """Tell whether a question that comes again asks what it asked."""
    return (known.question, known.documents, known.reply_by) == (asked.question, asked.documents, asked.reply_by)


def open_question(run: Run, connection: Connection, claim: Claim, asked: InfoRequested, asked_on: date) -> bool:
    """Take a new question and give it to a person; return False where nothing can be asked in the claim's state."""
    question = Question(asked.question_id, asked.question, asked_on, asked.documents, asked.reply_by)
    wider = replace(claim, snapshot=replace(claim.snapshot, questions=(*claim.snapshot.questions, question)))
    if claims.step_claim(connection, wider, ClaimEvent.ASK, run.now()) is None:
        return False
    wanted = f" It asks for: {', '.join(dict.fromkeys(asked.documents))}." if asked.documents else ""
    until = f" It waits until {asked.reply_by}." if asked.reply_by else ""
    text = (
        f'The agency asks about claim {claim.id[:12]}: "{asked.question}"{wanted}{until} Answer: `kravbro claims answer {claim.id[:12]} '
        f"--tenant {run.tenant.id} --text WORDS`, with `--document FILE` for what it asks for."
    )
    people.add_task(connection, run.tenant.id, TASK, _subject(claim, question), text, run.now())
    return True


def answer(run: Run, connection: Connection, claim: Claim, text: str, files: Iterable[File]) -> list[Question]:
    """Answer every open question of a claim, and plan to tell the agency; return what was answered.

    Raises:
        ConfigError: nothing is asked about the claim, or it has ended.
    """
    where = f"claim {claim.id[:12]}"
    asked = [one for one in claim.snapshot.questions if one.is_open]
    if not claim.is_active:
        raise ConfigError(where, f"it is {claim.lifecycle}", "Only an agency that has the claim is answered.")
    if not asked:
        raise ConfigError(where, "the agency asks nothing about it", f"See `kravbro claims tasks --tenant {run.tenant.id}`.")
    documents = tuple(
        add_document(connection, run.tenant.id, run.vault, kind="answer", name=name, media_type=media_type, content=content, now=run.now())
        for name, media_type, content in files
    )
    ids = tuple(one.document_id for one in documents)
    questions = tuple(
        replace(one, answer=text, answered_on=run.today, answer_documents=ids) if one.is_open else one for one in claim.snapshot.questions
    )
    more = tuple(one for one in documents if one not in claim.snapshot.documents)
    snapshot = replace(claim.snapshot, questions=questions, documents=(*claim.snapshot.documents, *more))
    claim = claims.change_claim(connection, claim, snapshot)
    plan = Plan(
        write=AdjustClaim("answered", claim.snapshot, reason=text), subjects=(f"claim:{claim.id}:answer:{claim.version}",),
        channel=agency_channel(claim.agency), cause=text, claim_id=claim.id,
    )  # fmt: skip
    run.journal.plan(connection, plan, run.now(), run.today)
    close_tasks(run, connection, claim, text, asked)
    return asked


def close_tasks(run: Run, connection: Connection, claim: Claim, why: str, asked: Iterable[Question]) -> None:
    """Note that these questions need no person any more."""
    for one in asked:
        people.resolve_task(connection, run.tenant.id, TASK, _subject(claim, one), why, run.now())


def _subject(claim: Claim, question: Question) -> str:
    return f"{claim.id}:{question.question_id}"
