"""What the exporter tells."""

import json
import sys
from datetime import UTC, datetime


def log(event: str, **fields: object) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps({"time": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, **fields}))
    sys.stdout.write("\n")
    sys.stdout.flush()
