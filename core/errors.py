"""Every exception Kravbro raises, classed by what the engine does next.

    KravbroError
    ├── ConfigError            a setting is missing or wrong          stops before any I/O           exit 2
    ├── RetryLaterError        surely not applied, or only read       next run at the latest         exit 0
    ├── LoginExpiredError      the vendor no longer lets us in        pauses the tenant, asks        exit 1
    ├── RejectedError          the remote refuses and will again      recorded, a person decides     exit 0, counted
    ├── OutcomeUnknownError    a write may or may not have landed     state `uncertain`, look-up     exit 0, counted
    ├── BusyError              another run owns the tenant            nothing is done                exit 4
    ├── DatabaseBusyError      the database is locked                 nothing is done                exit 4
    ├── DatabaseFullError      the disk has no room                   stops, keeps the journal       exit 5
    └── InvariantBrokenError   our own bug                            stops, keeps the journal       exit 3

Bad data is no exception but a `core.model.Problem`. Messages never hold a secret or a personal number: what comes from
outside goes through `core.http.redact` before it gets here.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BusyError",
    "ConfigError",
    "DatabaseBusyError",
    "DatabaseFullError",
    "InvariantBrokenError",
    "KravbroError",
    "LoginExpiredError",
    "OutcomeUnknownError",
    "RejectedError",
    "RetryLaterError",
]


class KravbroError(Exception):
    """Any error of ours; `exit_code` is what the command line ends with."""

    exit_code: ClassVar[int] = 3


class ConfigError(KravbroError):
    """A setting, a file or an argument is missing or wrong.

    Args:
        where: the file and line, the setting or the option, as the user knows it.
        wrong: what is wrong with it, without a full stop.
        todo: what to do about it, as a full sentence.
    """

    exit_code = 2

    def __init__(self, where: str, wrong: str, todo: str) -> None:
        self.where, self.wrong, self.todo = where, wrong, todo
        super().__init__(f"{where}: {wrong}. {todo}")


class RetryLaterError(KravbroError):
    """The remote could not answer now, and nothing was applied.

    Args:
        remote: who did not answer, e.g. "Fortnox".
        reason: what happened, in a few words.
        after_s: how long the remote asks us to wait, if it said so.
        todo: what a person must do where waiting alone won't help, as a full sentence; the way out rests for this run.
        request_id: the remote's id of the request, if it gave one.
        then: what follows from it; for a command that no run repeats, what has not been done.
    """

    exit_code = 0

    def __init__(
        self,
        remote: str,
        reason: str,
        *,
        after_s: float | None = None,
        todo: str = "",
        request_id: str = "",
        then: str = "the next run tries again",
    ) -> None:
        self.remote, self.reason, self.after_s, self.todo, self.request_id = remote, reason, after_s, todo, request_id
        said = f"{remote} could not answer ({reason}{_request(request_id)}); {then}."
        super().__init__(f"{said} {todo}".rstrip())


class LoginExpiredError(KravbroError):
    """The vendor refuses our login: the tenant is paused until somebody connects it again.

    Args:
        remote: the vendor.
        reason: the vendor's reason, redacted.
        todo: what the person must do, as a full sentence.
    """

    exit_code = 1

    def __init__(self, remote: str, reason: str, *, todo: str = "Connect the company again.", request_id: str = "") -> None:
        self.remote, self.reason, self.todo, self.request_id = remote, reason, todo, request_id
        super().__init__(f"{remote} no longer lets us in ({reason}{_request(request_id)}). {todo}")


class RejectedError(KravbroError):
    """The remote refuses this request and will refuse it again.

    Args:
        remote: who refuses.
        code: the remote's own code, or the HTTP status.
        reason: the remote's reason, redacted.
    """

    exit_code = 0

    def __init__(self, remote: str, code: str, reason: str, *, request_id: str = "") -> None:
        self.remote, self.code, self.reason, self.request_id = remote, code, reason, request_id
        super().__init__(f"{remote} refuses this (code {code}: {reason}{_request(request_id)}).")


class OutcomeUnknownError(KravbroError):
    """A write was sent and its answer never came: it may or may not have landed."""

    exit_code = 0

    def __init__(self, remote: str, reason: str, *, request_id: str = "") -> None:
        self.remote, self.reason, self.request_id = remote, reason, request_id
        super().__init__(f"{remote} may or may not have taken this ({reason}{_request(request_id)}); it is looked up first.")


class BusyError(KravbroError):
    """Another run owns the tenant.

    Args:
        tenant: the tenant's id.
        owner: the process that holds the lease.
        until: when the lease ends, as text.
    """

    exit_code = 4

    def __init__(self, tenant: str, owner: str, until: str) -> None:
        self.tenant, self.owner, self.until = tenant, owner, until
        super().__init__(f"Tenant {tenant} is being run by {owner} until {until}; try again after that.")


class DatabaseBusyError(KravbroError):
    """Another process held the database longer than the busy time-out."""

    exit_code = 4

    def __init__(self) -> None:
        super().__init__("The database is locked by another process; nothing was changed. Close it there, or try again.")


class DatabaseFullError(KravbroError):
    """The disk has no room for a commit; what was not committed was not sent either."""

    exit_code = 5

    def __init__(self) -> None:
        super().__init__("The disk is full, so nothing more can be recorded or sent. Make room and run again.")


class InvariantBrokenError(KravbroError):
    """Something that must hold does not: a bug of ours, so the run stops and the journal is kept."""

    exit_code = 3

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"A rule that must always hold is broken: {what}. Nothing more was sent; please report this.")


def _request(request_id: str) -> str:
    return f", request {request_id}" if request_id else ""
