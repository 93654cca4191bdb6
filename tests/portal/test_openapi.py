"""The OpenAPI document: it is one, it names what it should, and the feed behaves as it says."""

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from openapi_schema_validator import OAS31Validator

from portal.feed.errors import KINDS
from tests.portal.conftest import World

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES_MAX = 12


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("feed"))
    world.fuzzer = world.client("nord", feed_requests_per_minute=10**9)
    yield world
    world.database.close()


@pytest.fixture(scope="module")
def anywhere(fuzzed):
    return schemathesis.openapi.from_asgi("/v1/openapi.json", fuzzed.fuzzer.app, config=schemathesis.Config.from_path(CONFIG))


@pytest.fixture(scope="module")
def on_a_claim(fuzzed):
    """The same with the path of a claim that is there, so that more than 404 is reached."""
    config = schemathesis.Config.from_path(CONFIG)
    config.projects.default.parameters = {"path.claim_id": "c1", "path.document_id": fuzzed.invoice.document_id}
    return schemathesis.openapi.from_asgi("/v1/openapi.json", fuzzed.fuzzer.app, config=config)


@pytest.mark.slow
@schemathesis.pytest.from_fixture("anywhere").parametrize()
@settings(max_examples=EXAMPLES_MAX, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_behaves_as_described_anywhere(case, fuzzed):
    case.call_and_validate(headers={"Authorization": fuzzed.fuzzer.headers["Authorization"]})


@pytest.mark.slow
@schemathesis.pytest.from_fixture("on_a_claim").parametrize()
@settings(max_examples=EXAMPLES_MAX, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_behaves_as_described_on_claims(case, fuzzed):
    case.call_and_validate(headers={"Authorization": fuzzed.fuzzer.headers["Authorization"]})


@pytest.fixture
def document(nord):
    return nord.get("/v1/openapi.json").json()


def test_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    assert "servers" not in document
    for schema in document["components"]["schemas"].values():
        OAS31Validator.check_schema(schema)


def test_needs_no_key_to_read(nord):
    assert nord.get("/v1/openapi.json", headers={"Authorization": ""}).status_code == 200


def test_names_every_address(document):
    claim = "/v1/claims/{claim_id}"
    posts = {f"{claim}/ack", f"{claim}/reject", f"{claim}/events", "/v1/settlements"}
    gets = {"/v1/events", claim, f"{claim}/documents/{{document_id}}", "/v1/health"}
    assert {path for path, item in document["paths"].items() if "post" in item} == posts
    assert {path for path, item in document["paths"].items() if "get" in item} == gets


def test_every_address_but_health_needs_a_key(document):
    assert document["components"]["securitySchemes"]["ApiKey"]["scheme"] == "bearer"
    open_ = [path for path, item in document["paths"].items() for operation in item.values() if operation.get("security") != [{"ApiKey": []}]]
    assert open_ == ["/v1/health"]


def test_reports_need_their_key_and_kind(document):
    for item in document["paths"].values():
        if "post" in item:
            header = next(parameter for parameter in item["post"]["parameters"] if parameter["name"] == "Idempotency-Key")
            assert header["required"] is True
    schemas = document["components"]["schemas"]
    kinds = {schema["properties"]["kind"]["const"] for schema in schemas.values() if "kind" in schema.get("required", ())and "const" in schema["properties"]["kind"]}
    assert kinds >= KINDS - {"settled", "acknowledged", "rejected"}


def test_names_every_schema_it_uses(document):
    import json
    import re

    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert used <= set(document["components"]["schemas"])
