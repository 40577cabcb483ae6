/** There is no k6 to run; one line that says why and what to do. */
export class BuildError extends Error {
  name = 'BuildError';
}
