"""Someone who has never been here: finds the guide, borrows, reads on two devices, returns."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.conftest import Open, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.slow]

OPEN_PAGES = (
    *("/fi/", "/sv/", "/en/", "/fi/search/?q=kirja", "/sv/search/?q=qwertyzzz", "/fi/services/"),
    *("/fi/services/ellibs/", "/fi/sign-in/", "/fi/help/", "/sv/accessibility/", "/en/privacy/"),
    *("/fi/feedback/", "/fi/components/?say=1", "/fi/backoffice/account/sign-in/"),
)


@pytest.mark.parametrize(("width", "dark"), [(360, False), (1280, True), (768, False)])
def test_every_open_page_is_accessible_and_fits(visit: Open, width: int, dark: bool) -> None:
    one = visit(width=width, dark=dark)
    for path in OPEN_PAGES:
        one.go(path)
        one.check(f"{path} at {width}")
    one.go("/fi/nowhere/", 404)
    one.check("404")


def open_the_guide(one: Visitor) -> None:
    one.go("/fi/")
    one.page.get_by_role("link", name="Näin käytät yhteistä e-kirjastoa").click()


def open_reader(one: Visitor) -> Page:
    page = one.page
    page.wait_for_selector("main[data-ready=yes]")
    page.wait_for_timeout(300)
    return page


def test_from_the_front_page_to_reading_on_two_devices_and_back(visit: Open) -> None:
    one = visit()
    open_the_guide(one)
    one.check("title")
    one.page.get_by_role("link", name="Kirjaudu ja lainaa").click()
    one.sign_in()
    one.page.get_by_role("button", name="Lainaa").click()
    expect(one.page.get_by_role("status").first).to_contain_text("Se on sinulla 6.12.2022 asti")
    one.check("borrowed")
    one.page.locator("main").get_by_role("link", name="Lue").click()
    page = open_reader(one)
    one.check("reader")
    page.keyboard.press("t")
    page.get_by_role("link", name="Etsi luettavaa").click()
    expect(page.locator("[data-where]")).to_contain_text("Etsi luettavaa")
    page.keyboard.press("s")
    one.check("settings")
    page.get_by_role("button", name="Suurempi").click()
    page.get_by_label("Paperi").check()
    page.keyboard.press("Escape")
    with page.expect_response(lambda answer: answer.url.endswith("/position/") and answer.status == 204):
        page.keyboard.press("ArrowRight")
    kept = page.locator("[data-where]").inner_text().split(" · ")[0]

    phone = visit(width=360, dark=True, same_as=one)
    phone.go(page.url.removeprefix(one.site.url))
    open_reader(phone)
    assert phone.page.locator("[data-where]").inner_text().split(" · ")[0] == kept
    phone.check("reader on a phone")

    for path in ("/fi/me/shelf/", "/fi/me/", "/fi/me/erase/"):
        phone.go(path)
        phone.check(path)
    phone.go("/fi/me/shelf/")
    phone.page.get_by_role("link", name="Palauta").click()
    dialog = phone.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    phone.check("dialog")
    dialog.get_by_role("button", name="Palauta").click()
    expect(phone.page.get_by_text("Hyllysi on tyhjä.")).to_be_visible()


def test_the_same_way_without_scripts_and_with_the_keyboard_only(visit: Open) -> None:
    one = visit(scripts=False)
    page = one.page
    one.go("/fi/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    tab_to(page, "Näin käytät yhteistä e-kirjastoa")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/titles/\d+/$"))
    tab_to(page, "Kirjaudu ja lainaa")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/**")
    page.locator("#id_system").focus()
    page.keyboard.type("Kainet")
    page.keyboard.press("Tab")
    page.keyboard.type("ESIM 4000 001")
    page.keyboard.press("Tab")
    page.keyboard.type("1234")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"^[^?]*/titles/\d+/$"))
    tab_to(page, "Lainaa")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sinulla 6.12.2022 asti", exact=True)).to_be_visible()
    tab_to(page, "Lue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/read/**")
    tab_to(page, "Lainaa ja lue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/part/**")
    expect(page.get_by_role("heading", name="Lainaa ja lue")).to_be_visible()
    one.go("/fi/me/shelf/")
    tab_to(page, "Palauta")
    page.keyboard.press("Enter")
    page.wait_for_url("**/return/")
    page.locator("main").get_by_role("button", name="Palauta").press("Enter")
    expect(page.get_by_text("Hyllysi on tyhjä.")).to_be_visible()


def tab_to(page: Page, words: str) -> None:
    """Tab until what has the focus begins with these words; its focus must be visible."""
    for _ in range(80):
        page.keyboard.press("Tab")
        said = page.evaluate("document.activeElement.textContent.trim()")
        if said.startswith(words):
            shown = page.evaluate(
                "(() => { const e = document.activeElement; const own = getComputedStyle(e).outlineStyle;"
                " const card = e.closest('.card--link'); return own !== 'none' ||"
                " (card && getComputedStyle(card).outlineStyle !== 'none'); })()"
            )
            assert shown, f"the focus on {words} cannot be seen"
            return
    raise AssertionError(f"{words} is not reached by the keyboard")


def test_a_place_is_saved_when_the_page_is_left_at_once(visit: Open) -> None:
    one = visit()
    one.go("/fi/sign-in/")
    one.sign_in("Joki-kirjastot", "ESIM 3000 001")
    open_the_guide(one)
    one.page.get_by_role("button", name="Lainaa").click()
    one.page.locator("main").get_by_role("link", name="Lue").click()
    page = open_reader(one)
    page.keyboard.press("t")
    page.get_by_role("link", name="Saavutettavuus").click()
    expect(page.locator("[data-where]")).to_contain_text("Saavutettavuus")
    page.get_by_role("link", name="Oma hylly").click()
    expect(page.get_by_text("luettu 100 %")).to_be_visible()
    page.locator("main").get_by_role("link", name="Lue").click()
    open_reader(one)
    expect(page.locator("[data-where]")).to_contain_text("Saavutettavuus")
    page.keyboard.press("t")
    page.get_by_role("link", name="Etsi luettavaa").click()
    expect(page.locator("[data-where]")).to_contain_text("Etsi luettavaa")
    one.go("/fi/help/")
    page.wait_for_timeout(500)
    one.go("/fi/me/shelf/")
    expect(page.get_by_text("luettu 100 %")).to_have_count(0)
