"""Which web request an event belongs to; apart from the models, for logging is set up before them."""

from __future__ import annotations

from contextvars import ContextVar

__all__ = ["request_id"]

#: Id of the web request that is being answered; whoever answers it sets this. Empty outside one.
request_id: ContextVar[str] = ContextVar("ledger_request_id", default="")
