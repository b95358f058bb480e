"""How much a feed file may ask of the machine that reads it."""

MAX_FILE_BYTES = 4 * 2**30
"""Of a file once unpacked: what a small archive may turn into."""

MAX_ROW_CHARACTERS = 16 * 2**20
"""Of one row. A longer one says that the file is not what the mapping takes it for, and nothing of it is used."""

MAX_COLUMNS = 1_000

MAX_DEPTH = 32
"""Of objects and arrays within a JSON row."""

MAX_RATIO = 200
"""How many times its packed size an archive may unpack to; text that people write stays below a tenth of it."""

RATIO_FROM_BYTES = 64 * 2**20
"""From here on the ratio counts: what is smaller once unpacked harms nobody, however well it was packed."""

MAX_UNPACKING_BYTES = 128 * 2**20
"""Of memory to unpack an xz or zstd archive with, which its header asks for. The strongest usual settings take 65 MiB
(`xz -9`) and 128 MiB (`zstd --ultra -22`, and `--long`)."""

MAX_DIRECTORY_BYTES = 4 * 2**20
"""Of the list of files in a zip archive, which is read whole."""

MAX_NESTING = 1_000
"""Of elements in an XML file, its rows included."""

FETCH_SECONDS = 900.0
"""For the whole of a feed at an address."""

MAX_PARQUET_MEMORY_BYTES = 3 * 2**29
"""Of address space, for the process that takes a Parquet file apart; DuckDB itself may fill 700 MB."""

MAX_PARQUET_SECONDS = 120
"""Of that process's time; a million rows take it two."""
