"""Structured logs: one JSON object a line on standard error. No personal data.

Values that could name a person are dropped here, whoever logs them; requests are logged by route name
and status, never by address or query (a search is somebody's reading).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from types import TracebackType

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

NEVER = frozenset(
    {
        "address",
        "body",
        "card",
        "cookie",
        "email",
        "headers",
        "ip",
        "password",
        "patron",
        "phone",
        "pin",
        "query",
        "remote_addr",
        "search",
        "token",
        "url",
        "user_agent",
        "username",
    }
)


def without_people(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop the values that might name or describe a person."""
    return {name: value for name, value in event.items() if name not in NEVER}


def type_of_error_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Of an exception keep its type and where it rose; its text may quote what a person wrote."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = [_place(frame.tb_frame.f_code.co_filename, frame.tb_lineno) for frame in _frames(error)]
    return event


def _frames(error: BaseException) -> list[TracebackType]:
    frames, here = [], error.__traceback__
    while here is not None:
        frames.append(here)
        here = here.tb_next
    return frames[-6:]


def _place(file: str, line: int) -> str:
    return f"{'/'.join(file.split('/')[-3:])}:{line}"


def from_settings(told: Mapping[str, str]) -> None:
    """What the settings' LOGGING_CONFIG names."""
    configure(told["level"])


def configure(level: str) -> None:
    """Set structlog and the standard library's loggers to write JSON lines to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        type_of_error_only,
        without_people,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_only_our_words, *shared],
            pass_foreign_args=True,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore"):  # they log full addresses
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _only_our_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Django's own records quote request paths; keep what happened and the route's name, not the path.

    Paths may carry a secret (a technician's page, an invitation) or tell what somebody reads.
    """
    values = event.pop("positional_args", ())
    record = event.get("_record")
    if isinstance(record, logging.LogRecord) and record.name.startswith("django.") and values:
        event["event"] = str(record.msg).removesuffix(": %s")
        if event["event"] == "%s" and isinstance(values, tuple):  # "Not Found: /path" and its like
            event["event"] = str(values[0])
        route = getattr(getattr(getattr(record, "request", None), "resolver_match", None), "view_name", None)
        if route:
            event["route"] = str(route)
        status = getattr(record, "status_code", None)
        if isinstance(status, int):
            event["status"] = status
    return event
