"""Log lines are for machines or for people, and hold no secret for either."""

import json
import logging
from collections.abc import Generator
from io import StringIO

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kit.logs import configure_logs
from highstreet.kit.settings import LogFormat, Secret


@pytest.fixture(autouse=True)
def restored() -> Generator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def test_machines_get_one_json_object_a_line_from_us_and_from_libraries() -> None:
    stream = StringIO()
    configure_logs(LogFormat.JSON, stream)
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.stdlib.get_logger("ours").info("swept", count=3)
    logging.getLogger("theirs").warning("lost %d connections", 2)
    ours, theirs = map(json.loads, stream.getvalue().splitlines())
    assert (ours["event"], ours["count"], ours["request_id"], ours["level"]) == ("swept", 3, "abc", "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("lost 2 connections", "theirs", "warning")


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.binary())))
def test_whatever_is_told_makes_one_line_of_ascii(told: dict[str, object]) -> None:
    stream = StringIO()
    configure_logs(LogFormat.JSON, stream)
    structlog.stdlib.get_logger("ours").info("told", about=told, **{f"x{name}": told[name] for name in told})
    (line,) = stream.getvalue().splitlines()
    assert line.isascii()
    assert json.loads(line)["event"] == "told"


def test_a_failure_brings_its_traceback_within_its_line() -> None:
    stream = StringIO()
    configure_logs(LogFormat.JSON, stream)
    problem = RuntimeError("no\nmore")
    structlog.stdlib.get_logger("ours").error("failed", exc_info=problem)
    (line,) = stream.getvalue().splitlines()
    assert "RuntimeError: no\nmore" in json.loads(line)["exception"]


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_secrets_are_hidden_from_everyone(log_format: LogFormat) -> None:
    stream = StringIO()
    configure_logs(log_format, stream)
    structlog.stdlib.get_logger("ours").info(
        "opened", password="swordfish", api_token="swordfish", key=Secret("swordfish"), Cookie="swordfish"
    )
    assert "opened" in stream.getvalue()
    assert "swordfish" not in stream.getvalue()


def test_what_is_no_terminal_gets_json_without_being_asked() -> None:
    stream = StringIO()
    configure_logs(None, stream)
    structlog.stdlib.get_logger("ours").info("swept")
    assert json.loads(stream.getvalue())["event"] == "swept"


@pytest.mark.parametrize("library", ["httpx", "stripe"])
def test_addresses_that_libraries_ask_are_not_told(library: str) -> None:
    stream = StringIO()
    configure_logs(LogFormat.JSON, stream)
    logging.getLogger(library).info("HTTP Request: POST http://127.0.0.1/_psp/pay/pay_secret")
    assert stream.getvalue() == ""
