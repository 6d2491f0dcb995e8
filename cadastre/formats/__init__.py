"""Files in and out: the only room that reads and writes geodata files.

Every reader gives an account of every record: loaded, repaired or refused. The number of
records is taken from the file itself, never from the library that reads it.
"""
