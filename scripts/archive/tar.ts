/** Bytes of a tar's block: a header is one, contents are filled up to whole ones. */
const BLOCK = 512;
const blocks = (size: number) => Math.ceil(size / BLOCK) * BLOCK;

/** What an entry's header says of it. Octal, as Go's archive/tar writes it for all below 8 GB. */
const SIZE = { at: 124, length: 12 };
const CHECKSUM = { at: 148, length: 8 };

/**
 * A tar with other contents in some of its files; everything else of it stays as it is.
 * @param other told a file's name (its last 100 bytes where it is longer) and contents; undefined where they stay
 */
export function withOther(tar: Buffer, other: (name: string, contents: Buffer) => Buffer | undefined): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < tar.length) {
    const header = tar.subarray(at, at + BLOCK);
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(header.toString('latin1', SIZE.at, SIZE.at + SIZE.length), 8) || 0;
    const end = at + BLOCK + blocks(size);
    const contents = size > 0 ? other(name, tar.subarray(at + BLOCK, at + BLOCK + size)) : undefined;
    if (contents)
      parts.push(headerFor(header, contents.length), contents, Buffer.alloc(blocks(contents.length) - contents.length));
    else parts.push(tar.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

function headerFor(header: Buffer, size: number): Buffer {
  const made = Buffer.from(header);
  made.write(`${size.toString(8).padStart(SIZE.length - 1, '0')}\0`, SIZE.at, 'latin1');
  made.fill(' ', CHECKSUM.at, CHECKSUM.at + CHECKSUM.length); // which is how the sum is taken
  const sum = made.reduce((total, byte) => total + byte, 0);
  made.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM.at, 'latin1');
  return made;
}
