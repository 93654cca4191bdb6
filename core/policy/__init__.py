"""The client's policy: a validated document, and the pure decision what an invoice is at today and why."""

from core.policy.check import PolicyFinding, check_policy
from core.policy.conditions import looks_at_debtor
from core.policy.decide import approval_digest, stage
from core.policy.document import Override, Policy, Step, as_mapping, with_override
from core.policy.gates import sends_on
from core.policy.holds import Standing, standing, was_broken
from core.policy.limits import Due, Leaving, leaving, over_limit
from core.policy.lines import line_of
from core.policy.netting import Owed, owed_of, share_credit
from core.policy.reading import load_policy, load_template, parse_override, template_names
from core.policy.reasons import explain, explain_json, parse_reason, reason_json, render_reason, render_said, render_state
from core.policy.steps import POST_FRESH, posted_pay_by
from core.policy.values import value_in

__all__ = [
    "POST_FRESH",
    "Due",
    "Leaving",
    "Override",
    "Owed",
    "Policy",
    "PolicyFinding",
    "Standing",
    "Step",
    "approval_digest",
    "as_mapping",
    "check_policy",
    "explain",
    "explain_json",
    "leaving",
    "line_of",
    "load_policy",
    "load_template",
    "looks_at_debtor",
    "over_limit",
    "owed_of",
    "parse_override",
    "parse_reason",
    "posted_pay_by",
    "reason_json",
    "render_reason",
    "render_said",
    "render_state",
    "sends_on",
    "share_credit",
    "stage",
    "standing",
    "template_names",
    "value_in",
    "was_broken",
    "with_override",
]
