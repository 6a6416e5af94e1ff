"""The start of the app: what it must not load."""

import subprocess
import sys

from config import ROOT

SELDOM = ("alembic", "docx", "email_validator", "flask_migrate", "holidays", "lxml", "odfdo", "stream_write_ods", "xlsxwriter")
"""Libraries that most processes never use; together they are as slow to load as everything else."""

START = """
import sys
from pathlib import Path
from config import TestConfig
from unionops.app import create_app
create_app(TestConfig(f"sqlite:///{sys.argv[1]}/office.db", home=Path(sys.argv[1])))
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_start_loads_no_library_that_is_seldom_used(tmp_path):
    done = subprocess.run([sys.executable, "-c", START, str(tmp_path)], cwd=ROOT, check=True, capture_output=True, text=True)
    loaded = done.stdout.split()
    assert "flask" in loaded
    assert set(SELDOM) & set(loaded) == set()
