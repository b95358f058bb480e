"""`highstreet openapi`: the API's description, as `/api/v1/openapi.json` serves it."""

import click


@click.command()
def openapi() -> None:
    """Print the API's OpenAPI document; `docs/openapi.json` is made so."""
    from highstreet.web.api.reference import openapi_json

    click.echo(openapi_json(), nl=False)
