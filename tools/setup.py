"""Set-up: environment, assets, catalogues, compiled kernels. A step once done is skipped next time."""

from __future__ import annotations

import os

from tools.assets import assets_ensure
from tools.environment import STAMPS, environment_ensure, only_one
from tools.fonts import fonts_ensure
from tools.places import LOCALE, PACKAGE, ROOT, data_dir, venv_python
from tools.stamps import digest
from tools.tell import attempt, step

__all__ = ["project_environment", "setup"]


def setup(profile: str = "build", *, assets: bool = True) -> None:
    """Have everything that a command needs; ``profile`` is a key of environment.PROFILES."""
    with only_one():
        environment_ensure(profile)
        if assets:
            assets_ensure()
            fonts_ensure()
        _catalogues_ensure()
        _kernels_ensure()


def project_environment() -> dict[str, str]:
    """The environment variables that Shanhe runs with from a checkout."""
    return os.environ | {"SHANHE_DATA_DIR": str(data_dir()), "PYTHONUTF8": "1"}


def _catalogues_ensure() -> None:
    texts = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
    wanted = digest(texts, ROOT)
    if STAMPS.holds("catalogues", wanted) and all(text.with_suffix(".mo").exists() for text in texts):
        return
    with step("Compiling translations"):
        attempt([venv_python(), "-m", "tools.catalogue", "compile"], cwd=ROOT, env=project_environment())
    STAMPS.put("catalogues", wanted)


def _kernels_ensure() -> None:
    """Compile the numeric kernels now, so that the first patrol does not wait for it."""
    wanted = digest((PACKAGE / "kernel").rglob("*.py"), ROOT)
    if STAMPS.holds("kernels", wanted):
        return
    with step("Compiling the numeric kernels"):
        attempt([venv_python(), "-m", "shanhe", "warm"], cwd=ROOT, env=project_environment())
    STAMPS.put("kernels", wanted)
