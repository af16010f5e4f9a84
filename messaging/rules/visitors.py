"""Whether a person or a machine asks for a page: link previews, scanners and prefetching open links that nobody followed.

It errs on the side of the machine: a click that is not counted spoils less than one that never was.
"""

import datetime as dt
import re
from collections.abc import Mapping

AT_ONCE = dt.timedelta(seconds=3)
"""Nobody reads a text that fast; a phone's preview does."""
MACHINES = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|fetch|scan|monitor|headless|phantom|lighthouse|"
    r"facebookexternalhit|facebookcatalog|facebot|whatsapp|telegram|skypeuri|embedly|vkshare|snapchat|viber|signal|"
    r"google-|googlemessages|messages/|applebot|bingpreview|yandex|baidu|duckduckgo|"
    r"barracuda|proofpoint|mimecast|symantec|messagelabs|fortinet|forcepoint|safelinks|trendmicro|zscaler|"
    r"curl|wget|python|java/|go-http|okhttp|libwww|httpclient|axios|node|ruby|perl|php|cfnetwork|dalvik",
    re.IGNORECASE,
)
AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_person(method: str, headers: Mapping[str, str], since_sent: dt.timedelta | None) -> bool:
    """By the request's method and headers, and how long ago the message left (None while it is on its way)."""
    if method != "GET":
        return False
    if any(AHEAD.search(headers.get(name, "")) for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")):
        return False
    agent = headers.get("User-Agent", "")
    if not agent.startswith(("Mozilla/", "Opera/")) or MACHINES.search(agent):
        return False
    # A browser that goes there on somebody's behalf says so; only older ones say nothing.
    if headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return False
    if headers.get("Sec-Fetch-Dest", "document") != "document":
        return False
    if headers.get("Sec-Fetch-User") == "?1":
        return True
    return since_sent is not None and since_sent > AT_ONCE
