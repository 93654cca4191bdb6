"""What every rule that comes out of the law must be: a sentence with everything filled in, under a statute."""

__all__ = ["plain"]


def plain(rules):
    """Return the rules, each looked at."""
    rules = tuple(rules)
    for rule in rules:
        assert rule.statute
        assert "None" not in rule.sentence and "{" not in rule.sentence
    return rules
