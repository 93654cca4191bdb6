from datetime import UTC, date, datetime

import pytest

from simulators.agency import Habits
from tests.simulators.test_agency_feed import Bench, FakeFeed, feed, make_bench, make_claim, served  # noqa: F401

NUMBERS = [str(number) for number in range(1, 13)]


@pytest.fixture
def play(make_bench, feed):  # noqa: F811
    def run(habits=None, numbers=("1",), days=60, story="pays_in_parts", **settings):
        for number in numbers:
            feed.submit(make_claim(number))
        bench = make_bench(story, habits=habits, **settings)
        bench.days(days)
        return bench

    return run


def keys(bench):
    return [key for key, _, _ in bench.feed.received]


def test_honest_agency_sends_once(play):
    bench = play(numbers=NUMBERS)
    assert len(set(keys(bench))) == len(keys(bench))
    assert len(bench.data("payment_received")) == 4 * len(NUMBERS)


def test_same_message_comes_twice(play):
    bench = play(Habits(duplicates=1))
    assert all(keys(bench).count(key) == 2 for key in keys(bench) if ".again" not in key and "settlement" not in key)
    assert bench.agency.state()["refused"] == []


def test_same_payment_in_new_message(play):
    bench = play(Habits(duplicates=1))
    again = [body["data"]["payment_id"] for key, _, body in bench.feed.received if key.endswith(".again")]
    assert sorted(again) == sorted(row["payment_id"] for row in bench.agency.state()["payments"])


def test_duplicates_count_once_in_books(play):
    bench = play(Habits(duplicates=1))
    state = bench.agency.state()
    lines = [line["payment_id"] for row in state["settlements"] for line in row["lines"]]
    assert sorted(lines) == sorted(row["payment_id"] for row in state["payments"])
    assert sum(line["principal_left_minor"] for row in state["claims"] for line in row["invoices"]) == 0


def days_late(bench):
    rows = [row for row in bench.agency.state()["events"] if row["kind"] == "payment_received"]
    return [(datetime.fromtimestamp(row["t"], UTC).date() - date.fromisoformat(row["written_on"])).days for row in rows]


def test_late_events_come_days_later(play):
    late = days_late(play(Habits(late=1)))
    assert len(late) == 4
    assert all(1 <= days <= 4 for days in late)


def test_events_are_not_late_without_habit(play):
    assert days_late(play()) == [0, 0, 0, 0]


def test_disorder_sends_demand_before_ack(play):
    kinds = play(Habits(disorder=1)).kinds()
    assert kinds.index("demand_sent") < kinds.index("ack")


def test_disorder_closes_before_last_payment(play):
    kinds = play(Habits(disorder=1)).kinds()
    assert kinds.index("closed") < len(kinds) - 1 - kinds[::-1].index("payment_received")


def test_order_is_kept_without_disorder(play):
    kinds = play().kinds()
    assert kinds[0] == "ack"
    assert kinds.index("closed") > len(kinds) - 1 - kinds[::-1].index("payment_received")


def test_only_reported_payments_are_settled(play):
    bench = play(Habits(late=1, disorder=1), numbers=NUMBERS)
    told = set()
    for _, path, body in bench.feed.received:
        if path == "/v1/settlements":
            assert {line["payment_id"] for line in body["data"]["lines"]} <= told
        told.add(body.get("data", {}).get("payment_id"))


def test_everything_arrives_through_faults(play, feed):  # noqa: F811
    feed.faults.seed, feed.faults.rate = 3, 0.25
    bench = play(numbers=NUMBERS, days=90)
    state = bench.agency.state()
    assert feed.faults.injected > 50
    assert (state["waiting"], state["refused"]) == (0, [])
    assert len({body["data"]["payment_id"] for _, _, body in feed.received if "payment_id" in body.get("data", {})}) == 4 * len(NUMBERS)
    assert all(row["settlement_id"] for row in state["payments"])


def test_claim_order_survives_faults(play, feed):  # noqa: F811
    feed.faults.seed, feed.faults.rate, feed.faults.kinds = 3, 0.3, ("error_before", "drop_before")
    bench = play(numbers=NUMBERS, days=90)
    for number in NUMBERS:
        own = [int(key.split(".")[2]) for key, path, _ in bench.feed.received if f"/claim-{number}/" in path]
        assert own == sorted(own)


def test_feed_that_is_down_is_left(make_bench, feed):  # noqa: F811
    for number in NUMBERS:
        feed.submit(make_claim(number))
    feed.faults.arm("error_before", method="POST", times=99)
    bench = make_bench()
    assert bench.days(1).waiting == len(NUMBERS)
    assert sum(method == "POST" for method, _, _ in feed.asked) == 3


def replay(tmp_path, served, numbers):  # noqa: F811
    other = FakeFeed()
    served._server.set_app(other)
    for number in numbers:
        other.submit(make_claim(number))
    bench = Bench(tmp_path, served, other, hostile=True)
    bench.days(70)
    return bench


def test_same_seed_gives_same_log(tmp_path, served):  # noqa: F811
    first, second = (replay(tmp_path, served, NUMBERS) for _ in range(2))
    assert first.agency.log.rows == second.agency.log.rows
    assert first.agency.state() == second.agency.state()


def books(bench, claim_id):
    state = bench.agency.state()
    return [[row for row in state[part] if row["claim_id"] == claim_id] for part in ("claims", "payments", "fees")]


def test_one_claim_less_moves_no_ids(tmp_path, served):  # noqa: F811
    everything, fewer = replay(tmp_path, served, NUMBERS), replay(tmp_path, served, NUMBERS[3:])
    for number in NUMBERS[3:]:
        assert books(everything, f"claim-{number}") == books(fewer, f"claim-{number}")
    assert everything.agency.desk.payments


def test_other_seed_changes_stories(tmp_path, served, make_bench, feed):  # noqa: F811
    for number in NUMBERS:
        feed.submit(make_claim(number))
    stories = []
    for seed in (1, 2):
        bench = Bench(tmp_path, served, feed, seed=seed)
        bench.days(1)
        stories.append([row["story"] for row in bench.agency.state()["claims"]])
    assert stories[0] != stories[1]
