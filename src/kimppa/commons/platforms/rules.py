"""What an e-service can hold. Pure."""

from __future__ import annotations

from enum import StrEnum

from kimppa.foundation.core.text import noop


class Content(StrEnum):
    EBOOK = "ebook"
    AUDIOBOOK = "audiobook"
    NEWSPAPER = "newspaper"
    MAGAZINE = "magazine"
    FILM = "film"
    MUSIC = "music"
    CONCERT = "concert"
    COURSE = "course"


CONTENT_NAMES: dict[Content, str] = {
    Content.EBOOK: noop("E-books"),
    Content.AUDIOBOOK: noop("Audiobooks"),
    Content.NEWSPAPER: noop("Newspapers"),
    Content.MAGAZINE: noop("Magazines"),
    Content.FILM: noop("Films"),
    Content.MUSIC: noop("Music"),
    Content.CONCERT: noop("Concerts and dance"),
    Content.COURSE: noop("Courses"),
}
