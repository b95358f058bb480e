"""The sandbox provider's face under `/_psp/`: its API, its pages and its controls. Exists only in demo and test."""
