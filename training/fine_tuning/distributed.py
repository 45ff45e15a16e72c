"""Several processes training one model, started by torchrun; alone, everything here does nothing.

    torchrun --nproc-per-node 2 --no-python cxr-lens train --config FILE --data ROOT --out RUN

torchrun tells each process its place in RANK, LOCAL_RANK and WORLD_SIZE. Each takes every `size`-th film of a batch,
so that together they see what one process would; gradients are averaged by DistributedDataParallel (Li et al., VLDB
2020). Only the first process writes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.distributed as dist
from torch import nn

from ..errors import RequestError


@dataclass(frozen=True)
class World:
    """The processes of a run, and which of them this is."""

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def leads(self) -> bool:
        """Whether this process writes and reports."""
        return self.rank == 0

    @property
    def share(self) -> slice:
        """This process's rows of anything that all of them divide."""
        return slice(self.rank, None, self.size)

    def sum(self, values: Sequence[float]) -> list[float]:
        """Of each value over the processes."""
        if self.size == 1:
            return list(values)
        held = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(held)
        return held.tolist()

    def gather(self, own: np.ndarray, rows: int) -> np.ndarray:
        """(rows, L) f32 put together from every process's `share` of it: each row once."""
        if self.size == 1:
            return own
        whole = torch.zeros(rows, own.shape[1], device=self.device)
        whole[self.share] = torch.from_numpy(own).to(self.device)
        dist.all_reduce(whole)  # every row is zero in all processes but one
        return whole.cpu().numpy()

    @torch.no_grad()
    def average_buffers(self, network: nn.Module) -> None:
        """Batch-norm statistics, which DistributedDataParallel leaves different in each process."""
        if self.size == 1:
            return
        for buffer in network.buffers():
            if buffer.is_floating_point():
                dist.all_reduce(buffer)
                buffer.div_(self.size)

    def wait(self) -> None:
        """Until every process is here."""
        if self.size > 1:
            dist.barrier()

    def leave(self) -> None:
        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()


def join_world(device: str) -> World:
    """This process's place. Reads what torchrun set, so only the command line calls it."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return World(device=torch.device(device))
    rank, local = int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"])
    if device.startswith("cuda"):
        if local >= torch.cuda.device_count():
            raise RequestError(
                f"process {local} of this machine has no GPU of its own: there are {torch.cuda.device_count()}; "
                "start torchrun with as many processes as there are GPUs"
            )
        device = f"cuda:{local}"
        torch.cuda.set_device(local)
    elif device == "mps":
        raise RequestError("Apple's GPU trains in one process; start cxr-lens without torchrun")
    dist.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    return World(rank, size, torch.device(device))
