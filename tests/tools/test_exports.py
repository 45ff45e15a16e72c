"""The package's own names: sorted, lazy, all there."""

from __future__ import annotations

import subprocess
import sys

from cxr_lens import tools


def test_every_exported_name_resolves() -> None:
    assert list(tools.__all__) == sorted(tools.__all__)
    for name in tools.__all__:
        assert getattr(tools, name) is not None


def test_importing_the_package_loads_no_torch() -> None:
    code = "import sys, cxr_lens.tools; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
