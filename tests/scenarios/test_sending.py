"""Letters go by the runs within the policy's hours; what a person prints is not held back."""

from core.policy import load_template
from tests.scenarios.test_post import print_letters


def use(story, hours):
    (story.home / "policy.toml").write_text(load_template("se-standard") + f"\n[sending]\n{hours}\n")
    story.type("policy", "use", "t", str(story.home / "policy.toml"))


def test_letter_waits_for_its_hours(story):
    """Runs are at six in the morning."""
    use(story, 'from = "08:00"\nto = "17:00"')
    number = story.invoice()
    assert sum(done["letters_sent"] for done in story.days(12)) == 0
    assert "No letter goes at this time" in story.type("claims", "explain", number, "--tenant", "t")
    story.clock.advance_to(story.clock.now() + 3 * 3600)
    assert story.run()["letters_sent"] == 1


def test_letter_within_its_hours_goes(story):
    use(story, 'from = "05:00"\nto = "17:00"')
    story.invoice()
    assert sum(done["letters_sent"] for done in story.days(12)) == 1


def test_printed_letter_keeps_no_hours(story):
    use(story, 'from = "05:00"\nto = "17:00"')
    story.invoice(email="")
    story.until("to_print")
    story.clock.advance_to(story.clock.now() + 14 * 3600)
    assert "One letter is" in print_letters(story)
