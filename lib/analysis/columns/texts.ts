/** Rows that share one string. */
const BLOCK = 1024;

/** One text a row, a byte a character where it is plain: strings of their own would take twice the memory. Empty is absent. */
export class Texts {
  private readonly blocks: { text: string; ends: Uint32Array }[] = [];
  private open: string[] = [];

  push(text: string): void {
    this.open.push(text);
    if (this.open.length < BLOCK) return;
    let end = 0;
    this.blocks.push({ text: this.open.join(''), ends: Uint32Array.from(this.open, (t) => (end += t.length)) });
    this.open = [];
  }

  at(row: number): string | undefined {
    const block = this.blocks[Math.floor(row / BLOCK)];
    const k = row % BLOCK;
    const text = block ? block.text.slice(k > 0 ? block.ends[k - 1] : 0, block.ends[k]) : this.open[k];
    return text || undefined;
  }
}
