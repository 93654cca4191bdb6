"""The guide in CONTRIBUTING.md, followed to the letter: a fourth connector from nothing to a reminder, as a package of its own."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from commands.serve import application
from commands.wiring import open_app
from simulators import kit
from tests.books import free_port
from tests.story import START

ROOT = Path(__file__).parents[2]
FILLED = ROOT / "tests/connectors/fourth"
PACKAGE = "kravbro-bokhylla/kravbro_bokhylla"
SECTION = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Adding a connector")[2].partition("\n## ")[0]
STEPS = re.findall(r"^   ((?:echo|kravbro|pip|python) .+)$", SECTION, re.MULTILINE)
"""The commands of the guide, in their order."""

PAID_TWICE = (
    "connector.py",
    "        return Receipt(",
    '        self._client.write("PUT", f"{prepared.target}-2", prepared.body, {})\n        return Receipt(',
)
NEVER_FOUND = ("connector.py", 'found["ref"] not in taken', "not found")
ONE_PAGE = ("client.py", 'if not page["next"]:', 'if page["next"] is not None:')


def do(step, folder, code=0):
    """Run a command as it stands in the guide, except that pip installs into a folder and asks no registry; return what it says."""
    done = subprocess.run(words_of(step, folder), cwd=folder, env=paths(folder), capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def words_of(step, folder):
    program, *words = shlex.split(step)
    if program == "pip":
        quiet = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
        return [sys.executable, *quiet, "--upgrade", "--target", folder / "site", words[-1]]
    if program == "echo":
        return ["sh", "-c", step]
    return [sys.executable, *words] if program == "python" else [sys.executable, "-m", "cli", *words]


def paths(folder):
    return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [folder / "site", ROOT]))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder in which the guide was followed until the connector is installed."""
    folder = tmp_path_factory.mktemp("bokhylla")
    do(STEPS[0], folder)
    begun = {path.name: path.read_text(encoding="utf-8") for path in (folder / PACKAGE).glob("*.py")}
    for path in (path for path in FILLED.iterdir() if path.is_file()):
        assert methods(begun.get(path.name, "")) <= methods(path.read_text(encoding="utf-8")), path.name
        shutil.copy(path, folder / PACKAGE / path.name)
    do(STEPS[1], folder)
    return folder


def methods(text):
    return set(re.findall(r"def (\w+)", text))


@pytest.fixture
def folder(installed, tmp_path):
    """What is installed, to change."""
    shutil.copytree(installed / "site", tmp_path / "site")
    return tmp_path


@pytest.fixture
def bokhylla(folder, monkeypatch, story):
    """The books on a port, for the story's own process too."""
    monkeypatch.syspath_prepend(folder / "site")
    from kravbro_bokhylla.simulator import BokhyllaSimulator

    simulator = BokhyllaSimulator(story.clock, "a-key")
    do(STEPS[5], folder)
    with kit.Served(simulator) as served:
        simulator.url = served.url
        yield simulator


def test_guide_leads_to_a_reminder(bokhylla, story, folder):
    assert [step.split()[:3] for step in STEPS[2:]] == [
        ["kravbro", "connectors", "list"], ["kravbro", "connectors", "check"], ["kravbro", "connectors", "show"],
        ["echo", "a-key", ">"], ["python", "-m", "kravbro_bokhylla.simulator"], ["kravbro", "connect", "bokhylla"],
    ]  # fmt: skip
    assert "kravbro-bokhylla 0.1.0  Bokhylla" in do(STEPS[2], folder)
    assert "bokhylla keeps the contract: 45 tests, 1 variant." in do(STEPS[3], folder)
    readme = (FILLED / "README.md").read_text(encoding="utf-8")
    assert all(table in readme for table in do(STEPS[4], folder).strip().split("\n\n"))
    assert "Hyllan AB is connected" in do(STEPS[7].replace("http://127.0.0.1:8190", bokhylla.url), folder)
    go_live(story)
    due_on = START - timedelta(days=20)
    bokhylla.add_invoice("12500.00", str(due_on - timedelta(days=30)), str(due_on))
    bokhylla.company["bank_until"] = str(START - timedelta(days=1))
    assert '"letters_sent": 1' in story.type("run", "--tenant", "hyllan", "--json")
    (mail,) = story.mailbox.mails
    assert b"Hyllan AB" in mail


