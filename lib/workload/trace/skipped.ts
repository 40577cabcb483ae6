/** What is said of rows that were left out because they could not be read. */
export const skippedText = (count: number, first: string | undefined): string =>
  `${count === 1 ? '1 row' : `${count} rows`} of the trace could not be read and ${count === 1 ? 'was' : 'were'} left out, the first at ${first}`;
