"""What works in the demo region: the region's e-services with invented figures. Nothing real is called."""

from __future__ import annotations

from datetime import datetime, timedelta

from kimppa.commons.health import examples, services
from kimppa.commons.health.examples import Disruption
from kimppa.commons.health.services import Words
from kimppa.commons.platforms import queries as platforms
from kimppa.foundation.accounts.actors import Operator

INVENTED = (
    ("other:esimerkki-a", Words("Esimerkkipalvelu A", "Exempeltjänst A", "Example service A")),
    ("other:esimerkki-b", Words("Esimerkkipalvelu B", "Exempeltjänst B", "Example service B")),
)
DISRUPTIONS = (
    Disruption(
        "other:esimerkki-a",
        12,
        47,
        Words(
            "ESIMERKKI: Palvelu ei vastannut. Se käynnistettiin uudelleen.",
            "EXEMPEL: Tjänsten svarade inte. Den startades om.",
            "EXAMPLE: The service did not answer. It was restarted.",
        ),
    ),
    Disruption(
        "other:esimerkki-b",
        20,
        610,
        Words(
            "ESIMERKKI: Konesalissa oli katko. Palvelu toimii taas.",
            "EXEMPEL: Avbrott i serverhallen. Tjänsten fungerar igen.",
            "EXAMPLE: A data centre had an outage. The service works again.",
        ),
    ),
)


def load(*, by: Operator, now: datetime) -> None:
    """`now` is real time: a page of the last 90 days shows the last 90 days."""
    named = [(f"platform:{row.slug}", Words(row.name)) for row in platforms.every_platform()]
    named += INVENTED
    if examples.invent(by=by, named=named, disruptions=DISRUPTIONS, now=now):
        services.announce_maintenance(
            by=by,
            keys=[INVENTED[0][0]],
            starts=now + timedelta(days=9),
            ends=now + timedelta(days=9, hours=2),
            text=Words(
                "ESIMERKKI: Palvelu päivitetään. Kirjautuminen voi katketa.",
                "EXEMPEL: Tjänsten uppdateras. Inloggningen kan brytas.",
                "EXAMPLE: The service is updated. Signing in may be interrupted.",
            ),
            now=now,
        )
