"""Elements of Report_Items, of either release → rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kimppa.foundation.protocols.counter import months, terms
from kimppa.foundation.protocols.counter.counts import LARGEST, counted
from kimppa.foundation.protocols.counter.findings import Findings
from kimppa.foundation.protocols.counter.json_stream import Json
from kimppa.foundation.protocols.counter.shape import WHOLE_PERIOD, Attributes, Item, Parent, Row

Object = dict[str, Json]
KNOWN = {
    *("Title", "Item", "Database", "Platform", "Publisher", "Publisher_ID", "Item_ID", "Item_Contributors"),
    *("Item_Dates", "Item_Attributes", "Item_Parent", "Item_Component", "Authors", "Publication_Date"),
    *("Article_Version", "Data_Type", "Section_Type", "YOP", "Access_Type", "Access_Method", "Performance"),
    *("Attribute_Performance", "Items", "Customer_ID", "Institution_Name", "Components"),
}


def rows(element: Json, number: int, findings: Findings) -> Iterator[Row]:
    """The rows of the element with that number (from 0)."""
    where = f"Report_Items[{number}]"
    if not isinstance(element, dict):
        findings.add("item-form", where)
    elif "Items" in element and "Performance" not in element:
        parent = _parent(element)
        for place, inner in enumerate(_list(element["Items"])):
            if isinstance(inner, dict):
                yield from _r51(inner, parent, f"{where}.Items[{place}]", findings)
            else:
                findings.add("item-form", f"{where}.Items[{place}]")
    elif "Attribute_Performance" in element:
        yield from _r51(element, _parent_of(element), where, findings)
    elif "Performance" in element:
        yield from _r50(element, where, findings)
    else:
        findings.add("item-form", where)


def release_of(element: Json) -> str:
    """The release whose form an element has; empty if neither's."""
    if not isinstance(element, dict):
        return ""
    if "Attribute_Performance" in element or "Items" in element:
        return terms.R51
    return terms.R50 if "Performance" in element else ""


def _r50(element: Object, where: str, findings: Findings) -> Iterator[Row]:
    by_metric: dict[str, dict[str, int]] = {}
    for place, one in enumerate(_list(element["Performance"])):
        at = f"{where}.Performance[{place}]"
        if not isinstance(one, dict):
            findings.add("item-form", at)
            continue
        month = _period(one.get("Period"), at, findings)
        for instance in _list(one.get("Instance")):
            if not isinstance(instance, dict):
                findings.add("item-form", at)
                continue
            metric, count = instance.get("Metric_Type"), instance.get("Count")
            if type(metric) is not str or not metric.strip():
                findings.add("no-metric", at)
                continue
            if type(count) is not int or not 0 <= count < LARGEST:
                count = counted(count, f"{at} {metric}", findings)
            counts = by_metric.setdefault(metric.strip(), {})
            if month is None or count is None:
                continue
            if month in counts:
                title = _subject(element)
                findings.add("duplicate", f"{at} {month or ''}", title=title, metric=metric)
            counts[month] = count
    item, attributes = _item(element, _parent_of(element)), _attributes(element, element)
    for metric, counts in by_metric.items():
        yield Row(item, attributes, metric, _without_zeros(counts), None, where)


def _period(period: Json, where: str, findings: Findings) -> str | None:
    """The month of a Performance; WHOLE_PERIOD for a longer time; None if it cannot be understood."""
    if not isinstance(period, dict):
        findings.add("month-unknown", where, month=_words(period))
        return None
    begin, end = _words(period.get("Begin_Date")), _words(period.get("End_Date"))
    month = months.of_days(begin, end)
    if month:
        return month
    if months.DAY.match(begin) and months.DAY.match(end) and begin < end:
        findings.add("period-longer", where, begin=begin, end=end)
        return WHOLE_PERIOD
    findings.add("month-unknown", where, month=f"{begin}–{end}")
    return None


def _r51(element: Object, parent: Parent | None, where: str, findings: Findings) -> Iterator[Row]:
    item = _item(element, parent)
    for place, one in enumerate(_list(element.get("Attribute_Performance"))):
        at = f"{where}.Attribute_Performance[{place}]"
        performance = one.get("Performance") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(performance, dict):
            findings.add("item-form", at)
            continue
        attributes = _attributes(one, element)
        for metric, by_month in performance.items():
            if not isinstance(by_month, dict):
                findings.add("item-form", f"{at}.{metric}")
                continue
            counts: dict[str, int] = {}
            for spelled, count in by_month.items():
                month = _month(spelled, f"{at}.{metric}", findings)
                if type(count) is not int or not 0 <= count < LARGEST:
                    count = counted(count, f"{at}.{metric} {spelled}", findings)
                if month is None or count is None:
                    continue
                if month in counts:
                    findings.add("duplicate", f"{at}.{metric} {spelled}", title=item.title, metric=metric)
                counts[month] = count
            yield Row(item, attributes, metric.strip(), _without_zeros(counts), None, at)


