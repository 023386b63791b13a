"""What goes wrong between us and a PBX before any command is sent.

Outcomes of commands are in callcore.errors; these three last until a person changes something.
"""

from __future__ import annotations

from callcore.errors import BadValueError, PbxError


class NotAmiError(PbxError):
    """Whoever answers at that port is not Asterisk's manager interface."""

    code = "pbx-not-ami"


class UntrustedError(PbxError):
    """The certificate shown there is not one that we were told to trust."""

    code = "pbx-untrusted"


class LogInRefusedError(PbxError):
    """Name, secret or address were refused."""

    code = "pbx-log-in-refused"


class MissingRightsError(PbxError):
    """The account may not do what following the PBX takes."""

    code = "pbx-missing-rights"


LASTING = (BadValueError, NotAmiError, UntrustedError, LogInRefusedError)
"""Trying again soon cannot help and would fill Asterisk's log (or get us banned). Missing rights are not
among them: an Asterisk that is still loading its modules looks like that too."""
