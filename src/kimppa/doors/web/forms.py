"""What forms of all doors share."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms


def offer(form: forms.Form, name: str, offered: Sequence[tuple[str, str]]) -> None:
    """What a field of choices offers, where that is known only when the form is made."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} is no field of choices")
    field.choices = list(offered)
