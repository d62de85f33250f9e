"""Four invented connections of e-services, one of each way.

Their vendors have no such servers. The one that opens with one tap leads to an information page of our own,
so that nobody is led out of this machine.
"""

from __future__ import annotations

from datetime import datetime

from kimppa.consortium.communications import pages
from kimppa.consortium.communications.pages import Language
from kimppa.elibrary.access import queries, services
from kimppa.elibrary.access.rules import Told, Way
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import clock

NAME = "ESIMERKKI Oy"
TOLD = (Told.ENTITLED, Told.AGE_GROUP)
ARRIVED = "esimerkkipalvelu"
SETUPS: dict[tuple[str, Way], services.Setup] = {
    ("ellibs", Way.OIDC): services.Setup(
        name=NAME,
        redirect_uris=("https://ellibs.example/oidc/callback",),
        post_logout_redirect_uris=("https://ellibs.example/",),
        told=TOLD,
    ),
    ("emagz", Way.JSON): services.Setup(name=NAME, networks=("192.0.2.0/24",), told=TOLD),
    ("rockway", Way.TICKET): services.Setup(name=NAME, launch_address=f"/fi/info/{ARRIVED}/", told=TOLD),
    ("naxos-music-library", Way.SIP2): services.Setup(name=NAME, networks=("198.51.100.0/24",), told=TOLD),
}
PAGES = {
    Language.FI: (
        "ESIMERKKI: palvelu avautui",
        "Tässä olisi verkkopalvelun oma etusivu, ja olisit jo kirjautuneena.\n\n"
        "Palvelu sai allekirjoitetun lipun. Siinä lukee, että saat käyttää palvelua, ikäryhmäsi ja tunnus, "
        "josta palvelu tuntee sinut seuraavalla kerralla. Nimeäsi tai kortin numeroa siinä ei ole.\n\n"
        "Tämä sivu on esimerkki: mikään ei lähtenyt tältä koneelta.",
    ),
    Language.SV: (
        "ESIMERKKI: tjänsten öppnades",
        "Här skulle e-tjänstens egen startsida finnas, och du skulle redan vara inloggad.\n\n"
        "Tjänsten fick en signerad biljett. Den säger att du får använda tjänsten, din åldersgrupp och en "
        "kod som tjänsten känner igen dig på nästa gång. Ditt namn eller kortnummer finns inte i den.\n\n"
        "Den här sidan är ett exempel: inget lämnade den här datorn.",
    ),
    Language.EN: (
        "ESIMERKKI: the service opened",
        "Here the e-service's own front page would be, and you would be signed in already.\n\n"
        "The service got a signed ticket. It says that you may use the service, your age group, and a code "
        "by which the service knows you next time. Your name and card number are not in it.\n\n"
        "This page is an example: nothing left this machine.",
    ),
}


def there() -> bool:
    """Whether any connection has been made."""
    return bool(queries.connections())


def load(*, by: Operator, now: datetime) -> None:
    """A connection of each way; `now` is real time, as all of sign-on is."""
    today = clock.today()
    for (platform, way), setup in SETUPS.items():
        made = services.add_connection(by=by, platform=platform, way=way, name=NAME, now=now)
        services.set_up(by=by, client_id=made.client_id, setup=setup, today=today, now=now)
    for language, (title, text) in PAGES.items():
        pages.save_page(
            by=by, slug=ARRIVED, language=language, title=title, text=text, published=True, now=now
        )