def _month(spelled: str, where: str, findings: Findings) -> str | None:
    month = months.month(spelled)
    if month:
        return month
    if spelled.strip().casefold() in ("total", "totals", "reporting_period_total"):
        findings.add("no-months", where)
        return WHOLE_PERIOD
    findings.add("month-unknown", where, month=spelled)
    return None


def _without_zeros(counts: dict[str, int]) -> dict[str, int]:
    return counts if all(counts.values()) else {month: count for month, count in counts.items() if count}


def _subject(element: Object) -> str:
    return next((_words(element[key]) for key in ("Title", "Item", "Database") if element.get(key)), "")


def _item(element: Object, parent: Parent | None) -> Item:
    dates, more = _typed_values(element.get("Item_Dates")), _typed_values(element.get("Item_Attributes"))
    get = element.get
    return Item(
        title=_subject(element),
        platform=_words(get("Platform")),
        publisher=_words(get("Publisher")),
        publisher_id=_ids_as_text(get("Publisher_ID")),
        identifiers=identifiers(get("Item_ID")),
        authors=_people(get("Authors") or get("Item_Contributors")),
        publication_date=_words(get("Publication_Date")) or dates.get("Publication_Date", ""),
        article_version=_words(get("Article_Version")) or more.get("Article_Version", ""),
        parent=parent,
    )


def _parent_of(element: Object) -> Parent | None:
    told = element.get("Item_Parent")
    if isinstance(told, list):
        told = told[0] if told else None
    return _parent(told) if isinstance(told, dict) else None


def _parent(told: Object) -> Parent | None:
    dates, more = _typed_values(told.get("Item_Dates")), _typed_values(told.get("Item_Attributes"))
    made = Parent(
        title=_words(told.get("Title") or told.get("Item_Name") or told.get("Item")),
        data_type=_words(told.get("Data_Type")),
        identifiers=identifiers(told.get("Item_ID")),
        authors=_people(told.get("Authors") or told.get("Item_Contributors")),
        publication_date=_words(told.get("Publication_Date")) or dates.get("Publication_Date", ""),
        article_version=_words(told.get("Article_Version")) or more.get("Article_Version", ""),
    )
    return None if made == Parent() else made


def _attributes(one: Object, element: Object) -> Attributes:
    more = tuple(
        sorted((key, _words(value)) for key, value in one.items() if key not in KNOWN and _words(value))
    )

    def told(key: str) -> str:
        return _words(one.get(key)) or _words(element.get(key))

    return Attributes(
        data_type=told("Data_Type"),
        section_type=told("Section_Type"),
        yop=told("YOP"),
        access_type=told("Access_Type"),
        access_method=told("Access_Method"),
        customer_id=told("Customer_ID"),
        institution=told("Institution_Name"),
        more=more,
    )


def identifiers(told: Json) -> tuple[tuple[str, str], ...]:
    """Of either form, `[{Type, Value}]` or `{Type: value or values}`; sorted."""
    return tuple(sorted(_pairs(told, lambda kind: terms.IDENTIFIERS.get(kind.casefold(), kind))))


def _ids_as_text(told: Json) -> str:
    """As a table writes them: `ISNI:4321 …; own:1`."""
    return "; ".join(
        value if kind in ("Proprietary", "") else f"{kind}:{value}"
        for kind, value in _pairs(told, lambda kind: terms.IDENTIFIERS.get(kind.casefold(), kind))
    )


def _pairs(told: Json, kind_of: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    if isinstance(told, dict) and not ("Type" in told and "Value" in told):
        for kind, values in told.items():
            for value in _list(values):
                if _words(value):
                    yield kind_of(kind), _words(value)
        return
    for one in _list(told):
        if isinstance(one, dict) and _words(one.get("Value")):
            yield kind_of(_words(one.get("Type"))), _words(one.get("Value"))
        elif isinstance(one, str) and one.strip():
            yield "", one.strip()


def _typed_values(told: Json) -> dict[str, str]:
    return dict(_pairs(told, str)) if told else {}


def _people(told: Json) -> str:
    """`Name (ORCID:…); Name`, as a table writes them."""
    if isinstance(told, str):
        return told.strip()
    written = []
    for one in _list(told):
        if isinstance(one, dict):
            sign = _words(one.get("Identifier")) or _ids_as_text(
                {key: value for key, value in one.items() if key in ("ORCID", "ISNI")}
            )
            written.append(_words(one.get("Name")) + (f" ({sign})" if sign else ""))
    return "; ".join(written)


def _words(value: Json) -> str:
    if type(value) is str:
        return value.strip()
    if isinstance(value, list):
        return "|".join(_words(one) for one in value)
    return "" if value is None or isinstance(value, dict) else str(value)


def _list(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
