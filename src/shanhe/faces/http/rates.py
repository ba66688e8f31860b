"""How often strangers may ask for what costs the server work: so many times in so many seconds, by address.

Counts live in the process's memory and are forgotten with their window; nothing about a caller is written
anywhere. Each web process counts for itself, so with n of them up to n times as many get through: the limit
is there against floods, not for accounting.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from django.core.cache import cache
from django.http import HttpRequest

from shanhe.faces.http.address import client_address
from shanhe.ground import clock
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Rate"]


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``most`` requests from one address in each window of ``within_s`` seconds."""

    name: str
    most: int
    within_s: int

    def count(self, request: HttpRequest) -> None:
        """Count this request; Refusal ``rate.too_many`` (429) when it is one too many."""
        now = int(clock.now().timestamp())
        window, gone_s = divmod(now, self.within_s)
        key = f"rate:{self.name}:{_network(client_address(request))}:{window}"
        cache.add(key, 0, timeout=self.within_s)
        try:
            counted = cache.incr(key)
        except ValueError:  # thrown out between the two lines
            counted = 1
        if counted > self.most:
            raise Refusal(
                "rate.too_many",
                _("Too many requests from your address. Please try again in %(minutes)d minutes."),
                status=429,
                minutes=-(-(self.within_s - gone_s) // 60),
            )


def _network(address: str) -> str:
    """Whom an address stands for: itself, or the /64 that one household has of IPv6."""
    try:
        known = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(known, IPv6Address):
        return known.ipv4_mapped.exploded if known.ipv4_mapped else known.exploded[:19]
    return known.exploded
