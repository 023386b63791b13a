"""The lab's errors: each a sentence that says what to do."""

from __future__ import annotations


class LabError(Exception):
    """Something the lab needs is missing or went wrong; the message says what to do."""


class FetchError(LabError):
    """Asterisk could not be found or fetched."""


class StartError(LabError):
    """Asterisk or a SIP player did not come up."""
