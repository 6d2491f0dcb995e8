"""Queue tasks: each calls one verb of the office."""
