"""A small HTTP client for load on this machine: one connection a request, as the server's sync workers answer."""

import asyncio
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

HOST = "127.0.0.1"
PATIENCE = 120.0


@dataclass(frozen=True)
class Ask:
    """One request and the status it should get."""

    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    expected: int = 200

    def raw(self, port: int) -> bytes:
        lines = [f"{'GET' if self.body is None else 'POST'} {self.path} HTTP/1.1", f"Host: {HOST}:{port}"]
        lines += ["Connection: close", *(f"{name}: {value}" for name, value in self.headers)]
        if self.body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + (self.body or b"")


@dataclass
class Result:
    """What came back: seconds and statuses of all requests, and the bodies that were asked to be kept."""

    elapsed: float = 0.0
    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.elapsed if self.elapsed else 0.0

    def quantile(self, share: float) -> float:
        """Return the milliseconds within which `share` of the requests was answered."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


async def _answer(ask: Ask, port: int) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(ask.raw(port))
        raw = await reader.read(-1)
    finally:
        writer.close()
    head, found, body = raw.partition(b"\r\n\r\n")
    return (int(head[9:12]), body) if found else (0, raw)


async def _one(ask: Ask, port: int, result: Result, since: float | None = None, keep: bool = False) -> None:
    started = time.perf_counter() if since is None else since
    try:
        status, body = await asyncio.wait_for(_answer(ask, port), PATIENCE)
    except (TimeoutError, OSError, ValueError) as exc:
        status, body = 0, type(exc).__name__.encode()
    result.seconds.append(time.perf_counter() - started)
    result.statuses[status] = result.statuses.get(status, 0) + 1
    if status != ask.expected and len(result.unexpected) < 5:
        result.unexpected.append(f"{status} {ask.path}: {body[:300].decode(errors='replace')}")
    if keep:
        result.bodies.append(body)


async def _closed(asks: Iterator[Ask], port: int, connections: int, seconds: float) -> Result:
    result, started = Result(), time.perf_counter()

    async def run() -> None:
        while time.perf_counter() - started < seconds and (ask := next(asks, None)) is not None:
            await _one(ask, port, result)

    await asyncio.gather(*(run() for _ in range(connections)))
    result.elapsed = time.perf_counter() - started
    return result


async def _steady(asks: Iterator[Ask], port: int, rate: float, seconds: float) -> Result:
    result, started = Result(), time.perf_counter()
    running: set[asyncio.Task[None]] = set()
    for n in range(int(rate * seconds)):
        due = started + n / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if (ask := next(asks, None)) is None:
            break
        # Counted from when it was due: a late server is not excused by a late client.
        task = asyncio.create_task(_one(ask, port, result, since=due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    result.elapsed = time.perf_counter() - started
    return result


async def _barrier(asks: Iterable[Ask], port: int) -> Result:
    result, started = Result(), time.perf_counter()
    await asyncio.gather(*(_one(ask, port, result, keep=True) for ask in asks))
    result.elapsed = time.perf_counter() - started
    return result


def closed(asks: Iterator[Ask], port: int, connections: int, seconds: float) -> Result:
    """Keep `connections` requests under way, each followed by the next, for some seconds."""
    return asyncio.run(_closed(asks, port, connections, seconds))


def steady(asks: Iterator[Ask], port: int, rate: float, seconds: float) -> Result:
    """Send `rate` requests a second, whether or not the earlier ones are answered."""
    return asyncio.run(_steady(asks, port, rate, seconds))


def barrier(asks: Iterable[Ask], port: int) -> Result:
    """Send all at once and keep the answers."""
    return asyncio.run(_barrier(asks, port))
