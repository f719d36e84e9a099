"""Readers of agencies' files: bytes in, records or rejections out, one at a time. No database, no clock, no network."""
