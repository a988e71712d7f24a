/** What the jobs of a queue take of it now, and how many there have been. */
export interface QueueUse {
  usedCu: number;
  launching: number;
  running: number;
  succeeded: number;
  failed: number;
  cancelled: number;
}
