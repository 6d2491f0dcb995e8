"""``python -m cadastre`` is the ``cadastre`` command."""

from cadastre.cli import main

main()
