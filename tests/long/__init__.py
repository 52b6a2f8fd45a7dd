"""Tests of things that go wrong for a long time or at a large scale: minutes each, on a Docker engine."""
