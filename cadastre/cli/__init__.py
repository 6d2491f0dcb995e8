"""The ``cadastre`` command: each command calls one verb of the office.

Exit code 0 done, 1 refused or failed, 2 bad usage. ``--json`` prints machine-readable
results on stdout. Commands that need the web or the sample (``up``, ``serve``, ``sample``,
``bench``) come from the entry points of group ``cadastre.commands``.
"""

from __future__ import annotations

import sys

import typer

import cadastre.cli.counter as counter
import cadastre.cli.database as database
import cadastre.cli.deliveries as deliveries
import cadastre.cli.dossiers as dossiers
import cadastre.cli.exports as exports
import cadastre.cli.land as land
import cadastre.cli.merging as merging
import cadastre.cli.people as people
import cadastre.cli.plugins as plugins
import cadastre.cli.surveys as surveys
from cadastre.cli.console import refuse
from cadastre.errors import CadastreError

app = typer.Typer(
    name="cadastre",
    help="Bản đồ địa chính xã sau sáp nhập / The parcel map of a merged commune.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
database.register(app)
land.register(app)
surveys.register(app)
merging.register(app)
deliveries.register(app)
exports.register(app)
people.register(app)
dossiers.register(app)
counter.register(app, dossiers.dossier)


def main() -> None:
    """Run the command line and turn refusals into exit code 1."""
    plugins.register(app, sys.argv[1:])
    try:
        app()
    except CadastreError as refusal:
        refuse(refusal)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
