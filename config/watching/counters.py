"""What each process counts by itself; with several, in files that `/metrics` adds up."""

from prometheus_client import Counter, Histogram

REQUESTS = Counter("rollcall_requests", "Requests by part, method and status.", ["part", "method", "status"])
SECONDS = Histogram(
    "rollcall_request_seconds",
    "How long requests took.",
    ["part"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
