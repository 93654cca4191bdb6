"""Which settings of our connectors only connecting again may change: what says whose books they are, where they answer, or what is ours there."""

import pytest

from commands.wiring import CONNECTORS, load_adapter

FIXED = {
    "economic": {"grant_token", "agreement_number", "app_public_token", "rest_url", "apis_url", "secure_url", "payment_mode"},
    "fortnox": {"client_id", "tenant_id", "auth", "scope", "api_url", "apps_url", "payment_mode"},
    "paper": {"api_url", "payment_mode"},
    "visma": {"client_id", "scope", "api_url", "identity_url", "service", "payment_mode"},
}
LED_TO_BY_PEOPLE = "link_url"
"""An address that people click on; nothing of ours is sent there."""


@pytest.mark.parametrize("name", CONNECTORS)
def test_settings_that_stay(name):
    settings = load_adapter("connector", name).SETTINGS
    assert {one.name for one in settings if one.fixed} == FIXED[name]
    assert {one.name for one in settings if one.name.endswith("_url")} - {LED_TO_BY_PEOPLE} <= FIXED[name]


@pytest.mark.parametrize("name", CONNECTORS)
def test_default_is_among_the_choices(name):
    for one in load_adapter("connector", name).SETTINGS:
        assert not one.choices or one.default in one.choices, one.name
