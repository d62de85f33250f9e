"""One agreement: everything on it, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import contracts, drafts, papers, services
from kimppa.consortium.agreements.contracts import (
    PROTECTION_NAMES,
    STATE_NAMES,
    ContractDetail,
    Protection,
    State,
    TermRow,
)
from kimppa.consortium.agreements.procurement import STANDING_NAMES, threshold
from kimppa.consortium.agreements.rules import (
    BINDS_NAMES,
    DOCUMENT_NAMES,
    KIND_NAMES,
    RELATION_NAMES,
    ROLE_NAMES,
    AgreementKind,
    Binds,
    CostClass,
    DocumentRole,
    Relation,
)
from kimppa.consortium.agreements.share_vat import set_share_vat
from kimppa.consortium.agreements.terms import (
    OUTSIDE_SCOPE,
    SHAPES,
    SHARE_VAT_NAMES,
    TERM_NAMES,
    Shape,
    TermKind,
)
from kimppa.consortium.agreements.vat import VatContent
from kimppa.doors.backoffice import agreements_forms as kinds
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.agreements_list import STATE_TONES
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import money
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.text import noop


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may be done with an agreement: a form, a verb, and the words around them."""

    act: Act
    form: type[forms.Form]
    do: Callable[[User, ContractDetail, forms.Form, datetime], object]
    title: str
    button: str
    done: str
    consequence: str


def _sign(by: User, detail: ContractDetail, form: forms.Form, now: datetime) -> object:
    number = detail.row.diary_number
    return services.sign(by=by, agreement=number, signed_on=form.cleaned_data["signed_on"], now=now)


def _term(by: User, detail: ContractDetail, form: forms.Form, now: datetime) -> object:
    said = form.cleaned_data
    return drafts.put_term(
        by=by,
        agreement=detail.row.id,
        kind=TermKind(said["kind"]),
        value=said["value"],
        clause=said["clause"],
        quote=said["quote"],
        valid_from=said["valid_from"],
        valid_to=said["valid_to"],
        now=now,
    )


def _document(by: User, detail: ContractDetail, form: forms.Form, now: datetime) -> object:
    said = form.cleaned_data
    upload: UploadedFile[bytes] = said["file"]
    content, media_type = kinds.read_upload(upload)
    return papers.attach_document(
        by=by,
        agreement=detail.row.id,
        role=DocumentRole(said["role"]),
        title=said["title"],
        name=upload.name or "",
        content=content,
        media_type=media_type,
        now=now,
    )


def _relate(by: User, detail: ContractDetail, form: forms.Form, now: datetime) -> object:
    said = form.cleaned_data
    target, kind = int(said["target"]), Relation(said["kind"])
    papers.relate(by=by, source=detail.row.id, target=target, kind=kind, now=now)
    return None


def _option(by: User, detail: ContractDetail, form: forms.Form, now: datetime) -> object:
    said = form.cleaned_data
    decision = int(said["decision"]) if said["decision"] else None
    return papers.use_option(
        by=by, agreement=detail.row.id, used_on=said["used_on"], decision=decision, now=now
    )


def _notice(by: User, detail: ContractDetail, form: forms.Form, now: datetime) -> object:
    papers.give_notice(by=by, agreement=detail.row.id, now=now, **form.cleaned_data)
    return None


def _share_vat(by: User, detail: ContractDetail, form: forms.Form, now: datetime) -> object:
    said = form.cleaned_data
    treatment = None if said["treatment"] == OUTSIDE_SCOPE else VatContent(said["treatment"])
    return set_share_vat(
        by=by,
        agreement=detail.row.id,
        cost_class=CostClass(said["cost_class"]),
        treatment=treatment,
        valid_from=said["valid_from"],
        clause=said["clause"],
        now=now,
    )


def _version(by: User, detail: ContractDetail, form: forms.Form, now: datetime) -> object:
    return drafts.new_version(by=by, agreement=detail.row.id, now=now, **form.cleaned_data)


