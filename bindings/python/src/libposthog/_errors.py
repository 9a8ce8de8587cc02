"""The one exception of this package."""

from __future__ import annotations


class PostHogError(Exception):
    """A failed operation.

    ``code`` is the library's name for the failure (``INVALID_ARGUMENT``, ``QUEUE_FULL``, ``CLOSED``, ...), or the
    binding's own ``NOT_LOADED`` when no usable library was found. ``message`` says what was expected; it never quotes
    event contents or keys.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
