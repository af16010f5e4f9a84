"""Every test of a channel may use the servers that stand in for AWS."""

from tests.aws.fixtures import counting_aws, moto_aws, moto_url, send_through, smtp

__all__ = ["counting_aws", "moto_aws", "moto_url", "send_through", "smtp"]
