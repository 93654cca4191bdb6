"""A policy is taken by its name or its file, and only where its country and currency are the tenant's."""

import pytest

from core.policy import load_template


@pytest.mark.parametrize(("key", "theirs", "other"), [("currency", "SEK", "EUR"), ("country", "SE", "DK")])
def test_policy_of_another_place_is_refused(story, key, theirs, other):
    policy = story.home / "policy.toml"
    policy.write_text(load_template("se-standard").replace(f'{key} = "{theirs}"', f'{key} = "{other}"'))
    said = story.type("policy", "use", "t", str(policy), code=2)
    line = next(number for number, text in enumerate(policy.read_text().splitlines(), 1) if text.startswith(key))
    assert f"policy.toml:{line}" in said and f"`{key}` is {other}" in said
    assert "version 1" in story.type("policy", "show", "t")


def test_policy_of_the_tenants_place_is_taken(story):
    assert "version 2" in story.type("policy", "use", "t", "se-consumer-firm")


@pytest.mark.parametrize("name", ["no-consumer-firm", "dk-business-cautious"])
def test_template_is_checked_by_its_name(story, name):
    assert "in order" in story.type("policy", "check", name)


def test_unknown_policy_names_the_templates(story):
    assert "se-standard" in story.type("policy", "check", "se-standrad", code=2)
