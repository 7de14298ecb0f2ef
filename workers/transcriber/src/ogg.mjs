// Ogg (RFC 3533): the packets of the first stream in a file.

const head = 27;  // bytes of a page before its table

const table = Uint32Array.from({ length: 256 }, (_, i) => {
  let sum = i << 24;
  for (let bit = 0; bit < 8; bit++) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  return sum;
});

function checksum(page) {
  let sum = 0;
  for (let i = 0; i < page.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : page[i];  // where the sum itself stands
    sum = (sum << 8) ^ table[(sum >>> 24) ^ byte];
  }
  return sum >>> 0;
}

/** Yields packets until the file ends, or a page is cut off or broken. */
export function* oggPackets(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let serial;
  let begun = [];  // parts of a packet that goes on
  for (let at = 0; at + head <= bytes.length && view.getUint32(at) === 0x4f676753;) {
    const sizes = bytes.subarray(at + head, at + head + bytes[at + 26]);
    const end = at + head + bytes[at + 26] + sizes.reduce((sum, size) => sum + size, 0);
    if (end > bytes.length || checksum(bytes.subarray(at, end)) !== view.getUint32(at + 22, true)) return;
    serial ??= view.getUint32(at + 14, true);
    if (serial === view.getUint32(at + 14, true)) {
      let from = at + head + sizes.length;
      // What says that it goes on, and was not begun, is the rest of something lost.
      let lost = (bytes[at + 5] & 1) === 1 && begun.length === 0;
      if ((bytes[at + 5] & 1) === 0) begun = [];
      for (let i = 0, size = 0; i < sizes.length; i++) {
        size += sizes[i];
        if (sizes[i] === 255 && i + 1 < sizes.length) continue;
        begun.push(bytes.subarray(from, from + size));
        from += size;
        size = 0;
        if (sizes[i] === 255) break;  // goes on in the next page
        if (!lost) yield begun.length === 1 ? begun[0] : Buffer.concat(begun);
        lost = false;
        begun = [];
      }
    }
    at = end;
  }
}
