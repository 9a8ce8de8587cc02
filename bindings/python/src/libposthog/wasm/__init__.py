"""The wasm engine: posthog.wasm in wasmtime, for platforms that cannot load the shared library.

A host written from wasm/ABI.md; the sections named here are that page's. It is loaded where a module is asked for and not
otherwise, and needs the package wasmtime. Its ``Calls`` offers what those of ``_ctypes`` and the accelerator offer.
"""

from .calls import Calls

__all__ = ["Calls"]