DEEDS: dict[str, Deed] = {
    "sign": Deed(
        Act.SIGN_AGREEMENTS,
        kinds.SignForm,
        _sign,
        noop("Record the signature"),
        noop("Record the signature"),
        noop("The signature was recorded."),
        noop(
            "After the signature nothing in the agreement can be edited. Changes are made as a new version. "
            "Every member it is signed for needs a mandate that holds on the day of signature."
        ),
    ),
    "term": Deed(
        Act.EDIT_AGREEMENTS,
        kinds.TermForm,
        _term,
        noop("Add a term"),
        noop("Add"),
        noop("The term was added."),
        noop("Months, sums and percentages as numbers. The days of the agreement follow from them."),
    ),
    "document": Deed(
        Act.EDIT_AGREEMENTS,
        kinds.DocumentForm,
        _document,
        noop("Add a document"),
        noop("Add"),
        noop("The document was added."),
        "",
    ),
    "relation": Deed(
        Act.EDIT_AGREEMENTS,
        kinds.RelationForm,
        _relate,
        noop("Relate to another agreement"),
        noop("Record"),
        noop("The relation was recorded."),
        "",
    ),
    "option": Deed(
        Act.SIGN_AGREEMENTS,
        kinds.OptionForm,
        _option,
        noop("Use the next option"),
        noop("Use the option"),
        noop("The option was used."),
        noop("The agreement is lengthened by the months of the option. This cannot be taken back."),
    ),
    "notice": Deed(
        Act.SIGN_AGREEMENTS,
        kinds.NoticeForm,
        _notice,
        noop("Record a notice"),
        noop("Record the notice"),
        noop("The notice was recorded."),
        noop("The agreement ends on the day given and is renewed no more. This cannot be taken back."),
    ),
    "vat": Deed(
        Act.EDIT_AGREEMENTS,
        kinds.ShareVatForm,
        _share_vat,
        noop("VAT on shares"),
        noop("Record"),
        noop("How shares stand to VAT was recorded."),
        noop(
            "Shares are outside the scope of VAT unless it is said otherwise here. From the day on the tax "
            "is added to the shares on invoices, at the rate of each month. What has been issued stays as "
            "it is."
        ),
    ),
    "version": Deed(
        Act.EDIT_AGREEMENTS,
        kinds.VersionForm,
        _version,
        noop("Make a new version"),
        noop("Begin the new version"),
        noop("The new version can now be edited. The earlier one stands until it is signed."),
        noop("The new version begins with the parties, terms and relations of this one."),
    ),
}


@staff_required
def page(request: HttpRequest, agreement: int) -> HttpResponseBase:
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_AGREEMENTS, now=now)
    detail = _detail(agreement)
    row = detail.row
    offered = [name for name in _offered(detail) if may(by, DEEDS[name].act, now=now)]
    limit = threshold(row.signed_on or clock.today())
    context = {
        "detail": detail,
        "row": row,
        "title": row.title(tables.language()),
        "kind": _(KIND_NAMES[row.kind]),
        "state": _(STATE_NAMES[row.state]),
        "tone": STATE_TONES[row.state] or "info",
        "standing": _(STANDING_NAMES[row.standing]),
        "limit": limit.value if limit else None,
        "protection": _(PROTECTION_NAMES[row.protection]),
        "fault": row.protection is Protection.MISSING and row.state is not State.ENDED,
        "asked_protection": row.kind is AgreementKind.VENDOR,
        "binds": _(BINDS_NAMES[Binds(detail.binds)]),
        "parties": [(party, _(ROLE_NAMES[party.role])) for party in detail.parties],
        "terms": [(term, _(TERM_NAMES[term.kind]), shown_value(term)) for term in detail.terms],
        "documents": [
            (document, _(DOCUMENT_NAMES[DocumentRole(document.role)])) for document in detail.documents
        ],
        "relations": [(relation, _(RELATION_NAMES[relation.kind])) for relation in detail.relations],
        "deeds": [(name, _(DEEDS[name].title)) for name in offered],
        "editable": row.signed_on is None and may(by, Act.EDIT_AGREEMENTS, now=now),
    }
    return render(request, "backoffice/agreements/page.html", context)


