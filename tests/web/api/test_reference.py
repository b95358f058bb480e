"""The API's description says what the API does, and the page that shows it loads nothing foreign."""

import json
import re
from pathlib import Path
from typing import Any, get_args

from litestar.routes import HTTPRoute

from highstreet.web import i18n
from highstreet.web.api.parameters import LanguageCode
from highstreet.web.api.reference import OPERATIONS, openapi, openapi_json
from highstreet.web.app import create_app
from highstreet.web.parameters import Parameters
from highstreet.web.runtime import Runtime
from tests.web.api.conftest import Api

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"


async def test_the_committed_document_is_the_served_one(api: Api) -> None:
    served = await api.get("/openapi.json")
    assert served.headers["content-type"] == "application/json"
    assert COMMITTED.read_bytes() == served.content, "run `highstreet openapi > docs/openapi.json`"


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of every operation."""
    return [(path, method, each) for path, item in openapi()["paths"].items() for method, each in item.items()]


def test_every_operation_is_described(runtime: Runtime) -> None:
    paths = {route.path_format for route in create_app(runtime).routes}
    served = {re.sub(r":\w+}", "}", path) for path in paths if path.startswith("/api/")}
    described = set(openapi()["paths"])
    assert served == described | {"/api/v1/openapi.json", "/api/v1/docs"}


def test_every_parameter_and_every_answer_is_described() -> None:
    for path, method, operation in operations():
        answered = set(operation["responses"])
        if "security" in operation:
            assert {"401", "403"} <= answered, path
            assert any(status.startswith("2") for status in answered), path
        elif method == "get":
            assert {"200", "304", "422", "503"} <= answered, path
        assert all(parameter["description"] for parameter in operation["parameters"]), path
        assert operation["summary"], path
        assert operation["description"], path


def test_every_handler_reads_its_parameters_by_the_one_strict_way(runtime: Runtime) -> None:
    for route in create_app(runtime).routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/"):
            for _, model in route.route_handler_map.values():
                assert not model.expected_query_params, route.path
    assert all(issubclass(operation.opt["parameters"], Parameters) for operation in OPERATIONS)


def test_no_reference_leads_nowhere() -> None:
    document = openapi_json().decode()
    schemas = openapi()["components"]["schemas"]
    references = set(re.findall(r'"#/components/schemas/(\w+)"', document))
    assert references <= set(schemas)
    assert not [name for name in schemas if name.endswith("View")]


def test_the_parameter_lang_knows_every_language() -> None:
    codes = get_args(get_args(LanguageCode)[0])
    assert set(codes) == {language.code for language in i18n.languages()}


async def test_the_page_shows_every_operation_and_loads_only_our_own(api: Api) -> None:
    page = await api.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert all(f'id="{operation["operationId"]}"' in page.text for _, _, operation in operations())
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert all(address.startswith(("/", "#")) for address in loaded)
    assert "<script" not in page.text
    assert "style=" not in page.text
    stylesheet = next(address for address in loaded if address.endswith(".css"))
    assert (await api.client.get(stylesheet)).status_code == 200
    anchors = {address[1:] for address in loaded if address.startswith("#")}
    assert all(f'id="{anchor}"' in page.text for anchor in anchors)


def test_the_document_is_json_that_a_person_can_read() -> None:
    assert json.loads(openapi_json())["openapi"] == "3.1.0"
    assert b"\n  " in openapi_json()
