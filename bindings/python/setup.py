"""The version comes from the project's VERSION file, which setuptools refuses to read outside this directory."""

from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_py import build_py

VERSION = (Path(__file__).resolve().parents[2] / "VERSION").read_text(encoding="ascii")


class BuildWithVersion(build_py):
    """Puts the file beside the module that reads it."""

    def run(self) -> None:
        super().run()
        (Path(self.build_lib) / "libposthog" / "VERSION").write_text(VERSION, encoding="ascii")


# Python 3.10 and later load it; without a compiler the package does without.
accelerator = Extension(
    "libposthog._accelerator",
    ["accelerator/calls.c", "accelerator/client.c", "accelerator/decode.c", "accelerator/encode.c"],
    depends=["accelerator/accelerator.h"],
    extra_compile_args=["-std=c11", "-fvisibility=hidden"],
    optional=True,
    py_limited_api=True,
)

setup(
    version=VERSION.strip(),
    cmdclass={"build_py": BuildWithVersion},
    ext_modules=[accelerator],
    # One wheel for all of them: it uses the stable ABI alone.
    options={"bdist_wheel": {"py_limited_api": "cp310"}},
)
