"""Where a request comes from, by which tries are counted."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def source_of(request: HttpRequest) -> str:
    """Where a request comes from, as far as it can be trusted; of IPv6 the network that one household has."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY and (passed_on := request.headers.get("X-Forwarded-For", "")):
        # The last is what our own proxy saw; what stands before it anybody could have written.
        address = passed_on.rpartition(",")[2].strip()
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
