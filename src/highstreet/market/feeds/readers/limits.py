"""How much a feed file may ask of the machine that reads it."""

MAX_FILE_BYTES = 4 * 2**30
"""Of a file once unpacked: what a small archive may turn into."""

MAX_ROW_CHARACTERS = 16 * 2**20
"""Of one row. A longer one says that the file is not what the mapping takes it for, and nothing of it is used."""

MAX_COLUMNS = 1_000

MAX_DEPTH = 32
"""Of objects and arrays within a JSON row."""
