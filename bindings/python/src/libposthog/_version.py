"""The release this package belongs to.

The file VERSION at the root of the project is the only place the number is written. Building a wheel copies it beside
this module; in a checkout it is read where it is.
"""

from __future__ import annotations

import os


def _read() -> str:
    here = os.path.dirname(os.path.realpath(__file__))
    packaged = os.path.isfile(os.path.join(here, "VERSION"))
    with open(os.path.join(here, *[os.pardir] * (0 if packaged else 4), "VERSION"), encoding="ascii") as file:
        return file.read().strip()


VERSION = _read()
