"""The vault: sealed values open only where they belong, under the right key."""

import pytest

from core.errors import ConfigError
from core.vault import Vault, read_master_key


@pytest.fixture
def vault():
    return Vault(b"m" * 32)


def owner(vault, name="tenant a"):
    return vault.owner(name, vault.new_data_key(name))


def test_opens_what_it_sealed(vault):
    mine = owner(vault)
    assert mine.open("token", mine.seal("token", b"secret")) == b"secret"


def test_sealed_bytes_hide_the_value(vault):
    assert b"secret" not in owner(vault).seal("token", b"secret")


@pytest.mark.parametrize(("kind", "version"), [("password", 1), ("token", 2)])
def test_refuses_a_moved_value(vault, kind, version):
    mine = owner(vault)
    with pytest.raises(ConfigError, match="damaged or was moved"):
        mine.open(kind, mine.seal("token", b"secret"), version)


def test_refuses_another_owner(vault):
    sealed = owner(vault, "tenant a").seal("token", b"secret")
    with pytest.raises(ConfigError):
        owner(vault, "tenant b").open("token", sealed)


def test_refuses_an_altered_value(vault):
    mine = owner(vault)
    sealed = bytearray(mine.seal("token", b"secret"))
    sealed[-1] ^= 1
    with pytest.raises(ConfigError):
        mine.open("token", bytes(sealed))


def test_wrong_master_key_is_told(vault):
    wrapped = vault.new_data_key("tenant a")
    with pytest.raises(ConfigError, match="not the one this data was written with"):
        Vault(b"x" * 32).owner("tenant a", wrapped)


def test_makes_a_private_key_file(tmp_path):
    path = tmp_path / "home" / "master.key"
    key = read_master_key(path, create=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_master_key(path, create=False) == key


def test_does_not_make_one_unasked(tmp_path):
    with pytest.raises(ConfigError, match="missing"):
        read_master_key(tmp_path / "master.key", create=False)


@pytest.mark.parametrize(
    ("text", "says"), [("kravbro master key, version 2\nAAAA\n", "version 1"), ("kravbro master key, version 1\n!!\n", "damaged")]
)
def test_refuses_a_strange_key_file(tmp_path, text, says):
    path = tmp_path / "master.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=says):
        read_master_key(path, create=False)


def test_refuses_a_readable_key_file(tmp_path):
    path = tmp_path / "master.key"
    read_master_key(path, create=True)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_master_key(path, create=False)
