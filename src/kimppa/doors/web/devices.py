"""What a device is called in its owner's list of devices: the browser and the system, no more. Pure."""

from __future__ import annotations

# In the order in which they must be looked for: most browsers name others beside themselves.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("KOReader", "KOReader"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
    ("Kobo", "Kobo"),
)


def device_name(user_agent: str) -> str:
    """“Firefox, Windows”; empty where neither is known. Nothing else of what the browser says is kept."""
    said = user_agent[:400]
    browser = next((name for mark, name in BROWSERS if mark in said), "")
    system = next((name for mark, name in SYSTEMS if mark in said), "")
    return ", ".join(part for part in (browser, system) if part)
