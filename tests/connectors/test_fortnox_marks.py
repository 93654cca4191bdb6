"""Marks on invoices: which place they take, and that nothing of the client's is lost."""

from dataclasses import replace

import pytest

from connectors.fortnox.mapping.marks import marked
from core.errors import RejectedError
from core.writes import MarkInvoice
from simulators.fortnox import Switches
from tests.connectors.fortnox_bench import KEY, Bench

ONE, TWO = "ExternalInvoiceReference1", "ExternalInvoiceReference2"
OURS = "Inkasso A-1001 (Kravbro)"
MODES = pytest.mark.parametrize("mode", ["external_reference", "label"])


@pytest.fixture
def at(tmp_path):
    def make(mode="external_reference", *, label=True, switches=None, **fields):
        bench = Bench(tmp_path, Switches(**(switches or {})))
        bench.connector = bench.build(mark=mode)
        if label:
            bench.company.labels += [{"Id": 4, "Description": "inkasso"}, {"Id": 9, "Description": "VIP"}]
        return bench, MarkInvoice(bench.add_overdue(**fields), "Inkasso A-1001")

    return make


def do(bench, write):
    return bench.connector.send(write, bench.connector.prepare(write, KEY), KEY)


def places(bench, number="1"):
    invoice = bench.company.invoice(number)
    return invoice[ONE], invoice[TWO], [label["Id"] for label in invoice["Labels"]]


def test_mark_changes_nothing_else(at):
    bench, write = at()
    before = bench.company.invoice("1")
    do(bench, write)
    after = bench.company.invoice("1")
    assert {name for name in after if after[name] != before[name]} == {ONE}


@pytest.mark.parametrize(
    ("held", "found"),
    [
        (("", ""), (OURS, "", [])),
        (("Order 77", ""), ("Order 77", OURS, [])),
        (("Order 77", "Nr 5"), ("Order 77", "Nr 5", [4])),
        (("Inkasso (Kravbro)", "Nr 5"), (OURS, "Nr 5", [])),
        (("", "Inkasso (Kravbro)"), ("", OURS, [])),
        (("Inkasso (Kravbro)", "Alt (Kravbro)"), (OURS, "", [])),
        (("Inkasso A-1001", ""), ("Inkasso A-1001", OURS, [])),
    ],
)
def test_mark_takes_a_free_place(at, held, found):
    bench, write = at(**dict(zip((ONE, TWO), held, strict=True)))
    do(bench, write)
    assert places(bench) == found


def test_no_place_is_refused(at):
    bench, write = at(label=False, **{ONE: "Order 77", TWO: "Nr 5"})
    with pytest.raises(RejectedError, match="both references of invoice 1 hold the client's own text"):
        do(bench, write)
    assert places(bench) == ("Order 77", "Nr 5", [])


@pytest.mark.parametrize(("held", "found"), [("", ("", "", [9, 4])), ("Order 77", ("Order 77", "", [9, 4]))])
def test_label_leaves_references_alone(at, held, found):
    bench, write = at("label", **{ONE: held, "Labels": [{"Id": 9}]})
    do(bench, write)
    assert places(bench) == found
    do(bench, replace(write, text=""))
    assert places(bench) == (held, "", [9])


def test_missing_label_uses_a_reference(at):
    bench, write = at("label", label=False, **{ONE: "Order 77"})
    do(bench, write)
    assert places(bench) == ("Order 77", OURS, [])


@MODES
@pytest.mark.parametrize("how", ["refuses", "ignores"])
def test_refused_place_is_followed_by_the_next(at, mode, how):
    field = "booked_external_reference" if mode == "external_reference" else "booked_labels"
    bench, write = at(mode, switches={field: how}, **{ONE: "Order 77"})
    do(bench, write)
    assert places(bench) == (("Order 77", "", [4]) if mode == "external_reference" else ("Order 77", OURS, []))


@pytest.mark.parametrize("how", ["refuses", "ignores"])
def test_mark_without_any_place_is_refused(at, how):
    bench, write = at(switches={"booked_external_reference": how, "booked_labels": how})
    with pytest.raises(RejectedError):
        do(bench, write)
    assert places(bench) == ("", "", [])


@MODES
def test_only_our_mark_is_taken_away(at, mode):
    bench, write = at(mode, **{ONE: "Order 77", "Labels": [{"Id": 9}]})
    do(bench, write)
    do(bench, replace(write, text=""))
    assert places(bench) == ("Order 77", "", [9])


def test_no_mark_is_not_taken_away(at):
    bench, write = at(**{ONE: "Order 77"})
    with pytest.raises(RejectedError, match="no mark of ours"):
        do(bench, replace(write, text=""))
    assert places(bench) == ("Order 77", "", [])


def test_label_that_stays_is_not_taken(at):
    bench, write = at("label", switches={"labels_put": "adds"})
    do(bench, write)
    with pytest.raises(RejectedError, match="not_taken"):
        do(bench, replace(write, text=""))


def test_late_bytes_spare_newer_text(at):
    bench, write = at()
    ready = bench.connector.prepare(write, KEY)
    bench.company.set_invoice("1", **{ONE: "Order 77"})
    bench.connector.send(write, ready, KEY)
    assert places(bench) == ("Order 77", OURS, [])


def test_late_bytes_spare_newer_labels(at):
    bench, write = at("label", **{ONE: "Order 77", TWO: "Nr 5"})
    ready = bench.connector.prepare(write, KEY)
    bench.company.set_invoice("1", Labels=[{"Id": 9}])
    with pytest.raises(RejectedError, match="changed meanwhile"):
        bench.connector.send(write, ready, KEY)
    assert places(bench) == ("Order 77", "Nr 5", [9])


def test_older_label_proves_nothing(at):
    bench, write = at(Labels=[{"Id": 4}])
    ready = bench.connector.prepare(write, KEY)
    assert bench.connector.look_up(write, ready, KEY, ()).state == "absent"
    bench.connector.send(write, ready, KEY)
    assert bench.connector.look_up(write, ready, KEY, ()).state == "found"


def test_unreadable_places_are_said(at):
    bench, write = at(Labels=[5])
    with pytest.raises(RejectedError, match="references and labels of invoice 1 can't be read"):
        bench.connector.prepare(write, KEY)


def test_long_mark_keeps_its_sign():
    assert len(marked("x" * 200)) == 80 and marked("x" * 200).endswith(" (Kravbro)")
    assert marked("Inkasso “A|1”") == "Inkasso \u2019A/1\u2019 (Kravbro)"
