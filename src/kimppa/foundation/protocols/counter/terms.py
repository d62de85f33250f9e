"""The words of COUNTER: reports with their names in both releases, metrics, values, headings."""

from __future__ import annotations

R50, R51 = "5", "5.1"

# The report → its name in 5, its name in 5.1.
REPORTS = {
    "PR": ("Platform Master Report", "Platform Report"),
    "PR_P1": ("Platform Usage", "Platform Usage"),
    "DR": ("Database Master Report", "Database Report"),
    "DR_D1": ("Database Search and Item Usage", "Database Search and Item Usage"),
    "DR_D2": ("Database Access Denied", "Database Access Denied"),
    "TR": ("Title Master Report", "Title Report"),
    "TR_B1": ("Book Requests (Excluding OA_Gold)", "Book Requests (Controlled)"),
    "TR_B2": ("Book Access Denied", "Book Access Denied"),
    "TR_B3": ("Book Usage by Access Type", "Book Usage by Access Type"),
    "TR_J1": ("Journal Requests (Excluding OA_Gold)", "Journal Requests (Controlled)"),
    "TR_J2": ("Journal Access Denied", "Journal Access Denied"),
    "TR_J3": ("Journal Usage by Access Type", "Journal Usage by Access Type"),
    "TR_J4": ("Journal Requests by YOP (Excluding OA_Gold)", "Journal Requests by YOP (Controlled)"),
    "IR": ("Item Master Report", "Item Report"),
    "IR_A1": ("Journal Article Requests", "Journal Article Requests"),
    "IR_M1": ("Multimedia Item Requests", "Multimedia Item Requests"),
}
# The family → the field that names what was used.
SUBJECT = {"PR": "Platform", "DR": "Database", "TR": "Title", "IR": "Item"}

ITEM_USE = frozenset(
    f"{kind}_Item_{act}" for kind in ("Total", "Unique") for act in ("Investigations", "Requests")
)
TITLE_USE = frozenset({"Unique_Title_Investigations", "Unique_Title_Requests"})
DENIED = frozenset({"Limit_Exceeded", "No_License"})
DATABASE_SEARCHES = frozenset({"Searches_Regular", "Searches_Automated", "Searches_Federated"})
METRICS = ITEM_USE | TITLE_USE | DENIED | DATABASE_SEARCHES | {"Searches_Platform"}
# Metrics of a family that another family never has.
FOREIGN = {
    "PR": DATABASE_SEARCHES,
    "DR": frozenset({"Searches_Platform"}),
    "TR": DATABASE_SEARCHES | {"Searches_Platform"},
    "IR": DATABASE_SEARCHES | TITLE_USE | {"Searches_Platform"},
}
# What may never be more than what.
NEVER_MORE = tuple(
    [(f"Unique_Item_{act}", f"Total_Item_{act}") for act in ("Investigations", "Requests")]
    + [(f"Unique_Title_{act}", f"Unique_Item_{act}") for act in ("Investigations", "Requests")]
    + [
        (f"{kind}_Requests", f"{kind}_Investigations")
        for kind in ("Total_Item", "Unique_Item", "Unique_Title")
    ]
)
ONLY_50 = frozenset({"OA_Gold", "Other_Free_To_Read"})
ONLY_51 = frozenset({"Open", "Free_To_Read"})
ACCESS_TYPES = ONLY_50 | ONLY_51 | {"Controlled"}
ACCESS_METHODS = frozenset({"Regular", "TDM"})

IDENTIFIERS = {
    "doi": "DOI",
    "isbn": "ISBN",
    "print_issn": "Print_ISSN",
    "online_issn": "Online_ISSN",
    "uri": "URI",
    "proprietary": "Proprietary",
    "proprietary_id": "Proprietary",
    "url": "URI",
}
METRIC, TOTAL = "Metric_Type", "Reporting_Period_Total"
# In the order in which the headings of a table should stand.
HEADINGS = (
    *("Title", "Item", "Database", "Institution_Name", "Customer_ID"),
    *("Publisher", "Publisher_ID", "Platform", "Authors", "Publication_Date", "Article_Version"),
    *("DOI", "Proprietary_ID", "ISBN", "Print_ISSN", "Online_ISSN", "URI"),
    *("Parent_Title", "Parent_Authors", "Parent_Publication_Date", "Parent_Article_Version"),
    *("Parent_Data_Type", "Parent_DOI", "Parent_Proprietary_ID", "Parent_ISBN", "Parent_Print_ISSN"),
    *("Parent_Online_ISSN", "Parent_URI", "Data_Type", "Section_Type", "YOP", "Access_Type"),
    *("Access_Method", METRIC, TOTAL),
)


def family(report: str) -> str:
    """TR of TR_B1; empty where the report is none of the standard's."""
    return report.partition("_")[0] if report in REPORTS else ""


def by_name(name: str) -> str:
    """The report of that name in either release; empty if none."""
    plain = name.strip().casefold()
    return next((key for key, names in REPORTS.items() if plain in {n.casefold() for n in names}), "")
