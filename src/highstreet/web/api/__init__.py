"""The JSON API for partners and programs: `/api/v1`, its OpenAPI document and the page that shows it."""
