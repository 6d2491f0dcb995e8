"""Native readers over files that may be damaged: whatever they throw is one refusal by name.

GDAL, reached through pyogrio and fiona, answers damage with errors of many kinds, some of
them slips of the bindings themselves. Here they become :class:`FileUnreadable`, with the
line of the file where GDAL tells one.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cadastre.errors import CadastreError, InputRefused

#: GDAL puts the place in its own sources before what it says.
_OWN_PLACE = re.compile(r"\S+\.(?:cpp|cc|c|h), \d+: ")
#: Advice to programmers that follows what was found.
_HINT = re.compile(r"; It might help|\. It might help")
_MOST_SAID = 300
_LINE = re.compile(r"\bline (\d+)")


class FileUnreadable(InputRefused):
    """This file cannot be opened as a map; save or export it again."""

    message_vi = "Không mở được tệp này như bản đồ; hãy lưu hoặc xuất lại."


@contextmanager
def native_reader(path: Path) -> Iterator[None]:
    """Turn every fault of a native reader inside the block into a refusal of ``path``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except CadastreError:
            raise
        except Exception as broken:  # the bindings throw anything, SystemError included
            raise unreadable(path, broken) from broken


def unreadable(path: Path, broken: Exception) -> FileUnreadable:
    """Return the refusal of a file for what a native reader said about it."""
    said = told(broken, path)
    line = _LINE.search(said)
    facts = {} if line is None else {"row": int(line.group(1))}
    return FileUnreadable(f"{path.name}: {said}", f"{path.name}: {said}", file=path.name, **facts)


def told(broken: BaseException, path: Path) -> str:
    """Return what a reader said, without places in its sources and without folders.

    >>> told(ValueError("/src/ogr.cpp, 84: error at line 7 of /tmp/x/a.dxf"), Path("/tmp/x/a.dxf"))
    'error at line 7 of a.dxf'
    """
    said = _OWN_PLACE.sub("", str(broken)).replace(str(path), path.name)
    said = _HINT.split(said.replace(f"{path.parent}/", ""))[0].strip()
    return said[:_MOST_SAID] or type(broken).__name__
