"""The e-services of 2022 and what came later, as far as data/platforms_2022.csv knows."""

from __future__ import annotations

import csv
from datetime import date, datetime

from kimppa.commons.platforms import services
from kimppa.commons.platforms.rules import Content
from kimppa.environment import PROJECT
from kimppa.foundation.accounts.actors import Operator

CONTENTS = {
    "Ellibs": ("ellibs", (Content.EBOOK, Content.AUDIOBOOK)),
    "OverDrive": ("overdrive", (Content.EBOOK, Content.AUDIOBOOK)),
    "ePress": ("epress", (Content.NEWSPAPER,)),
    "eMagz": ("emagz", (Content.MAGAZINE,)),
    "PressReader": ("pressreader", (Content.NEWSPAPER, Content.MAGAZINE)),
    "Rockway": ("rockway", (Content.COURSE,)),
    "Naxos Music Library": ("naxos-music-library", (Content.MUSIC,)),
    "medici.tv": ("medici-tv", (Content.CONCERT,)),
    "Viddla": ("viddla", (Content.FILM,)),
    "Kirjastokino": ("kirjastokino", (Content.FILM,)),
    "Cineast": ("cineast", (Content.FILM,)),
}
SUMMARIES = {
    "ellibs": (
        "E-kirjoja ja äänikirjoja, pääosin suomeksi.",
        "E-böcker och ljudböcker, mest på finska.",
        "E-books and audiobooks, mainly in Finnish.",
    ),
    "overdrive": (
        "E-kirjoja ja äänikirjoja vierailla kielillä.",
        "E-böcker och ljudböcker på främmande språk.",
        "E-books and audiobooks in foreign languages.",
    ),
    "epress": ("Sanomalehtiä sähköisinä.", "Dagstidningar i elektronisk form.", "Newspapers online."),
    "emagz": (
        "Suomalaisia aikakauslehtiä.",
        "Finländska tidskrifter.",
        "Finnish magazines.",
    ),
    "pressreader": (
        "Sanoma- ja aikakauslehtiä eri puolilta maailmaa.",
        "Tidningar och tidskrifter från hela världen.",
        "Newspapers and magazines from around the world.",
    ),
    "rockway": (
        "Laulun ja soiton oppitunteja verkossa.",
        "Lektioner i sång och spel på nätet.",
        "Lessons in singing and playing, online.",
    ),
    "naxos-music-library": ("Musiikkia kuunneltavaksi.", "Musik att lyssna på.", "Music to listen to."),
    "medici-tv": (
        "Konsertteja ja tanssia videoina.",
        "Konserter och dans på video.",
        "Concerts and dance on video.",
    ),
    "viddla": ("Elokuvia katsottavaksi.", "Filmer att titta på.", "Films to watch."),
    "kirjastokino": ("Elokuvia katsottavaksi.", "Filmer att titta på.", "Films to watch."),
    "cineast": ("Elokuvia katsottavaksi.", "Filmer att titta på.", "Films to watch."),
}
GUIDES = (
    "1. Ota esille kirjastokorttisi ja nelinumeroinen PIN-koodisi.\n"
    "2. Avaa palvelu {name} kirjastosi verkkosivuilta tai kysy osoite kirjastosta.\n"
    "3. Valitse palvelussa kirjastosi ja kirjaudu kortin numerolla ja PIN-koodilla.\n"
    "4. Jos palvelu ei päästä sisään, tarkista kortin numero. Älä yritä montaa kertaa peräkkäin: "
    "kirjaston järjestelmä voi lukita kortin.\n"
    "5. Jos et pääse alkuun, kirjastosi henkilökunta auttaa. Ota kortti mukaan.",
    "1. Ta fram ditt bibliotekskort och din fyrsiffriga PIN-kod.\n"
    "2. Öppna tjänsten {name} via ditt biblioteks webbplats eller fråga biblioteket efter adressen.\n"
    "3. Välj ditt bibliotek i tjänsten och logga in med kortets nummer och PIN-koden.\n"
    "4. Om du inte kommer in, kontrollera kortets nummer. Försök inte många gånger i rad: "
    "bibliotekets system kan spärra kortet.\n"
    "5. Om du inte kommer i gång hjälper bibliotekets personal dig. Ta med kortet.",
    "1. Have your library card and your four-digit PIN at hand.\n"
    "2. Open the service {name} from your library's website, or ask the library for its address.\n"
    "3. Choose your library in the service and sign in with the card number and the PIN.\n"
    "4. If the service does not let you in, check the card number. Do not try many times in a row: "
    "the library's system may lock the card.\n"
    "5. If you cannot get started, the staff of your library will help. Bring your card.",
)
OPENED = date(2022, 1, 1)
GONE_BY = date(2024, 3, 31)
CAME_BY = date(2024, 4, 1)


def load(*, by: Operator, now: datetime) -> None:
    """The e-services with contents, summaries, guides and the times they were in use."""
    path = PROJECT / "data" / "platforms_2022.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        for order, row in enumerate(csv.DictReader(handle), start=1):
            _one(by, order, row, now)


def _one(by: Operator, order: int, row: dict[str, str], now: datetime) -> None:
    slug, contents = CONTENTS[row["platform"]]
    services.define_platform(
        by=by,
        slug=slug,
        name=row["platform"],
        contents=contents,
        evidence=f"{row['content']}; 2022: {row['in_use_2022']}; {row['evidence']}",
        order=order,
        now=now,
    )
    fi, sv, en = (text.format(name=row["platform"]) for text in GUIDES)
    services.describe(by=by, slug=slug, summary=SUMMARIES[slug], guide=(fi, sv, en), address="", now=now)
    start, end, note = OPENED, None, "Avattu vuodenvaihteessa 2021/22; päivä on oletus."
    if row["in_use_2022"].startswith("no"):
        start, note = CAME_BY, "Käytössä huhtikuussa 2024; alkupäivä ei ole tiedossa."
    elif row["in_use_2024_04"] == "no":
        end, note = GONE_BY, "Ei enää käytössä huhtikuussa 2024; viimeinen päivä ei ole tiedossa."
    services.take_into_use(by=by, slug=slug, valid_from=start, valid_to=end, note=note, now=now)
    services.entitle(by=by, slug=slug, valid_from=start, valid_to=end, now=now)
