"""Webhook signatures: the standard's vectors, an independent library, and every way to be wrong."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core.errors import ConfigError
from core.webhooks import SignatureError, new_secret, sign, verify

NOW = datetime(2025, 4, 15, 8, tzinfo=UTC)
SECRET, OLD_SECRET = new_secret(), new_secret()
BODY = b'{"type":"claim.submitted"}'


def signed(secrets=(SECRET,), now=NOW, **changes):
    return {**sign(secrets, "msg_1", now, BODY), **changes}


def refused(headers, *, secrets=(SECRET,), body=BODY, now=NOW):
    with pytest.raises(SignatureError) as caught:
        verify(secrets, headers, body, now)
    return caught.value.code


@pytest.mark.specs
def test_signs_the_standards_vectors(specs):
    vectors = json.loads((specs / "specs/agencies/standard-webhooks/test-vectors.json").read_text())["vectors"]
    assert len(vectors) >= 2
    for vector in vectors:
        moment = datetime.fromtimestamp(vector["webhook_timestamp"], UTC)
        headers = sign([vector["secret"]], vector["webhook_id"], moment, vector["payload"].encode())
        assert headers["webhook-signature"] == vector["webhook_signature"]
        assert verify([vector["secret"]], headers, vector["payload"].encode(), moment) == vector["webhook_id"]


@pytest.mark.specs
def test_refuses_the_standards_bad_examples(specs):
    saved = json.loads((specs / "specs/agencies/standard-webhooks/test-vectors.json").read_text())
    vector = saved["vectors"][1]
    moment = datetime.fromtimestamp(vector["webhook_timestamp"], UTC)
    for bad in saved["invalid_examples"]:
        headers = {"webhook-id": vector["webhook_id"], "webhook-timestamp": str(vector["webhook_timestamp"]), "webhook-signature": bad}
        assert refused(headers, secrets=[vector["secret"]], body=vector["payload"].encode(), now=moment) == "signature"


def test_independent_library_verifies_ours():
    now = datetime.now(UTC)
    headers = signed((SECRET, OLD_SECRET), now)
    for secret in (SECRET, OLD_SECRET):
        assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY + b" ", headers)


def test_verifies_the_independent_librarys():
    signature = Webhook(SECRET).sign("msg_1", NOW, BODY.decode())
    assert signature == signed()["webhook-signature"]
    assert verify([SECRET], signed(**{"webhook-signature": signature}), BODY, NOW) == "msg_1"


@pytest.mark.parametrize("given", [(SECRET,), (OLD_SECRET,), (SECRET, OLD_SECRET)])
def test_either_secret_passes_during_rotation(given):
    assert verify([SECRET, OLD_SECRET], signed(given), BODY, NOW) == "msg_1"


def test_other_schemes_do_not_disturb():
    both = "v1a,AAAA v2,BBBB " + signed()["webhook-signature"]
    assert verify([SECRET], signed(**{"webhook-signature": both}), BODY, NOW) == "msg_1"
    assert refused(signed(**{"webhook-signature": both.replace(" v1,", " v3,")})) == "signature"


def test_header_names_have_any_case():
    assert verify([SECRET], {name.title(): value for name, value in signed().items()}, BODY, NOW) == "msg_1"


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_clocks_may_differ_a_little(seconds):
    assert verify([SECRET], signed(), BODY, NOW + timedelta(seconds=seconds)) == "msg_1"


def test_too_old_and_too_new():
    assert refused(signed(), now=NOW + timedelta(seconds=301)) == "too_old"
    assert refused(signed(), now=NOW - timedelta(seconds=301)) == "too_new"


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_every_header_is_needed(name):
    headers = signed()
    del headers[name]
    assert refused(headers) == ("signature" if name == "webhook-signature" else "header")


@pytest.mark.parametrize("changes", [{"webhook-timestamp": "1e9"}, {"webhook-timestamp": "٣"}, {"webhook-id": "a.b"}, {"webhook-id": "å"}])
def test_malformed_headers_are_refused(changes):
    assert refused(signed(**changes)) == "header"


@pytest.mark.parametrize(
    "changes", [{"webhook-id": "msg_2"}, {"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, {"webhook-signature": "å"}]
)
def test_what_is_signed_cannot_change(changes):
    assert refused(signed(**changes)) == "signature"
    assert refused(signed(), body=BODY + b" ") == "signature"


def test_without_secrets_nothing_passes():
    assert refused(signed(), secrets=[]) == "signature"


def test_id_with_full_stop_is_not_signed():
    with pytest.raises(SignatureError):
        sign([SECRET], "a.b", NOW, BODY)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!"])
def test_bad_secret_is_a_setting(secret):
    with pytest.raises(ConfigError) as caught:
        sign([secret], "msg_1", NOW, BODY)
    assert "!" not in str(caught.value)
