"""The OpenAPI document: it is one, it names what it should, and the feed behaves as it says.

Schemathesis' pytest plug-in does not run under pytest 9.2 (schemathesis 4.32.5), so its engine is called.
"""

import json
import re
from pathlib import Path

import pytest
import schemathesis
from openapi_schema_validator import OAS31Validator
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from portal.feed.errors import KINDS

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES_MAX = 10


def fuzz(world, *, coverage, **parameters):
    """Run schemathesis with every check it has, in process; return what it found and how many cases that took."""
    client = world.client("nord", feed_requests_per_minute=10**9)
    config = schemathesis.Config.from_path(CONFIG)
    project = config.projects.default
    project.headers, project.seed = {"Authorization": client.headers["Authorization"]}, 1
    project.generation.max_examples, project.phases.coverage.enabled = EXAMPLES_MAX, coverage
    project.parameters = {f"path.{name}": value for name, value in parameters.items()}
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", client.app, config=config)
    found, cases = [], 0
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError | FatalError):
            found.append(str(event))
        elif isinstance(event, ScenarioFinished):
            cases += len(event.recorder.cases)
            checks = [check for list_ in event.recorder.checks.values() for check in list_]
            found += [f"{event.label}: {check.failure_info.failure}" for check in checks if check.failure_info]
    return found, cases


@pytest.mark.slow
def test_behaves_as_described_anywhere(world):
    found, cases = fuzz(world, coverage=False)
    assert found == []
    assert cases > 100


@pytest.mark.slow
def test_behaves_as_described_on_claims(world):
    found, cases = fuzz(world, coverage=True, claim_id="c1", document_id=world.invoice.document_id)
    assert found == []
    assert cases > 500
    assert len(world.reports()) > 3


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
    open_ = [
        path for path, item in document["paths"].items() for operation in item.values() if operation.get("security") != [{"ApiKey": []}]
    ]
    assert open_ == ["/v1/health"]


def test_reports_need_their_key_and_kind(document):
    for item in document["paths"].values():
        if "post" in item:
            header = next(parameter for parameter in item["post"]["parameters"] if parameter["name"] == "Idempotency-Key")
            assert header["required"] is True
    schemas = document["components"]["schemas"]
    told_apart = [schema["properties"]["kind"] for schema in schemas.values() if "kind" in schema.get("required", ())]
    assert {kind["const"] for kind in told_apart if "const" in kind} == KINDS - {"settled", "acknowledged", "rejected"}


def test_names_every_schema_it_uses(document):
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert used <= set(document["components"]["schemas"])
