"""The fonts of printed papers: copied from the locked npm packages into the Python package and so the wheel.

Two families in two weights are what the templates use; the packages hold nine weights each.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.assets import node_packages_ensure
from tools.environment import STAMPS
from tools.places import FONTS, ROOT
from tools.stamps import digest
from tools.tell import step

__all__ = ["WANTED", "fonts_ensure"]

#: File below node_modules/@expo-google-fonts → its name in the package.
WANTED = {
    "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf": "NotoSerifSC-Regular.ttf",
    "noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf": "NotoSerifSC-Bold.ttf",
    "noto-serif-sc/LICENSE_FONT": "NotoSerifSC-OFL.txt",
    "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf",
    "noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf": "NotoSansSC-Bold.ttf",
    "noto-sans-sc/LICENSE_FONT": "NotoSansSC-OFL.txt",
}


def fonts_ensure() -> None:
    """Have the fonts in the package, unless they were copied for this very lock and list."""
    wanted = digest([ROOT / "package-lock.json", Path(__file__)], ROOT)
    if STAMPS.holds("fonts", wanted) and all((FONTS / name).is_file() for name in WANTED.values()):
        return
    node_packages_ensure()
    with step("Copying the fonts of printed papers"):
        FONTS.mkdir(parents=True, exist_ok=True)
        for source, name in WANTED.items():
            fresh = FONTS / f"{name}.new"
            shutil.copyfile(ROOT / "node_modules" / "@expo-google-fonts" / source, fresh)
            fresh.replace(FONTS / name)
    STAMPS.put("fonts", wanted)
