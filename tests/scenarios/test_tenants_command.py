"""`kravbro tenants`: what is agreed is told for a person, and a login ends whatever else is missing."""

import json

from commands.wiring import open_app
from tests.scenarios.test_command_line import second_tenant


def test_tenant_is_shown_for_a_person(story):
    story.type("tenants", "due-basis", "t", "--consumer", "unilateral")
    told = story.type("tenants", "show", "t")
    assert not set("{}'[]") & set(told)
    assert "\naccounts:\n" in told and "\n  clearing: 1689\n" in told
    assert "\ndue basis:\n" in told and "\n  consumer: unilateral\n" in told
    assert "\naccounts confirmed: yes\n" in told and "\nvendor reminder: -\n" in told and "\ntasks: none\n" in told
    assert json.loads(story.type("tenants", "show", "t", "--json"))["accounts"]["clearing"] == "1689"


def test_tenant_without_a_policy_is_disconnected(story):
    second_tenant(story)
    assert "Nothing runs for it until it is connected again." in story.type("tenants", "disconnect", "u")
    assert (open_app().tenant("u").state, open_app().tenant("t").state) == ("paused", "active")
