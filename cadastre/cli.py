"""The ``cadastre`` command."""
