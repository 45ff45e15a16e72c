"""Which device a command runs on."""

from __future__ import annotations

from .errors import RequestError


def pick_device(name: str) -> str:
    """`auto` is the first CUDA device, else the processor; `RequestError` for a device that is not here."""
    import torch  # noqa: PLC0415  torch takes seconds to import

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name.partition(":")[0] not in ("cpu", "cuda", "mps"):
        raise RequestError(f"{name!r} is not a device; expected auto, cpu, cuda or mps")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise RequestError("there is no CUDA device here; use --device cpu")
    if name.startswith("mps") and not torch.backends.mps.is_available():
        raise RequestError("there is no Apple MPS device here; use --device cpu")
    return name
