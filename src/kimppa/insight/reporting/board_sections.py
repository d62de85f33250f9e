"""The directors' paper as sections of plain sentences, with the tables and charts that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from kimppa.consortium.invoicing.words import show_count, show_day
from kimppa.foundation.core.money import show_euros
from kimppa.insight.reporting.board_paper import BoardPaper
from kimppa.insight.reporting.board_words import Words, words
from kimppa.insight.reporting.use_trends import Break
from kimppa.insight.reporting.use_year import ServiceYear, is_own_lending

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """`length` is per mille of the longest."""

    name: str
    text: str
    length: int
    hatched: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """`widths`: whether each column is `wide`, a `number` or plain. `mapped`: the map belongs here."""

    heading: str
    sentences: tuple[str, ...]
    columns: tuple[str, ...] = ()
    widths: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    bars: tuple[Bar, ...] = field(default=())
    alt: str = ""
    mapped: bool = False


def sections(paper: BoardPaper, language: str) -> tuple[Section, ...]:
    """The paper in a language, in the order in which it is read."""
    word = words(language)
    if not any(service.use.months for service in paper.told.services):
        return (Section(word.short, (word.nothing.format(year=paper.year),)),)
    return (
        _short(paper, word, language),
        _services(paper, word, language),
        _whom(paper, word, language),
        Section(word.equality, tuple(_equality(paper, word, language))),
        Section(
            word.changed,
            (*(_changed(paper, word, language) or _unchanged(paper, word)), *_short_series(paper, word)),
        ),
        Section(word.uncertain, tuple(_uncertain(paper, word, language)) or (word.all_certain,)),
        Section(word.made, word.definitions),
    )


def title_of(paper: BoardPaper, language: str) -> str:
    return words(language).title.format(year=paper.year)


def name_of(service: ServiceYear, word: Words) -> str:
    return word.own_lending if is_own_lending(service.slug) else service.name


def decimal_text(value: Decimal, language: str) -> str:
    """A number with its decimals as they stand, a comma before them but in English."""
    text = f"{value:f}".replace("-", "−")
    return text if language.startswith("en") else text.replace(".", ",")


def _short(paper: BoardPaper, word: Words, language: str) -> Section:
    told = paper.told
    said = [word.used.format(year=paper.year, count=sum(bool(s.use.value) for s in told.services))]
    if told.basis.reference_date:
        day = show_day(told.basis.reference_date)
        said.append(word.residents.format(count=show_count(told.residents, language), day=day))
    if paper.cost_per_resident is not None:
        each = decimal_text(paper.cost_per_resident, language)
        said.append(word.cost.format(total=show_euros(paper.booked, language), each=each))
    if paper.unpriced:
        said.append(word.unpriced.format(names=_names(paper.unpriced, word)))
    if told.costs.shared.value:
        said.append(word.shared.format(total=show_euros(told.costs.shared, language)))
    return Section(word.short, tuple(said))


def _services(paper: BoardPaper, word: Words, language: str) -> Section:
    services = paper.told.services
    priced = sorted(
        ((s.cost_per_use, s) for s in services if s.cost_per_use is not None and s.cost_per_use > 0),
        key=lambda pair: -pair[0],
    )
    longest = priced[0][0] if priced else Decimal(1)
    bars = tuple(
        Bar(name_of(s, word), f"{decimal_text(each, language)} €", max(4, int(each * 1000 / longest)))
        for each, s in priced
    )
    told = "; ".join(f"{bar.name} {bar.text}" for bar in bars)
    return Section(
        word.services,
        tuple(_service(s, word, language) for s in services if s.use.months),
        (word.service_column, word.counted, word.use, word.change, word.booked, word.per_use),
        ("wide", "", "number", "number", "number", "number"),
        tuple(_row(s, word, language) for s in services),
        bars,
        word.bars_alt.format(rows=told),
    )


def _service(service: ServiceYear, word: Words, language: str) -> str:
    change = service.compared.change if service.compared else None
    sentence = word.service
    if change is not None:
        sentence = word.service_more if change > 0 else word.service_less if change else word.service_same
    said = sentence.format(
        name=name_of(service, word),
        use=show_count(service.use.value, language),
        counted=_counted(service, word),
        change=decimal_text(abs(change), language) if change is not None else "",
        months=service.compared.months if service.compared else "",
    )
    if service.cost_per_use is None:
        return said + word.no_cost
    return said + word.service_cost.format(each=decimal_text(service.cost_per_use, language))


def _row(service: ServiceYear, word: Words, language: str) -> tuple[str, ...]:
    change = service.compared.change if service.compared else None
    return (
        name_of(service, word),
        _counted(service, word),
        show_count(service.use.value, language) if service.use.months else word.unknown,
        decimal_text(change, language) if change is not None else word.incomparable,
        show_euros(service.booked, language) if service.booked is not None else word.unknown,
        decimal_text(service.cost_per_use, language) if service.cost_per_use is not None else word.unknown,
    )


def _counted(service: ServiceYear, word: Words) -> str:
    return " / ".join(word.interests[one] for one in service.counted_as) or word.unknown


def _whom(paper: BoardPaper, word: Words, language: str) -> Section:
    rows = tuple(
        (
            one.name or word.alone,
            str(one.municipalities),
            show_count(one.residents, language),
            decimal_text(one.relative, language) if one.relative is not None else word.unknown,
        )
        for one in paper.kimppas
    )
    values = [(p.name(language), paper.told.relative(p)) for p in paper.told.places]
    told = ", ".join(f"{name} {value}" for name, value in values if value is not None)
    return Section(
        word.whom,
        (word.whom_said,),
        (word.kimppa, word.municipalities, word.people, word.relative),
        ("wide", "number", "number", "number"),
        rows,
        alt=word.map_alt.format(rows=told),
        mapped=bool(told),
    )


def _equality(paper: BoardPaper, word: Words, language: str) -> list[str]:
    found = paper.equality.measured or paper.equality.with_estimates
    if found is None:
        return [word.no_equality]
    measured = paper.equality.measured is not None
    sentence = word.index if measured else word.index_estimates
    said = [sentence.format(index=decimal_text(found.index, language))]
    before = paper.equality_before.measured if measured and paper.equality_before else None
    if before is not None:
        index = decimal_text(before.index, language)
        said.append(word.index_before.format(year=paper.year - 1, index=index))
    said.append(
        word.moved.format(percent=decimal_text((found.to_move * 100).quantize(Decimal("0.1")), language))
    )
    slopes = (
        (found.by_size, word.by_size_more, word.by_size_less),
        (found.by_distance, word.by_distance_more, word.by_distance_less),
    )
    sloped = [
        (more if slope > 0 else less).format(points=decimal_text(abs(slope), language))
        for slope, more, less in slopes
        if slope
    ]
    said += sloped or [word.even]
    if paper.equality.left_out and measured:
        said.append(word.left_out.format(names=_names(paper.equality.left_out, word)))
    return said + _access(paper, word)


def _access(paper: BoardPaper, word: Words) -> list[str]:
    known = [row for row in paper.equality.places if row.open_to is not None]
    if not known:
        return []
    some = sum(row.open_to != row.services for row in known)
    if some:
        return [word.access_some.format(count=some)]
    return [word.access_all.format(services=known[0].services)]


def _changed(paper: BoardPaper, word: Words, language: str) -> list[str]:
    said = []
    for one in paper.changed:
        name = word.own_lending if is_own_lending(one.slug) else one.name
        for mark in one.breaks:
            if mark.month.year == paper.year:
                why = _why(mark, word)
                said.append(word.counting.format(name=name, month=f"{mark.month:%m/%Y}", why=why))
        for change in one.changes:
            if change.month.year == paper.year and change.counting is None:
                percent = ("+" if change.percent > 0 else "") + decimal_text(change.percent, language)
                kinds = ", ".join(word.interests[kind] for kind in one.counted_as)
                month = f"{change.month:%m/%Y}"
                said.append(word.change_point.format(name=name, month=month, percent=percent, why=kinds))
    return said


def _unchanged(paper: BoardPaper, word: Words) -> list[str]:
    """Nothing is said of what could not be sought."""
    return [word.no_change] if paper.long_enough or not paper.too_short else []


def _short_series(paper: BoardPaper, word: Words) -> list[str]:
    return [word.too_short.format(count=paper.too_short)] if paper.too_short else []


def _why(mark: Break, word: Words) -> str:
    return word.release.format(release=mark.release) if mark.release else word.choice


def _uncertain(paper: BoardPaper, word: Words, language: str) -> list[str]:
    said = [
        word.open.format(name=name_of(s, word), count=s.use.open_months) for s in paper.told.open_services
    ]
    known = sorted({s.use.months for s in paper.told.services if 0 < s.use.months < MONTHS})
    said += [
        word.partial.format(
            count=count, names=_names([s for s in paper.told.services if s.use.months == count], word)
        )
        for count in known
    ]
    said += [
        word.dealt.format(
            name=name_of(s, word), percent=decimal_text(s.places.estimated_percent or Decimal(0), language)
        )
        for s in paper.dealt
    ]
    return said + [word.unsplit.format(name=name_of(s, word)) for s in paper.unsplit]


def _names(services: Sequence[ServiceYear], word: Words) -> str:
    return ", ".join(name_of(service, word) for service in services)
