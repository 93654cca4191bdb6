"""Keys are found where TOML lets them stand."""

import pytest

from core.policy.lines import line_of

TEXT = '''name = "x"
handover.allow_legal = true
note = """
after_days = 3
[[step]]
"""
list = [
  1,
]

[[ step ]]  # first
"after_days" = 1
[[step]]
# after_days = 9
after_days = 2
inner = {a = 1, b = 2}
[step.when]
days = 1
[[step.part]]
[[step.part]]
size = 1
[other]
after_days = 4
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [(("name",), 1), (("handover", "allow_legal"), 2), (("note",), 3), (("list", 0), 7), (("step", 0), 11), (("step", 0, "after_days"), 12),
     (("step", 1), 13), (("step", 1, "after_days"), 15), (("step", 1, "inner", "b"), 16), (("step", 1, "when"), 17), (("step", 1, "when", "days"), 18),
     (("step", 1, "part", 1, "size"), 21), (("other", "after_days"), 23)],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_key_has_its_line(path, line, end):
    assert line_of(TEXT.replace("\n", end), path) == line


def test_text_over_lines_holds_no_keys():
    assert line_of('note = """\nname = 1\n"""\nname = 2\n', ("name",)) == 4


def test_missing_key_gives_its_table():
    assert line_of(TEXT, ("step", 1, "mode")) == 13
    assert line_of(TEXT, ("colour",)) == 1
