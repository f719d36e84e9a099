"""Children's social care as Standard Safeguarding Dataset tables: `FEED` reads them. Must not look anybody up."""

from nightlight.feeds.ssd.reader import FEED

__all__ = ["FEED"]
