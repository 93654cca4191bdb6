"""An agency asks, a person answers: the claim waits meanwhile, and each is told once."""

import json

import pytest

ASKED = {"question_id": "Q1", "question": "What was ordered?", "documents": ["contract"], "reply_by": "2025-06-30"}


def tasks(story):
    return {task["kind"]: task["what"] for task in json.loads(story.type("claims", "tasks", "--tenant", "t", "--json"))["tasks"]}


def events(story):
    return [event["type"] for event in story.agency.get("/v1/events").json()["events"]]


def ask(story, claim, **changes):
    story.tell(claim, "info_requested", **{**ASKED, **changes})
    story.days(1)
    return story.claim()["lifecycle"]


def answer(story, number, *more, text="Twelve pallets, by the order of 3 March", code=0):
    return story.type("claims", "answer", number, "--tenant", "t", "--text", text, *more, code=code)


def test_question_waits_for_a_person(story):
    number, claim = story.handed_over()
    assert ask(story, claim) == "needs_info"
    assert "What was ordered?" in tasks(story)["info_requested"]
    assert "contract" in tasks(story)["info_requested"]
    assert "2025-06-30" in tasks(story)["info_requested"]
    assert "The agency asks: What was ordered?" in story.type("claims", "explain", number, "--tenant", "t")
    story.days(3)
    assert "claim.answered" not in events(story)


def test_answer_is_told_once_with_its_document(story):
    number, claim = story.handed_over()
    ask(story, claim)
    contract = story.home / "avtal.pdf"
    contract.write_bytes(b"%PDF-1.7 contract")
    answer(story, number, "--document", str(contract))
    assert "info_requested" not in tasks(story)
    story.days(3)
    told = story.claim()
    (question,) = told["questions"]
    assert (told["lifecycle"], question["answer"]) == ("active", "Twelve pallets, by the order of 3 March")
    (document_id,) = question["answer_documents"]
    assert story.agency.get(f"/v1/claims/{claim['claim_id']}/documents/{document_id}").content == b"%PDF-1.7 contract"
    assert events(story).count("claim.answered") == 1


def test_claim_nobody_took_on_waits_again_after_the_answer(story):
    number = story.invoice()
    story.until("claims_handed_over")
    assert ask(story, story.claim()) == "needs_info"
    answer(story, number)
    story.days(1)
    assert story.claim()["lifecycle"] == "submitted"


def test_question_twice_is_asked_once(story):
    number, claim = story.handed_over()
    ask(story, claim)
    ask(story, claim)
    answer(story, number)
    assert ask(story, claim) == "active"
    assert len(story.claim()["questions"]) == 1
    assert tasks(story) == {}


def test_other_question_of_the_same_id_is_refused(story):
    _, claim = story.handed_over()
    ask(story, claim)
    ask(story, claim, question="Who signed?")
    assert [one["question"] for one in story.claim()["questions"]] == ["What was ordered?"]
    assert "each question has an id of its own" in tasks(story)["question_wrong"]


def test_question_beside_an_answer_on_its_way_stays_open(story):
    number, claim = story.handed_over()
    ask(story, claim)
    answer(story, number)
    assert ask(story, claim, question_id="Q2", question="Who signed?") == "needs_info"
    answer(story, number, text="The managing director")
    story.days(1)
    assert [one["answer"] for one in story.claim()["questions"]] == ["Twelve pallets, by the order of 3 March", "The managing director"]
    assert story.claim()["lifecycle"] == "active"


def test_work_and_acknowledgement_leave_the_question_open(story):
    story.invoice()
    story.until("claims_handed_over")
    claim = story.claim()
    ask(story, claim)
    story.acknowledge()
    story.tell(claim, "phase_changed", phase="amicable", flags=[])
    story.days(1)
    assert (story.claim()["lifecycle"], story.claim()["phase"], story.claim()["agency_case_ref"]) == ("needs_info", "amicable", "A-1001")


def test_pause_does_not_lose_the_question(story):
    number, claim = story.handed_over()
    ask(story, claim)
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")
    story.days(1)
    assert story.claim()["lifecycle"] == "paused"
    story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer")
    story.days(1)
    assert story.claim()["lifecycle"] == "needs_info"


def test_answer_in_a_pause_leaves_it_paused(story):
    number, claim = story.handed_over()
    story.type("claims", "hold", number, "--tenant", "t", "--reason", "we talk")
    story.days(1)
    assert ask(story, claim) == "paused"
    answer(story, number)
    story.days(1)
    assert (story.claim()["lifecycle"], events(story)[-1]) == ("paused", "claim.answered")
    story.type("claims", "release", number, "--tenant", "t", "--reason", "no answer")
    story.days(1)
    assert story.claim()["lifecycle"] == "active"


def test_claim_with_a_question_can_be_withdrawn(story):
    number, claim = story.handed_over()
    ask(story, claim)
    story.type("claims", "withdraw", number, "--tenant", "t", "--reason", "wrong customer")
    story.days(1)
    assert story.claim()["lifecycle"] == "closing"
    story.tell(claim, "closed", reason="withdrawn", money_recovered=False)
    story.days(1)
    assert set(tasks(story)) == {"withdraw_letter"}
    assert "it is closed" in answer(story, number, code=2)


def test_late_question_changes_nothing(story):
    _, claim = story.handed_over()
    story.tell(claim, "closed", reason="returned_uncollectible", money_recovered=False)
    story.days(1)
    assert ask(story, claim) == "closed"
    assert "info_requested" not in tasks(story)


def test_money_is_still_told_while_a_question_is_open(story):
    number, claim = story.handed_over()
    ask(story, claim)
    story.company.pay_invoice(number, on=story.today)
    assert sum(done["direct_payments_reported"] for done in story.days(3)) == 1


def test_nothing_asked_nothing_answered(story):
    number, _ = story.handed_over()
    assert "asks nothing" in answer(story, number, code=2)
    assert "no such claim" in answer(story, "999", code=2)
    story.days(1)
    assert "claim.answered" not in events(story)


@pytest.mark.parametrize("size", [0, 10_485_761])
def test_file_holds_something_and_not_too_much(story, size):
    path = story.home / "avtal.pdf"
    path.write_bytes(b"x" * size)
    assert f"it has {size} bytes" in answer(story, "1", "--document", str(path), code=2)
