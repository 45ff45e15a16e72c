"""Tensors out of a pickled PyTorch file without running any code from it.

torchxrayvision's releases are whole pickled modules. Unpickling one as PyTorch does imports and calls whatever the
file names. Here every class in the file becomes an inert record; the only callables that run are the four that build
a tensor from a storage. What comes out is the module's state dict: parameters and buffers by their dotted names.

Both layouts of `torch.save` are read: the zip archive (PyTorch >= 1.6) and the older stream of pickles.
Formats: https://github.com/pytorch/pytorch/blob/v2.6.0/torch/serialization.py
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from ..errors import RequestError

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_MAX_BYTES = 4 << 30
_DTYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


class _Inert:
    """Stands for every class and function the file names: takes anything, does nothing."""

    def __init__(self, *_: Any, **__: Any):
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:  # dict subclasses
        pass

    def append(self, value: Any) -> None:  # list subclasses
        pass

    def extend(self, values: Any) -> None:
        pass


class _StorageType:
    def __init__(self, dtype: torch.dtype):
        self.dtype = dtype


class _Storage:
    """A storage whose bytes may arrive later, as in the older layout."""

    def __init__(self, dtype: torch.dtype):
        self.dtype = dtype
        self.tensor: Tensor | None = None


class _LazyTensor:
    """A view into a storage, resolved once all storages are read."""

    def __init__(self, storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...]):
        self.storage, self.offset, self.size, self.stride = storage, offset, tuple(size), tuple(stride)

    def resolve(self) -> Tensor:
        flat = self.storage.tensor
        if flat is None:
            raise RequestError("a tensor's storage is missing: the file is cut short")
        last = self.offset + sum((n - 1) * s for n, s in zip(self.size, self.stride, strict=True) if n > 0)
        if min((self.offset, *self.stride), default=0) < 0 or (0 not in self.size and last >= flat.numel()):
            raise RequestError("a tensor reaches outside its storage: the file is damaged")
        return torch.as_strided(flat, self.size, self.stride, self.offset).clone()


def _rebuild_tensor(storage: Any, offset: int, size: Any, stride: Any, *_: Any) -> _LazyTensor:
    if not isinstance(storage, _Storage):
        raise RequestError("a tensor has no storage: the file is damaged")
    return _LazyTensor(storage, offset, size, stride)


def _rebuild_parameter(data: Any, *_: Any) -> Any:
    return data


_CALLABLES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
}


class _Reader(pickle.Unpickler):
    """An unpickler that can build containers, inert records and tensor views, and nothing else."""

    def __init__(self, file: BinaryIO, storages: dict[str, _Storage]):
        super().__init__(file, encoding="utf-8")
        self.storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _CALLABLES:
            return _CALLABLES[module, name]
        if module in ("torch", "torch.storage") and name in _DTYPES:
            return _StorageType(_DTYPES[name])
        return type(name, (_Inert,), {})

    def persistent_load(self, pid: Any) -> Any:
        if isinstance(pid, tuple) and pid and pid[0] == "module":
            return pid[1]  # ('module', class, file name, source text): the source is ignored
        if not (
            isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage" and isinstance(pid[1], _StorageType)
        ):
            raise RequestError("the file refers to something that is not a tensor's storage")
        return self.storages.setdefault(str(pid[2]), _Storage(pid[1].dtype))


def read_pickled_tensors(path: Path) -> dict[str, Tensor]:
    """The state dict of a pickled module, or of a pickled (nested) dict of tensors, on the CPU.

    Raises `RequestError` where the file is no PyTorch file, is damaged, or holds no tensors.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise RequestError(f"{path.name} is larger than {_MAX_BYTES >> 30} GiB")
    try:
        root = _read_zip(path) if zipfile.is_zipfile(path) else _read_stream(path)
    except (pickle.UnpicklingError, EOFError, KeyError, struct.error, zipfile.BadZipFile, AttributeError) as error:
        raise RequestError(f"{path.name} cannot be read as a PyTorch file: {error}") from None
    except (TypeError, IndexError, ValueError) as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(f"{path.name} is damaged: {error}") from None
    found: dict[str, Tensor] = {}
    _collect(root, "", found, depth=0)
    if not found:
        raise RequestError(f"{path.name} holds no tensors")
    return found


def _read_zip(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        index = next((n for n in names if n.endswith("/data.pkl")), None)
        if index is None:
            raise RequestError(f"{path.name} is a zip archive, but not one that PyTorch wrote")
        if sum(info.file_size for info in archive.infolist()) > _MAX_BYTES:
            raise RequestError(f"{path.name} unpacks to more than {_MAX_BYTES >> 30} GiB")
        storages: dict[str, _Storage] = {}
        root = _Reader(io.BytesIO(archive.read(index)), storages).load()
        for key, storage in storages.items():
            storage.tensor = _tensor(archive.read(f"{index.removesuffix('data.pkl')}data/{key}"), storage.dtype)
    return root


def _read_stream(path: Path) -> Any:
    storages: dict[str, _Storage] = {}
    with path.open("rb") as file:
        if _Reader(file, {}).load() != _LEGACY_MAGIC:
            raise RequestError(f"{path.name} is not a PyTorch file")
        _Reader(file, {}).load()  # protocol version
        _Reader(file, {}).load()  # the writer's byte order and integer sizes
        root = _Reader(file, storages).load()
        for key in _Reader(file, {}).load():
            (count,) = struct.unpack("<q", file.read(8))
            storage = storages[str(key)]
            storage.tensor = _tensor(file.read(count * storage.dtype.itemsize), storage.dtype, count)
    return root


def _tensor(data: bytes, dtype: torch.dtype, count: int | None = None) -> Tensor:
    if count is not None and len(data) != count * dtype.itemsize:
        raise RequestError("the file is cut short")
    return torch.frombuffer(bytearray(data), dtype=dtype) if data else torch.empty(0, dtype=dtype)


def _collect(value: Any, prefix: str, found: dict[str, Tensor], depth: int) -> None:
    """Tensors by dotted name: through dicts, and through a module's parameters, buffers and submodules."""
    if depth > 64:
        raise RequestError("the file nests deeper than any network")
    if isinstance(value, _LazyTensor):
        found[prefix] = value.resolve()
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, str):
                _collect(item, f"{prefix}.{key}" if prefix else key, found, depth + 1)
    elif isinstance(value, _Inert) and isinstance(value.state, dict):
        for part in ("_parameters", "_buffers", "_modules"):
            _collect(value.state.get(part) or {}, prefix, found, depth + 1)
