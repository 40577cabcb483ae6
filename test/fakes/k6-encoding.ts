/** k6/encoding outside k6. Bytes that are no UTF-8 become replacement characters, as in Go. */
export default {
  b64encode: (input: string | ArrayLike<number>): string =>
    (typeof input === 'string' ? Buffer.from(input) : Buffer.from(Array.from(input))).toString('base64'),
  b64decode: (input: string, _encoding: 'std', format?: 's'): string | ArrayBuffer => {
    const bytes = Buffer.from(input, 'base64');
    return format === 's' ? bytes.toString('utf8') : Uint8Array.from(bytes).buffer;
  },
};
