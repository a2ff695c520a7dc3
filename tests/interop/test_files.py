"""Files of weights: what is written by NumPy and safetensors is read, and what else a file can be is refused."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Diagnostic, Network
from engine.interop import files, load_weights, tensors
from engine.interop.files import read_file
from tests.interop.stacks import linear, refusal, stack

SECONDS = 5
NAMED = {name: array.astype(np.float32) for name, array in linear(stack()).items()}


def npz(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of any members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def npy(header: str, content: bytes = b"", version: int = 1) -> bytes:
    """An array with any header."""
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header.encode("latin-1") + content


def declared(shape: str, dtype: str = "<f8", content: bytes = b"") -> bytes:
    return npy(f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n", content)


def safetensors(header: Any, content: bytes = b"") -> bytes:
    """A file of the format, written by hand: length of the header, header, numbers."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


def one(kind: str, shape: list[int], content: bytes) -> bytes:
    return safetensors({"W1": {"dtype": kind, "shape": shape, "data_offsets": [0, len(content)]}}, content)


def npy_of(array: Any) -> bytes:
    """As NumPy writes one array."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def saved(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


# ---- what is read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["<f8", ">f8", "f4", "f2", "i1", "u2", ">i4", "i8", "u8", "g"])
def test_what_numpy_saves_is_read_as_float64(save, dtype, tmp_path):
    matrix = np.arange(6).reshape(2, 3).astype(dtype)
    save(tmp_path / "w.npz", **{"dense/kernel:0": matrix, "b": np.asfortranarray(matrix.T), "c": matrix[0, 1]})
    found = {part.name: part for part in read_file(tmp_path / "w.npz")}
    assert found.keys() == {"dense/kernel:0", "b", "c"}
    np.testing.assert_array_equal(found["dense/kernel:0"].value, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(found["b"].value, [[0, 3], [1, 4], [2, 5]])
    assert found["c"].value == 1
    assert {part.value.dtype for part in found.values()} == {np.dtype(np.float64)}
    assert found["b"].dtype == np.dtype(dtype).name


@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_both_versions_of_headers_are_read(version, tmp_path):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.array([[1.0, 2.0, 3.0]]), version=version)
    (tmp_path / "w.npz").write_bytes(npz({"W1.npy": buffer.getvalue()}))
    assert read_file(tmp_path / "w.npz")[0].value.tolist() == [[1, 2, 3]]


def test_a_header_by_python_2_is_read(tmp_path):
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 1L), }\n"
    (tmp_path / "w.npz").write_bytes(npz({"W1.npy": npy(header, np.array([3.0, 4.0]).tobytes())}))
    assert read_file(tmp_path / "w.npz")[0].value.tolist() == [[3], [4]]


@pytest.mark.parametrize("kind", ["F64", "F32", "F16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8"])
def test_a_safetensors_file_written_by_hand_is_read(kind, tmp_path):
    pytest.importorskip("safetensors")
    dtype = {"F": "f", "I": "i", "U": "u"}[kind[0]] + str(int(kind[1:]) // 8)
    matrix = np.arange(6).reshape(2, 3)
    (tmp_path / "w.safetensors").write_bytes(one(kind, [2, 3], matrix.astype("<" + dtype).tobytes()))
    (part,) = read_file(tmp_path / "w.safetensors")
    assert (part.name, part.dtype) == ("W1", np.dtype(dtype).name)
    np.testing.assert_array_equal(part.value, matrix)


def test_bfloat16_is_read_exactly(tmp_path):
    pytest.importorskip("safetensors")
    # 1, -2, 3.140625 and the smallest normal number, as IEEE 754 has their upper 16 bits
    (tmp_path / "w.safetensors").write_bytes(one("BF16", [1, 4], struct.pack("<4H", 0x3F80, 0xC000, 0x4049, 0x0080)))
    (part,) = read_file(tmp_path / "w.safetensors")
    assert part.value.tolist() == [[1.0, -2.0, 3.140625, 2.0**-126]]
    assert part.dtype == "bfloat16"


def test_what_the_safetensors_package_writes_is_read(tmp_path):
    writer = pytest.importorskip("safetensors.numpy")
    writer.save_file(NAMED, tmp_path / "w.safetensors", metadata={"format": "np"})
    np.savez(tmp_path / "w.npz", **NAMED)
    program = Network([3, 5, 4, 2], ["tanh"] * 3, bias=True, samples="rows").program()
    from_one, _ = load_weights(program, tmp_path / "w.safetensors")
    from_other, _ = load_weights(program, str(tmp_path / "w.npz"))
    for name in program.parameters:
        np.testing.assert_array_equal(from_one.inputs[name], from_other.inputs[name])
    np.testing.assert_array_equal(from_one.inputs["W2"], NAMED["2.weight"].T)


def test_what_np_load_has_opened_is_a_mapping(tmp_path):
    np.savez(tmp_path / "w.npz", W1=np.ones((2, 3)))
    with np.load(tmp_path / "w.npz") as opened:
        assert load_weights(Network([3, 2], ["tanh"]).program(), opened).mapped[0].parameter == "W1"
    np.savez(tmp_path / "w.npz", W1=np.array([[None]]))
    with np.load(tmp_path / "w.npz") as opened:
        assert refusal(load_weights, Network([3, 2], ["tanh"]).program(), opened).code == "unreadable"


# ---- what is refused ---------------------------------------------------------------------------------------------

ZEROS = bytes(48)
ENCRYPTED = bytearray(npz({"W1.npy": declared("(2, 3)", content=ZEROS)}, zipfile.ZIP_STORED))
ENCRYPTED[6] |= 1
ENCRYPTED[ENCRYPTED.index(b"PK\x01\x02") + 8] |= 1
HOSTILE = {
    "nothing": (b"", "unreadable", "not a whole .npz"),
    "no archive": (b"not a zip", "unreadable", "not a whole .npz"),
    "cut off": (saved(NAMED)[:-30], "unreadable", "not a whole .npz"),
    "a pickle": (pickle.dumps({"W1": 1}), "unreadable", "not a whole .npz"),
    "an .npy": (declared("(2, 3)", content=ZEROS), "unreadable", "not a whole .npz"),
    "another member": (npz({"W1.txt": b""}), "unreadable", "'W1.txt' is not an array"),
    "a member that acts on a terminal": (npz({"\x1b[2J.npy": b""}), "unreadable", r"'\x1b[2J' is damaged"),
    "a name that acts on a terminal": (
        npz({"\x1b[2J.npy": declared("(2, 3)", content=ZEROS)}), "bad_text", r"'\x1b[2J'"),
    "an object array": (saved({"W1": np.array([[None, 3]])}), "bad_value", "W1 holds Python objects"),
    "an object array of a forged type": (npz({"W1.npy": declared("(1,)", "|O", pickle.dumps(3))}), "bad_value", "W1"),
    "records": (saved({"W1": np.zeros(3, dtype=[("a", "f4"), ("b", "O")])}), "bad_value", "W1 holds numbers"),
    "names of records": (npz({"W1.npy": npy("{}", version=3)}), "unreadable", "W1 is damaged"),
    "text": (saved({"W1": np.array(["a"])}), "bad_value", "W1 holds text"),
    "truth": (saved({"W1": np.array([True])}), "bad_value", "W1 holds true and false"),
    "complex": (saved({"W1": np.array([1j])}), "bad_value", "W1 holds complex"),
    "dates": (saved({"W1": np.array(["2024-01-01"], dtype="M8[D]")}), "bad_value", "W1 holds"),
    "bfloat16 of no name": (saved({"W1": np.zeros(3, dtype="V2")}), "bad_value", "W1 holds"),
    "NaN": (saved({"W1": np.array([[1.0, np.nan]])}), "not_finite", "W1[0,1] is nan"),
    "no entries": (saved({"W1": np.zeros((0, 3))}), "bad_shape", "W1 has no entries"),
    "a negative shape": (npz({"W1.npy": declared("(-2, -3)", content=ZEROS)}), "bad_shape", "W1 has no entries"),
    "fewer numbers than declared": (npz({"W1.npy": declared("(2, 4)", content=ZEROS)}), "unreadable", "W1 is damaged"),
    "more numbers than declared": (npz({"W1.npy": declared("(2, 2)", content=ZEROS)}), "unreadable", "W1 is damaged"),
    "a size beyond memory": (npz({"W1.npy": declared("(2000000, 2000000)")}), "too_large", "W1 has more than the"),
    "a size beyond integers": (npz({"W1.npy": declared(f"({2**62}, {2**62})")}), "too_large", "W1 has more"),
    "a size beyond its type": (npz({"W1.npy": declared("(2,)", "<f99999999")}), "unreadable", "W1 is damaged"),
    "a header that nests": (npz({"W1.npy": npy("(" * 5_000)}), "unreadable", "W1 is damaged"),
    "a header that negates": (npz({"W1.npy": npy("-" * 9_000 + "1")}), "unreadable", "W1 is damaged"),
    "a header without end": (npz({"W1.npy": npy("'" * 60_000)}), "unreadable", "W1 is damaged"),
    "a header that is a call": (npz({"W1.npy": npy("__import__('os').abort()")}), "unreadable", "W1 is damaged"),
    "a header of a version to come": (npz({"W1.npy": npy("{}", version=9)}), "unreadable", "W1 is damaged"),
    "bz2, which no one's size bounds": (npz({"W1.npy": declared("(2, 3)", content=ZEROS)}, zipfile.ZIP_BZIP2),
                                        "unreadable", "'W1.npy' is not an array"),
    "a password": (bytes(ENCRYPTED), "unreadable", "W1 is damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_an_npz_that_is_damaged_or_wants_too_much_is_refused_at_once(case, tmp_path):
    data, code, says = HOSTILE[case]
    path = tmp_path / "w.npz"
    path.write_bytes(data)
    start = time.perf_counter()
    problem = refusal(read_file, path)
    assert time.perf_counter() - start < SECONDS
    assert (problem.code, problem.where.file) == (code, str(path))
    assert says in problem.message
    assert "\x1b" not in str(problem)


def test_two_members_of_one_name_are_refused(tmp_path):
    data = npz({"W1.npy": declared("(2, 3)", content=ZEROS), "W2.npy": declared("(2, 3)", content=ZEROS)})
    (tmp_path / "w.npz").write_bytes(data.replace(b"W2.npy", b"W1.npy"))
    assert refusal(read_file, tmp_path / "w.npz").code == "assigned_twice"


def test_more_arrays_or_entries_than_a_program_may_have_are_refused(tmp_path, monkeypatch):
    (tmp_path / "w.npz").write_bytes(npz({f"{number}.npy": b"" for number in range(10_001)}, zipfile.ZIP_STORED))
    problem = refusal(read_file, tmp_path / "w.npz")
    assert (problem.code, problem.message) == ("too_large", "there are more than 10,000 arrays")
    np.savez(tmp_path / "w.npz", **NAMED)
    for most in (53, 54):  # 15 + 20 + 8 in matrices, 5 + 4 + 2 in biases
        monkeypatch.setattr(tensors, "MAX_TOTAL", most)
        if most < 54:
            assert refusal(read_file, tmp_path / "w.npz").code == "too_large"
        else:
            assert len(read_file(tmp_path / "w.npz")) == 6


@pytest.mark.parametrize(("shape", "code"), [("(100000000,)", "too_large"), ("(2, 3)", "unreadable")])
def test_a_bomb_is_refused_before_it_grows(shape, code, tmp_path):
    """100 MB of zeros in 100 kB: once the header tells of them, and once it does not."""
    path = tmp_path / "w.npz"
    zeros = bytes(10**7)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("W1.npy", "w") as member:
        member.write(declared(shape, "|i1"))
        for _ in range(10):
            member.write(zeros)
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    problem = refusal(read_file, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert problem.code == code
    assert peak < 2_000_000


def test_a_size_that_the_archive_denies_is_refused(tmp_path):
    """The directory says 80 bytes, where 100 MB are; zipfile stops there, and the sum of the content is wrong."""
    content = declared("(2, 3)", content=ZEROS)
    data = npz({"W1.npy": content + bytes(10**8)})
    size = struct.pack("<I", len(content) + 10**8)
    assert data.count(size) == 2
    (tmp_path / "w.npz").write_bytes(data.replace(size, struct.pack("<I", len(content))))
    assert refusal(read_file, tmp_path / "w.npz").code == "unreadable"


def test_a_pickle_is_never_run(tmp_path):
    class Malice:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "touched",))

    np.savez(tmp_path / "w.npz", W1=np.array([Malice()], dtype=object))
    problem = refusal(read_file, tmp_path / "w.npz")
    assert "a pickle, which may run any program" in problem.hints[0]
    assert not (tmp_path / "touched").exists()
    with np.load(tmp_path / "w.npz", allow_pickle=True) as opened:
        _ = opened["W1"]
    assert (tmp_path / "touched").exists(), "the pickle would have done nothing"


DAMAGED = {
    "nothing": (b"", "unreadable", "not a whole .safetensors"),
    "cut off": (one("F32", [2, 3], bytes(24))[:-1], "unreadable", "not a whole .safetensors"),
    "too long": (one("F32", [2, 3], bytes(24)) + b"x", "unreadable", "not a whole .safetensors"),
    "a header beyond the file": (struct.pack("<Q", 2**63) + b"{}", "unreadable", "not a whole .safetensors"),
    "a header beyond a limit": (safetensors(b" " * 2_000_001), "too_large", "longer than the 2,000,000 bytes"),
    "a header that nests": (safetensors(b"[" * 1_000_000), "unreadable", "not a whole .safetensors"),
    "a header of no text": (safetensors(b'{"\x1b\xff":{}}'), "unreadable", "not a whole .safetensors"),
    "a size that is not there": (one("F32", [2, 4], bytes(24)), "unreadable", "not a whole .safetensors"),
    "a size beyond integers": (one("F32", [2**62, 2**62], bytes(24)), "unreadable", "not a whole .safetensors"),
    "no entries": (one("F32", [0, 2**62], b""), "bad_shape", "W1 has no entries"),
    "truth": (one("BOOL", [2], b"\0\1"), "bad_value", "W1 holds BOOL"),
    "eight bits": (one("F8_E4M3", [2], b"\0\1"), "bad_value", "W1 holds F8_E4M3"),
    "NaN": (one("BF16", [2], b"\0\0\xc0\x7f"), "not_finite", "W1[1] is nan"),
    "a name that acts on a terminal": (
        one("U8", [1], b"x").replace(b"W1", b"\x1b["), "unreadable", "not a whole"),
    "an escaped name that acts on a terminal": (
        safetensors({"\x1b[2J": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}, b"x"),
        "bad_text", r"'\x1b[2J'"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_a_safetensors_file_that_is_damaged_or_no_numbers_is_refused_at_once(case, tmp_path):
    pytest.importorskip("safetensors")
    data, code, says = DAMAGED[case]
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    start = time.perf_counter()
    problem = refusal(read_file, path)
    assert time.perf_counter() - start < SECONDS
    assert (problem.code, problem.where.file) == (code, str(path))
    assert says in problem.message
    assert "\x1b" not in str(problem)


def test_without_the_safetensors_package_it_is_said_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "w.safetensors").write_bytes(one("F32", [2, 3], bytes(24)))
    monkeypatch.setitem(sys.modules, "safetensors", None)
    problem = refusal(read_file, tmp_path / "w.safetensors")
    assert problem.code == "not_installed"
    assert problem.hints[0] == "pip install 'chainstep[safetensors]'"


def test_importing_interop_loads_neither_safetensors_nor_torch():
    code = "import sys, engine.scenario, engine.interop; assert not {'safetensors', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("w.pt", "safetensors.torch.save_file(model.state_dict()"), ("w.PTH", "save_file"), ("w.pkl", "save_file"),
        ("w.weights.h5", "np.savez('layer.npz', **{v.path: v.numpy()"), ("w.npy", "np.savez('layer.npz', W1"),
        ("w", None), ("w.csv", None),
    ],
)  # fmt: skip
def test_another_format_is_refused_unread_with_how_to_save_instead(name, hint, tmp_path):
    problem = refusal(read_file, tmp_path / name)
    assert problem.code == "bad_format"
    assert hint is None or hint in problem.hints[0]


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path):
    (tmp_path / "folder.npz").mkdir()
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "zero.npz").symlink_to("/dev/zero")
    for name in ("folder.npz", "pipe.npz", "zero.npz", "absent.npz", "\0.npz", "a" * 5_000 + ".npz"):
        assert refusal(read_file, tmp_path / name).code == "unreadable"


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "w.npz"
    with path.open("wb") as file:
        file.truncate(files.MAX_BYTES + 1)  # a hole, which takes no room
    assert refusal(read_file, path).code == "too_large"


# ---- thousands of damaged files ----------------------------------------------------------------------------------


def mutated(source: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(source.choice([1, 1, 2, 5])):
        place = source.randrange(len(changed))
        match source.randrange(7):
            case 0:
                changed[place] ^= 1 << source.randrange(8)
            case 1:
                changed[place] = source.choice([0, 1, 0x7F, 0x80, 0xFF])
            case 2:
                del changed[place : place + source.choice([1, 4, 50])]
            case 3:
                changed[place:place] = changed[place // 2 : place // 2 + 8]
            case 4:
                changed[place : place + 4] = struct.pack("<I", source.choice([0, 2**16, 2**31, 2**32 - 1]))
            case 5 | 6:  # a letter or a digit of the header
                letters = [at for at, byte in enumerate(changed[:400]) if chr(byte).isalnum()]
                changed[source.choice(letters or [0])] = source.choice(b"0123456789bcfiuOUVF-")
        if not changed:
            break
    return bytes(changed)


SMALL = {"W1": np.arange(1.0, 7.0).reshape(2, 3), "b1": np.array([1, 2], dtype=np.float32)}
COMPRESSED = npz({f"{name}.npy": npy_of(array) for name, array in SMALL.items()})
SAFETENSORS = safetensors(
    {"W1": {"dtype": "F64", "shape": [2, 3], "data_offsets": [0, 48]},
     "b1": {"dtype": "F16", "shape": [2], "data_offsets": [48, 52]}},
    np.arange(1.0, 7.0).tobytes() + np.array([1, 2], dtype="<f2").tobytes(),
)  # fmt: skip


def damaged(kind: str, source: random.Random) -> bytes:
    """A file whose bytes are wrong, or an archive that is right and has a member whose bytes are wrong."""
    if kind == "safetensors":
        return mutated(source, SAFETENSORS)
    if kind == "member":
        return npz({"W1.npy": mutated(source, declared("(2, 3)", content=SMALL["W1"].tobytes()))})
    return mutated(source, saved(SMALL) if kind == "stored" else COMPRESSED)


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("stored", {"read", "unreadable"}),  # the archive's own sums notice almost everything
        ("deflated", {"read", "unreadable"}),
        ("member", {"read", "unreadable", "bad_value", "not_finite"}),
        ("safetensors", {"read", "unreadable", "not_finite"}),
    ],
)
def test_thousands_of_damaged_files_are_read_or_refused(kind, codes):
    if kind == "safetensors":
        pytest.importorskip("safetensors")
    read = files.READERS[".safetensors" if kind == "safetensors" else ".npz"]
    source = random.Random(7)
    found: Counter[str] = Counter()
    messages: list[str] = []
    for _ in range(2_000):
        try:
            parts = list(read(damaged(kind, source)))
        except Diagnostic as problem:
            found[problem.code] += 1
            messages.append(str(problem))
        else:
            assert all(np.isfinite(part.value).all() for part in parts)
            found["read"] += 1
    assert codes <= set(found)
    assert found["unreadable"] > 300
    assert found["read"] > 30
    assert all(message.startswith("error[") and "\x1b" not in message for message in messages)
