"""Demo services: something real to monitor, and somewhere for its notifications to arrive.

One image, five services, started as ``python3 -m demo <service>``: ``api``, ``frontend``, ``worker``,
``load`` and ``sink``. They exist for the dev stack only.
"""
