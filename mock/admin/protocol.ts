/**
 * The admin API, on a port of its own, since a dead server has none: GET /fault tells an AdminState; PUT /fault with an AdminFault as
 * JSON makes that fault; DELETE /fault undoes it. Both answer with an AdminState, 400 with `{"error"}` in one line; 500 likewise when the port of
 * a dead server was taken by another meanwhile.
 */
export interface AdminFault {
  /**
   * dead: the port is closed, every connection reset. partition: connections stay, nothing passes, neither way. slow: all that the GPU
   * does takes `value` times as long. nvlink: each step of generating does, as when GPUs wait for each other; prompts are read as fast
   * as before.
   */
  fault: 'dead' | 'partition' | 'slow' | 'nvlink';
  /** Above 1; slow and nvlink only. */
  value?: number;
}

export interface AdminState {
  fault: AdminFault | null;
  /** What was done, oldest first; epoch ms at which it had taken effect. */
  log: { at: number; did: 'inject' | 'restore'; fault: AdminFault }[];
}