def _offered(detail: ContractDetail) -> list[str]:
    shares = ["vat"] if detail.row.kind is AgreementKind.COOPERATION else []
    if detail.row.signed_on is None:
        return ["sign", "term", "document", "relation", *shares]
    offered = ["document", "relation", *shares]
    if detail.row.state is not State.ENDED:
        offered += ["option"] if detail.row.days.options_left else []
        offered += ["notice"] if detail.notice is None else []
        offered += ["version"] if detail.newer is None else []
    return offered


def shown_value(term: TermRow) -> str:
    """A term's value as a person reads it."""
    if term.cents is not None:
        return money(term.cents, tables.language())
    if term.number is not None:
        percent = SHAPES[term.kind] is Shape.PERCENT
        return f"{term.number / 100:g} %".replace(".", ",") if percent else str(term.number)
    if SHAPES[term.kind] is Shape.VAT:
        return _(SHARE_VAT_NAMES[term.word])
    return {"yes": _("Yes"), "no": _("No")}.get(term.word, term.word)


@staff_required
def edit(request: HttpRequest, agreement: int | None = None) -> HttpResponseBase:
    """A new agreement, or one that is not signed yet."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_AGREEMENTS, now=now)
    detail = None if agreement is None else _detail(agreement)
    begun: dict[str, object] = kinds.initial(detail) if detail else {"valid_from": clock.today()}
    form = kinds.AgreementForm(request.POST or None, initial=begun)
    if request.method == "POST" and form.is_valid():
        try:
            written = drafts.write(by=by, draft=form.draft(), agreement=agreement, now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The agreement was saved."))
            return redirect("backoffice:agreement", written)
    context = {"form": form, "detail": detail}
    return render(request, "backoffice/agreements/edit.html", context, status=422 if form.is_bound else 200)


@staff_required
def do(request: HttpRequest, agreement: int, name: str) -> HttpResponseBase:
    """The page of one deed: its form, and by POST the deed."""
    by, now = actor_of(request), clock.now()
    deed = DEEDS.get(name)
    if deed is None:
        raise Http404
    require(by, deed.act, now=now)
    detail = _detail(agreement)
    today = clock.today()
    begun = {"signed_on": today, "used_on": today, "given_on": today, "ends_on": detail.row.ends_on}
    posted = request.method == "POST"
    form = deed.form(request.POST, request.FILES) if posted else deed.form(initial=begun)
    if posted and form.is_valid():
        try:
            made = deed.do(by, detail, form, now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _(deed.done))
            onward = made if name == "version" and isinstance(made, int) else agreement
            return redirect("backoffice:agreement", onward)
    context = {
        "form": form,
        "title": _(deed.title),
        "button": _(deed.button),
        "consequence": _(deed.consequence) if deed.consequence else "",
        "detail": detail,
        "upload": name == "document",
    }
    return render(request, "backoffice/agreements/deed.html", context, status=422 if posted else 200)


@staff_required
@require_POST
def remove_term(request: HttpRequest, agreement: int, term: int) -> HttpResponseBase:
    try:
        drafts.remove_term(by=actor_of(request), term=term, now=clock.now())
    except KimppaError as error:
        if error.status == 403:
            raise
        messages.error(request, explain(error))
    return redirect("backoffice:agreement", agreement)


@staff_required
def document(request: HttpRequest, document: int) -> HttpResponseBase:
    """A document as a download."""
    require(actor_of(request), Act.SEE_AGREEMENTS, now=clock.now())
    name, media_type, content = contracts.document(document)
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = _attachment(name)
    return response


def _attachment(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name)}"


def _detail(agreement: int) -> ContractDetail:
    detail = contracts.contract(agreement, on=clock.today())
    if detail is None:
        raise Http404
    return detail
