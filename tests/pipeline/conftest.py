"""The pipeline's modules lie beside its programs, where Python finds them only when it runs one of these."""

from __future__ import annotations

import sys
from pathlib import Path

PIPELINE = Path(__file__).parents[2] / "scripts" / "pipeline"

sys.path.insert(0, str(PIPELINE))
