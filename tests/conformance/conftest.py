"""The served application, as the tests of the API start it."""

from tests.web.api.conftest import api, market, runtime

__all__ = ["api", "market", "runtime"]
