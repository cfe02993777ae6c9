"""Tests of cases, applications and certificates."""
