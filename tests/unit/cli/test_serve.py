"""The port is looked at before any work is done."""

from __future__ import annotations

import argparse
import socket

import pytest

from nightlight.cli import demo, main, serve


def test_port_in_use_is_named_with_a_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind((serve.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main.main(["demo", "--port", str(port)]) == 6
    said = capsys.readouterr().err
    assert f"port {port} is in use" in said
    assert f"--port {port + 1}" in said


def test_free_port_is_accepted() -> None:
    with socket.socket() as probe:
        probe.bind((serve.HOST, 0))
        port = probe.getsockname()[1]
    serve.check_port(port)


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1"])
def test_port_that_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="not a port"):
        serve._port(text)


@pytest.mark.parametrize("text", ["0", "many", "-5"])
def test_number_of_children_must_be_one_or_more(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="1 or more"):
        demo._count(text)
