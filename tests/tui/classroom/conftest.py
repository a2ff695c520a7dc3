from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.classroom.broker import Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that keeps what it is told, over a restart too."""
    started = Broker(tmp_path)
    yield started
    started.kill()


@pytest.fixture
def forgetful_broker(tmp_path: Path) -> Iterator[Broker]:
    """One that has forgotten everything after a restart."""
    started = Broker(tmp_path, keeps=False)
    yield started
    started.kill()
