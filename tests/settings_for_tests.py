"""The project's settings on a data directory of the run's own; what only makes tests slow is taken out."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="shanhe-test-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
(_folder / "static").mkdir()  # whitenoise looks for it
os.environ["SHANHE_DATA_DIR"] = str(_folder)  # also for programs that tests start
os.environ.setdefault("SHANHE_SECRET_KEY", "tests-only-" + "0" * 64)

from shanhe.project.settings import *  # noqa: E402, F403
from shanhe.project.settings import DATABASES  # noqa: E402

# Else every client of every test looks for all built files anew, which takes longer than most requests.
WHITENOISE_USE_FINDERS = False

# argon2 takes a tenth of a second by design; its own tests name it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, so that tests with threads meet the locks a server meets; not synced, so that it is quick.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = DATABASES["default"]["OPTIONS"]["init_command"].replace(
        "synchronous=FULL", "synchronous=OFF"
    )
