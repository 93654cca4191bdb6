"""Reading single things: one that can't be read is a problem of its own; several in a row are an outage."""

from types import SimpleNamespace

import pytest

from core.engine.context import Run
from core.engine.reading import read_invoice, read_pdf
from core.errors import RejectedError, RetryLaterError
from core.model import Problem


def run_with(get):
    run = SimpleNamespace(unanswered=set(), keep_lease=lambda: None, ports=SimpleNamespace(reads=SimpleNamespace(get_invoice=get)))
    run.ports.reads.get_invoice_pdf = get
    run.bear = lambda what, error: Run.bear(run, what, error)
    return run


@pytest.fixture(autouse=True)
def known_by_its_id(monkeypatch):
    monkeypatch.setattr("core.engine.reading.number_of", lambda _run, ref: ref)


def broken(*refs):
    def get(ref):
        if ref in refs:
            raise RetryLaterError("Fortnox", "HTTP 500")
        return f"invoice {ref}"

    return get


def test_broken_row_is_a_problem():
    problem = read_invoice(run_with(broken("1")), "1")
    assert isinstance(problem, Problem)
    assert problem.message == "Invoice 1 can't be read: HTTP 500."


def test_same_row_again_is_no_outage():
    run = run_with(broken("1"))
    assert all(isinstance(read_invoice(run, "1"), Problem) for _ in range(9))


def test_answers_in_between_are_no_outage():
    run = run_with(broken("1", "2", "3"))
    for ref in ("1", "2", "4", "3", "1"):
        read_invoice(run, ref)


@pytest.mark.parametrize("read", [read_invoice, read_pdf])
def test_three_rows_in_a_row_are_an_outage(read):
    run = run_with(broken("1", "2", "3"))
    read(run, "1")
    read(run, "2")
    with pytest.raises(RetryLaterError):
        read(run, "3")


def test_refusal_is_an_answer():
    def get(ref):
        raise RejectedError("Fortnox", "2000423", "no such invoice")

    run = run_with(get)
    assert all(isinstance(read_invoice(run, str(number)), Problem) for number in range(5))
