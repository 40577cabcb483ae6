/** What is wrong with a value, and what is allowed; parseSetting adds which setting it is. */
export class Bad extends Error {
  readonly allowed: string;
  constructor(wrong: string, allowed: string) {
    super(wrong);
    this.allowed = allowed;
  }
}
