"""A Danish and a Norwegian invoice, told in the language of who asks: what happened, why, and what comes next."""

import pytest

from simulators import kit
from simulators.paper import PaperSimulator
from tests.scenarios.test_paper import Paper


@pytest.fixture(params=["DK"])
def paper(story, request):
    simulator = PaperSimulator(clock=story.clock)
    with kit.Served(simulator) as served:
        yield Paper(story, served.url, simulator, request.param)


def explained(paper, number, language, *more):
    told = paper.story.type("claims", "explain", number, "--tenant", "dk", "--language", language, *more)
    return " ".join(told.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_danish_claim_is_told_in_danish(paper):
    paper.go_live()
    number = paper.invoice()
    paper.days(50)
    claim = paper.story.acknowledge()
    paper.story.tell(claim, "phase_changed", phase="payment_plan", flags=[])
    paper.days(1)
    told = explained(paper, number, "da")
    assert told.startswith(
        "Faktura 1 til Kunde ApS: 12.500,00 kr. af 12.500,00 kr. ubetalt, forfaldsdag 17.04.2025. Stadie: hos inkassobureauet"
    )
    assert "Hvad der skal ændres: Kravet trækkes tilbage med `kravbro claims withdraw 1`." in told
    assert (
        "sag A-1001: i gang, afdragsordning. Hvad der er sket: 28.04.2025 Vores rykker gik med e-mail: 12.500,00 kr. kræves, gebyr 100,00 kr."
        in told
    )
    assert "Policyens trin er: rykker, fra 24.04.2025. [policylinje 12] Det er 7 dage efter forfaldsdagen 17.04.2025." in told
    assert "14.05.2025 Vores inkassovarsel gik med e-mail" in told
    assert "Før ethvert andet skridt skal § 10-skrivelsen være sendt og dens 10 dage udløbet" in told
    assert told.endswith("Inkassobureauet er nu ved: afdragsordning.")
    assert not {"the", "of", "is", "DKK", "due", "reminder", "letter"} & set(told.split())


@pytest.mark.parametrize("paper", ["NO"], indirect=True)
def test_norwegian_invoice_is_told_in_norwegian(paper):
    paper.go_live()
    number = paper.invoice()
    paper.days(20)
    told = explained(paper, number, "nb")
    assert told.startswith("Faktura 1 til Kunde ApS: 12 500,00 kr av 12 500,00 kr ubetalt, forfallsdag 17.04.2025. Stadium: venter")
    assert "Vår purring gikk med e-post: 12 500,00 kr kreves" in told and "Policyens trinn er: inkassovarsel, fra " in told
    assert "inkassoloven" in told and "[policylinje " in told
    paper.days(25)
    assert "Vårt inkassovarsel gikk med e-post: " in explained(paper, number, "nb")
    assert "Inkassovarselet gir minst 14 dager fra det sendes" in explained(paper, number, "nb")


def test_stop_is_told_in_the_language_that_the_environment_names(paper, monkeypatch):
    paper.go_live()
    number = paper.invoice()
    paper.days(1)
    paper.story.type("claims", "hold", number, "--tenant", "dk", "--reason", "aftalt med kunden", "--until", "2025-05-20")
    monkeypatch.setenv("KRAVBRO_LANGUAGE", "fi")
    told = paper.story.type("claims", "explain", number, "--tenant", "dk")
    assert "  Ihminen on pysäyttänyt sen: aftalt med kunden (asti: 20.5.2025).\n" in told
    assert (
        "  Minkä pitäisi muuttua: Jos sillä on päivä, se päättyy siihen; ihminen päättää sen: `kravbro claims release 1 --reason WHY`.\n"
        in told
    )
    assert "A person holds it" in paper.story.type("claims", "explain", number, "--tenant", "dk", "--language", "en")
    monkeypatch.setenv("KRAVBRO_LANGUAGE", "tlh")
    paper.story.type("claims", "explain", number, "--tenant", "dk", code=2)
