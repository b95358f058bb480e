"""The reference of settings as a page: `python -m highstreet.kit.settings_page > docs/settings.md`.

With `--check` it compares instead, and exits 1 where `docs/settings.md` is not what the settings are.
"""

import sys

from highstreet.kit import generated
from highstreet.kit.settings import PREFIX, Setting, reference

NAME = "settings.md"

_HEADER = f"""\
# Settings

Every setting there is. Generated: `python -m highstreet.kit.settings_page > docs/settings.md`

From the environment, or from a TOML file named by `{PREFIX}CONFIG` or `--config`, where they are written without the
prefix and in lower case: `port = 8000`. The environment wins. A setting that is misspelt, contradictory or not
understood stops the start and is named. What is marked as secret is never shown: not in logs, errors or answers.

| setting | says | default | secret |
|---|---|---|---|
"""


def page() -> str:
    """The whole page, in the order in which the settings are declared."""
    return _HEADER + "".join(_line(setting) for setting in reference())


def _line(setting: Setting) -> str:
    says = setting.description.replace("|", "\\|")
    default = f"`{setting.default}`" if setting.default is not None else ""
    return f"| `{setting.name}` | {says} | {default} | {'secret' if setting.secret else ''} |\n"


if __name__ == "__main__":
    sys.exit(generated.tell(page(), NAME, sys.argv[1:]))
