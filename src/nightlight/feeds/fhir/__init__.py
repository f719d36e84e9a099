"""Health records as FHIR R4 (UK Core): `FEED` reads them. Must not look anybody up, nor guess what a code means."""

from nightlight.feeds.fhir.reader import FEED

__all__ = ["FEED"]
