"""The faces of the marketplace over HTTP; handlers call services only."""
