/** Exit codes of every command; docs: README, "Exit codes". k6's own codes pass through as they are. */
export const EXIT = {
  passed: 0,
  /** Anything that no other code says, with one line why. */
  failed: 1,
  sloFailed: 99,
  badSetting: 107,
  interrupted: 130,
} as const;

/** Ends the command with this line on stderr and this code. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly code: number;
  constructor(message: string, code: number = EXIT.failed) {
    super(message);
    this.code = code;
  }
}
