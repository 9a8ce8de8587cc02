"""The version comes from the project's VERSION file, which setuptools refuses to read outside this directory."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

VERSION = (Path(__file__).resolve().parents[2] / "VERSION").read_text(encoding="ascii")


class BuildWithVersion(build_py):
    """Puts the file beside the module that reads it."""

    def run(self) -> None:
        super().run()
        (Path(self.build_lib) / "libposthog" / "VERSION").write_text(VERSION, encoding="ascii")


setup(version=VERSION.strip(), cmdclass={"build_py": BuildWithVersion})
