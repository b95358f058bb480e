"""Pure algorithms: arrays in, arrays out; no input or output, no framework."""
