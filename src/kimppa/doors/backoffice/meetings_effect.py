"""From a settled item of a meeting to the page that gives the decision its effect."""

from __future__ import annotations

from django.http import HttpRequest

from kimppa.consortium.governance.meeting_queries import settled_item
from kimppa.doors.backoffice import money_tables as tables
from kimppa.foundation.core.money import show_rate


def begun_by_item(request: HttpRequest) -> dict[str, object]:
    """What the form of a decision begins with when the address names a settled item (`?item=`); else nothing.

    The diary number is the item's own: the decision recorded under it is the item's decision.
    """
    asked = request.GET.get("item", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 12):
        return {}
    item = settled_item(int(asked))
    if item is None:
        return {}
    begun: dict[str, object] = {"rate": show_rate(item.rate, tables.language())} if item.rate else {}
    return begun | {
        "body": item.body,
        "decided_on": item.decided_on,
        "diary_number": item.diary_number,
        "title_fi": item.title_fi,
        "title_sv": item.title_sv,
    }
