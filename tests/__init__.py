"""Tests, one folder a ring; docs/architecture.md says what each ring is."""
