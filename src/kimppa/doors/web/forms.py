"""What forms of all doors share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import ClassVar

from django import forms
from django.forms.renderers import BaseRenderer
from django.utils.safestring import SafeString, mark_safe


def offer(form: forms.Form, name: str, offered: Sequence[tuple[str, str]]) -> None:
    """What a field of choices offers, where that is known only when the form is made."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} is no field of choices")
    quick = _QUICK.get(type(field.widget))
    if quick is not None:
        made = quick(attrs=field.widget.attrs)
        made.is_required, made.is_localized = field.widget.is_required, field.widget.is_localized
        field.widget = made
    field.choices = list(offered)
    # A list that always has something chosen is not called optional.
    first = field.choices[0][0] if field.choices else ""
    field.always_chosen = isinstance(field.widget, forms.Select) and bool(first)  # type: ignore[attr-defined]
    if field.widget.allow_multiple_selected:
        field.always_chosen = False  # type: ignore[attr-defined]


class FoldedForm(forms.Form):
    """A form with fields that few need: they are folded away while they stand as usual and are in order.

    Shown by components/folded_form.html.
    """

    FOLDED: ClassVar[tuple[str, ...]] = ()
    # Fields of the folded ones that are not empty as usual.
    USUAL: ClassVar[Mapping[str, str]] = {}

    def essentials(self) -> list[forms.BoundField]:
        """What everybody is asked."""
        return [self[name] for name in self.fields if name not in self.FOLDED]

    def folded(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FOLDED]

    def is_unusual(self) -> bool:
        """Whether a folded field is in use or mistaken, so that it must be seen."""
        return any(
            field.errors or _plain(field.value()) not in ("", self.USUAL.get(field.name, ""))
            for field in self.folded()
        )


def _plain(value: object) -> str:
    return "" if value is None or value == [] else str(value)


class QuickSelect(forms.Select):
    """A list written in Python: Django renders a template for every option, 20 ms for 309 municipalities."""

    def render(
        self,
        name: str,
        value: object,
        attrs: Mapping[str, object] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        marked = set(self.format_value(value))
        own = self.build_attrs(self.attrs, dict(attrs or {}))
        if self.allow_multiple_selected:
            own["multiple"] = True
        options = "".join(_option(key, label, marked) for key, label in self._plain())
        html = f'<select name="{escape(name)}"{_attributes(own)}>{options}</select>'
        return mark_safe(html)  # noqa: S308 - every text is escaped here

    def _plain(self) -> Iterable[tuple[str, str]]:
        for key, label in self.choices:
            yield str(key), str(label)


class QuickSelectMultiple(forms.SelectMultiple):
    """As QuickSelect, for several at a time."""

    render = QuickSelect.render
    _plain = QuickSelect._plain


_QUICK: dict[type[forms.Widget], type[forms.Select]] = {
    forms.Select: QuickSelect,
    forms.SelectMultiple: QuickSelectMultiple,
}


def _option(key: str, label: str, marked: set[str]) -> str:
    selected = " selected" if key in marked else ""
    return f'<option value="{escape(key)}"{selected}>{escape(label)}</option>'


def _attributes(own: Mapping[str, object]) -> str:
    """As Django writes them: true ones by name alone, false ones and None not at all."""
    written = ""
    for name, value in own.items():
        if value is True:
            written += f" {name}"
        elif value is not None and value is not False:
            written += f' {name}="{escape(str(value))}"'
    return written
