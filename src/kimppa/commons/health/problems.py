"""What may be wrong with what staff asks for."""

from __future__ import annotations

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import noop


class NoSuchTarget(Missing):
    code = "no-such-target"
    sentence = noop("Nothing is watched under this key.")


class NoSuchProbe(Missing):
    code = "no-such-probe"
    sentence = noop("There is no such probe.")


class NoSuchIncident(Missing):
    code = "no-such-incident"
    sentence = noop("There is no such incident.")


class NoSuchMaintenance(Missing):
    code = "no-such-maintenance"
    sentence = noop("There is no such maintenance, or it is over.")


class NoSuchReceiver(Missing):
    code = "no-such-receiver"
    sentence = noop("There is no such receiver of alerts.")


class BadTarget(Invalid):
    code = "bad-target"
    sentence = noop("It needs a key such as “platform:name”, and a Finnish name. Nothing was changed.")


class NoSuchService(Invalid):
    """A misspelt key would be watched for ever without a single signal of the e-service's traffic."""

    code = "no-such-service"
    sentence = noop("“%(key)s” is the key of no e-service and no library system. Nothing was changed.")


class KeyTaken(Refused):
    code = "key-taken"
    sentence = noop("The key “%(key)s” is watched already. Nothing was changed.")


class BadTimes(Invalid):
    code = "bad-times"
    sentence = noop(
        "Maintenance ends after it begins and after this moment, and lasts 31 days at most. "
        "Nothing was announced."
    )


class NoText(Invalid):
    code = "no-text"
    sentence = noop("The Finnish text is missing. Nothing was changed.")


class BadReceiver(Invalid):
    code = "bad-receiver"
    sentence = noop("“%(address)s” cannot be alerted. Nothing was changed.")


class ReceiverKnown(Refused):
    code = "receiver-known"
    sentence = noop("“%(address)s” is alerted already. Nothing was changed.")
