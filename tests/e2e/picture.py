"""Pictures for the documents, a third of a screenshot's size: 256 colours are enough for a page that has one accent."""

import base64
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# the browser that made a picture also reads it: base64 of a PNG -> [width, height, base64 of its RGBA bytes]
PIXELS = """async png => {
  const blob = await (await fetch(`data:image/png;base64,${png}`)).blob();
  const { width, height } = await createImageBitmap(blob);
  const brush = new OffscreenCanvas(width, height).getContext("2d");
  brush.drawImage(await createImageBitmap(blob), 0, 0);
  const pixels = new Blob([brush.getImageData(0, 0, width, height).data]);
  const url = await new Promise((done) => {
    const reader = Object.assign(new FileReader(), { onload: () => done(reader.result) });
    reader.readAsDataURL(pixels);
  });
  return [width, height, url.split(",")[1]];
}"""


async def keep(page: Page, file: Path) -> None:
    """Write what the page looks like into the file."""
    taken = await page.screenshot(animations="disabled")
    empty = await page.context.new_page()
    width, height, pixels = await empty.evaluate(PIXELS, base64.b64encode(taken).decode())
    await empty.close()
    rows = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(height, width, 4)
    file.write_bytes(smaller(rows[:, :, :3]))


def smaller(rows: NDArray[np.uint8]) -> bytes:
    """A PNG with a palette; `rows` has the shape (height, width, 3). Rare colours become the nearest of the frequent ones."""
    height, width, _ = rows.shape
    packed = rows.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    colours, where, counts = np.unique(packed, return_inverse=True, return_counts=True)
    kept = np.sort(np.argsort(counts)[-256:])
    channels = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1).astype(np.int32)
    far = ((channels[:, None, :] - channels[None, kept, :]) ** 2).sum(axis=2)
    lines = far.argmin(axis=1).astype(np.uint8)[where].reshape(height, width)
    unfiltered = np.concatenate([np.zeros((height, 1), np.uint8), lines], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    palette = channels[kept].astype(np.uint8).tobytes()
    parts = (b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(unfiltered, 9)), (b"IEND", b"")
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
