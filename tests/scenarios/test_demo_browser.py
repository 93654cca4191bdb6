"""The people's browser of the demo: it picks the company by its name on each vendor's page, and gives up where the page lacks it."""

from urllib.parse import urlencode

import pytest

from commands import demo_browser
from core.errors import InvariantBrokenError
from simulators import kit
from simulators.economic import EconomicSimulator
from simulators.fortnox import FortnoxSimulator
from simulators.visma import VismaSimulator
from tests.simulators.visma_bench import SERVICE


def way_back():
    """A server that the vendor sends the browser back to, and what it was asked for."""
    asked = []

    def app(environ, start):
        asked.append(environ["QUERY_STRING"])
        start("200 OK", [("Content-Length", "0")])
        return [b""]

    return kit.Served(app), asked


def fortnox(back):
    simulator = FortnoxSimulator()
    simulator.add_client("app", "secret", back)
    for number, name in ((1001, "Ett AB"), (1002, "Två AB")):
        simulator.add_company(number, name, "556677-8899")
    query = {"client_id": "app", "redirect_uri": back, "response_type": "code", "state": "s", "scope": "invoice", "access_type": "offline"}
    return simulator, f"/oauth-v1/auth?{urlencode(query)}", "code="


def visma(back):
    simulator = VismaSimulator()
    simulator.add_client("app", "secret", back)
    for ident, name in (("B1", "Ett AB"), ("B2", "Två AB")):
        simulator.add_company(ident, name)
    query = {
        "client_id": "app", "redirect_uri": back, "response_type": "code", "state": "s", "scope": "ea:api offline_access",
        "prompt": "select_account", "acr_values": SERVICE,
    }  # fmt: skip
    return simulator, f"/connect/authorize?{urlencode(query)}", "code="


def economic(back):
    simulator = EconomicSimulator()
    simulator.add_app("public", "secret")
    for number, name in ((1, "Ett AB"), (2, "Två AB")):
        simulator.add_agreement(number, name)
    query = {"appPublicToken": "public", "redirectUrl": back}
    return simulator, f"/secure/api1/requestaccess.aspx?{urlencode(query)}", simulator.grant("public", 2)


@pytest.mark.parametrize("vendor", [fortnox, visma, economic])
def test_browser_picks_the_company_and_comes_back(vendor):
    served, asked = way_back()
    with served:
        simulator, page, brings = vendor(f"{served.url}/")
        with kit.Served(simulator) as there:
            screen = demo_browser.Screen("Två AB")
            print(f"Log in and approve here:\n{there.url}{page}", file=screen)
            screen.wait()
    assert len(asked) == 1 and brings in asked[0]


@pytest.mark.parametrize("vendor", [fortnox, visma, economic])
def test_browser_approves_no_other_company(vendor):
    served, asked = way_back()
    with served:
        simulator, page, _ = vendor(f"{served.url}/")
        with kit.Served(simulator) as there, pytest.raises(InvariantBrokenError, match="does not name Tre AB"):
            demo_browser.approve(f"{there.url}{page}", "Tre AB")
    assert asked == []


def test_browser_stays_shut_where_nothing_asks_for_it():
    screen = demo_browser.Screen("Två AB")
    print("Everything is connected.", file=screen)
    screen.wait()
    assert screen.getvalue() == "Everything is connected.\n"
