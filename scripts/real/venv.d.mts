/** There is no Python that could make an environment; the message says what to install. */
export class PythonMissing extends Error {}

/** The command of a usable Python. @throws {PythonMissing} */
export function findPython(candidates?: string[]): Promise<string>;
