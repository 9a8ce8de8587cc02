"""The release this package belongs to.

The file VERSION at the root of the project is the only place the number is written. Building a wheel copies it beside
this module; in a checkout it is read where it is.
"""

from __future__ import annotations

from pathlib import Path


def _read() -> str:
    here = Path(__file__).resolve()
    packaged = here.with_name("VERSION")
    source = packaged if packaged.is_file() else here.parents[4] / "VERSION"
    return source.read_text(encoding="ascii").strip()


VERSION = _read()
