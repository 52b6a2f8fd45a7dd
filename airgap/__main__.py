"""`python -m airgap`."""

from airgap.cli import main

main()
