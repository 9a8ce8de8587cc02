"""What the package needs of ``typing`` while it runs. Importing that takes longer than importing the package, so that type
checkers alone see the real one: everything else of it is imported under TYPE_CHECKING."""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import TypedDict as TypedDict
else:

    class TypedDict:
        """As typing's: the annotations include the inherited ones, and a call makes a dict."""

        __annotations__ = {}

        def __init_subclass__(cls, total=True):
            cls.__annotations__ = {**cls.__base__.__annotations__, **cls.__annotations__}

        def __new__(cls, *args, **members):
            return dict(*args, **members)
