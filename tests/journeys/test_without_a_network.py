"""The installed portal without a network: it says so in the reader's language, and comes back by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from tests.journeys.conftest import Site

pytestmark = [pytest.mark.slow, pytest.mark.journey]
ACTIVE = "navigator.serviceWorker.ready.then((found) => found.active !== null)"
KEPT = "caches.keys().then((names) => Promise.all(names.map((n) => caches.open(n).then((c) => c.keys()))))"


def test_without_a_network_a_page_says_so_and_nothing_else_was_kept(site: Site, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{site.url}/sv/")
    assert page.evaluate(ACTIVE)
    page.goto(f"{site.url}/sv/services/")
    kept = page.evaluate(f"{KEPT}.then((all) => all.flat().map((request) => new URL(request.url).pathname))")
    assert sorted(kept) == ["/en/offline/", "/fi/offline/", "/static/kimppa.css", "/sv/offline/"]
    context.set_offline(True)
    page.goto(f"{site.url}/sv/help/")
    assert page.locator("h1").inner_text() == "Det finns ingen anslutning"
    assert page.evaluate("getComputedStyle(document.querySelector('.button')).borderTopLeftRadius") != "0px"
    page.goto(f"{site.url}/fi/services/")
    assert page.locator("h1").inner_text() == "Yhteyttä ei ole"
    context.set_offline(False)
    page.goto(f"{site.url}/sv/help/")
    assert page.locator("h1").inner_text() != "Det finns ingen anslutning"
    context.close()
