"""Tests that go through the whole running house."""
