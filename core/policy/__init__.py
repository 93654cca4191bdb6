"""The client's policy: a validated document, and the pure decision what an invoice is at today and why."""

from core.policy.check import PolicyFinding, check_policy
from core.policy.decide import approval_digest, stage
from core.policy.document import (
    Override,
    Policy,
    Step,
    as_mapping,
    load_policy,
    load_template,
    parse_override,
    template_names,
    with_override,
)
from core.policy.holds import Standing, standing
from core.policy.lines import line_of
from core.policy.reasons import explain, explain_json, parse_reason, reason_json, render_reason, render_state

__all__ = [
    "Override",
    "Policy",
    "PolicyFinding",
    "Standing",
    "Step",
    "approval_digest",
    "as_mapping",
    "check_policy",
    "explain",
    "explain_json",
    "line_of",
    "load_policy",
    "load_template",
    "parse_override",
    "parse_reason",
    "reason_json",
    "render_reason",
    "render_state",
    "stage",
    "standing",
    "template_names",
    "with_override",
]
