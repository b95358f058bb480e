"""The first page: what waits for somebody here, as far as this operator may see to it."""

from highstreet.web.answers import Answer
from highstreet.web.operator.office import Office, page
from highstreet.web.problems import HttpRequest


async def entrance_page(request: HttpRequest, office: Office) -> Answer:
    del request
    return page(office, "operator_entrance.html", office.language.translate("Operator"), {"waiting": []})