def test_simulator_is_served_as_the_guide_says(folder, story):
    port = str(free_port())
    do(STEPS[5], folder)
    served = subprocess.Popen(words_of(STEPS[6].replace("8190", port), folder), cwd=folder, env=paths(folder), stderr=subprocess.DEVNULL)
    try:
        assert reached(int(port))
        assert "Hyllan AB is connected" in do(STEPS[7].replace("8190", port), folder)
    finally:
        served.terminate()
        served.wait()


def reached(port):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def test_its_settings_have_a_form(bokhylla, story, folder):
    """Nothing of ours knows Bokhylla: the form, its words and its table are its own data."""
    do(STEPS[7].replace("http://127.0.0.1:8190", bokhylla.url), folder)
    address = story.type("tenants", "settings", "hyllan", "--link", "--site", "https://kravbro.example").split()[0]
    app = open_app()
    with TestClient(application(app)) as browser:
        text = browser.get(address).text
        assert "Inställningar för Hyllan AB" in text and "Det som skrivs i Bokhylla" in text and "Bokhylla takes a key once" in text
        assert (
            all(name in text for name in ("api_url", "api_key", "payment_mode", "Code of our own way of payment.")) and "a-key" not in text
        )
        sent = {"seen": re.search(r'name="seen" value="(\w+)"', text)[1], "set-api_key": "b-key"}
        assert "Inget är sparat." in browser.post(address, data=sent).text
        bokhylla.key = "b-key"
        assert "Sparat: Bokhylla svarade" in browser.post(address, data=sent).text
    assert app.connector(app.tenant("hyllan")).get_company().name == "Hyllan AB"
    app.database.close()


def go_live(story):
    story.type("tenants", "accounts", "hyllan", "--confirm")
    story.type("policy", "use", "hyllan", "se-standard")
    story.type("tenants", "choose", "hyllan", "--agency", "nord")
    mail = ("--host", "127.0.0.1", "--port", str(story.smtp_port), "--security", "none", "--from", "a@hyllan.example")
    story.type("tenants", "mail", "hyllan", *mail)
    story.type("tenants", "live", "hyllan")


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (PAID_TWICE, "test_write_lands_once"),
        (NEVER_FOUND, "test_lost_answer_is_found"),
        (ONE_PAGE, "test_list_is_whole_over_pages"),
    ],
    ids=["paid twice", "never found", "one page"],
)
def test_broken_connector_is_told(folder, change, broken):
    file, old, new = change
    path = folder / "site/kravbro_bokhylla" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    said = do(STEPS[3], folder, code=2)
    assert f"{broken}: " in said and "of the contract fail" in said and "keeps the contract" not in said


def test_what_is_not_filled_in_never_passes(tmp_path):
    do(STEPS[0], tmp_path)
    do(STEPS[1], tmp_path)
    said = do(STEPS[3], tmp_path, code=2)
    assert "get_company is not filled in yet. Return the company" in said and "the bench tries no write" in said
    assert re.search(r"connector bokhylla: (\d+) of \1 tests of the contract fail", said)


def test_bench_that_cannot_begin_is_told(folder):
    (folder / "site/kravbro_bokhylla/bench.py").write_text("def variants():\n    return {'usual': lambda folder: None}\n")
    said = do(f"{STEPS[3]} --details", folder, code=2)
    assert "AttributeError: 'function' object has no attribute 'samples'" in said and "ERRORS" in said
