"""Tests of the recorder, room by room."""
