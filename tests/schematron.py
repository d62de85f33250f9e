"""Published Schematron rules run whole by engines that are not ours.

ISO's own compiler (the skeleton that comes with lxml) turns the rules into a stylesheet; Saxon runs it. The
skeleton was written for XSLT 1 and passes expressions on unread, so that the binding is named anew before
it and the version after it; the rules' own XSLT functions are passed through.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lxml import etree, isoschematron
from saxonche import PySaxonProcessor

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@lru_cache(maxsize=1)
def _saxon() -> PySaxonProcessor:
    # One for the whole run: the engine starts up once.
    return PySaxonProcessor(license=False)


@lru_cache(maxsize=4)
def _compiled(path: Path):
    rules = etree.parse(str(path))
    rules.getroot().set("queryBinding", "xslt")
    whole = isoschematron.iso_abstract_expand(isoschematron.iso_dsdl_include(rules))
    sheet = isoschematron.iso_svrl_for_xslt1(whole, **{"allow-foreign": "'true'"})
    sheet.getroot().set("version", "2.0")
    return _saxon().new_xslt30_processor().compile_stylesheet(stylesheet_text=etree.tostring(sheet).decode())


def failures(path: Path, document: bytes) -> tuple[str, ...]:
    """The ids of the assertions that do not hold, in the rules' order; the rest was asked and holds."""
    report = _report(path, document)
    return tuple(failed.get("id", "") for failed in report.iter(f"{SVRL}failed-assert"))


def asked(path: Path, document: bytes) -> int:
    """How many rules found something in the document to ask about."""
    return sum(1 for _ in _report(path, document).iter(f"{SVRL}fired-rule"))


def _report(path: Path, document: bytes) -> etree._Element:
    saxon = _saxon()
    node = saxon.parse_xml(xml_text=document.decode("utf-8"))
    said = _compiled(path).transform_to_string(xdm_node=node)
    return etree.fromstring(said.encode("utf-8"))
