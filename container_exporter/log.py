"""What the exporter tells."""

import json
import sys
from datetime import UTC, datetime


def log(event: str, **fields: object) -> None:
    """One line of JSON on standard output."""
    line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, **fields})
    sys.stdout.write(f"{line}\n")  # at once: other threads write, too
    sys.stdout.flush()
