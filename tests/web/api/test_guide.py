"""The examples of docs/api.md are run, and answer in the shape that the guide shows."""

import json
import re
from pathlib import Path
from typing import Any, cast

from tests.architecture.documents import Example, examples
from tests.web.api.conftest import Api

GUIDE = Path(__file__).parents[3] / "docs" / "api.md"
_CURL = re.compile(r"^curl -si? 'http://127\.0\.0\.1:8000(/\S+)'$")


async def test_every_example_of_the_guide_answers_as_it_says(api: Api) -> None:
    deal_id = await api.publish()
    blocks = list(examples(GUIDE.read_text(encoding="utf-8")))
    asked = 0
    for number, block in enumerate(blocks):
        for line in block.code.splitlines() if block.language == "sh" else ():
            found = _CURL.match(line)
            assert found, f"docs/api.md:{block.line}: {line} is not a request that this test can make"
            answer = await api.client.get(found[1].replace("{id}", str(deal_id)))
            shown = _shown(blocks, number)
            assert answer.status_code == shown.get("status", 200), f"docs/api.md:{block.line}: {answer.text}"
            _has_shape(answer.json(), shown, f"docs/api.md:{block.line}")
            asked += 1
    assert asked > 5


def _shown(blocks: list[Example], number: int) -> dict[str, Any]:
    """The JSON that the guide shows right after the requests, if it shows any."""
    after = blocks[number + 1] if number + 1 < len(blocks) else None
    return json.loads(after.code) if after and after.language == "json" else {}


def _has_shape(answered: Any, shown: Any, where: str) -> None:  # noqa: ANN401 - any JSON
    """Everything that is shown is there, and of the same kind."""
    if isinstance(shown, dict):
        assert isinstance(answered, dict), where
        for name, value in cast("dict[str, Any]", shown).items():
            assert name in answered, f"{where}: the answer has no {name}"
            _has_shape(answered[name], value, f"{where}.{name}")
    elif isinstance(shown, list) and shown:
        assert answered, f"{where}: the answer has none"
        _has_shape(answered[0], shown[0], where)
