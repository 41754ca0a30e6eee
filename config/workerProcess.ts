/**
 * How Node runs the worker, to stay under 300 MB at a million rows. Measured there, peak RSS and
 * CPU time: Node's defaults 401 MB, 5.6 s; heap of 256 MB at most and one thread that collects
 * 271 MB, 5.6 s; with two arenas of malloc (threads share them) 256 MB, 6.2 s. 60 MB of the heap
 * are in use; the limit only makes V8 collect before it grows.
 * A young heap of half the usual size: files that follow each other without a pause peaked at 292 to
 * 295 MB instead of 320 to 333 MB. With the queue of deliveries beside that of the runs they peaked at 302 to
 * 307 MB (test/e2e/hostile), with a quarter of the usual size at 297 MB, and with 20 workflows cached instead
 * of 50 at 265 to 280 MB.
 */
export const WORKER_NODE_ARGS = [
  '--enable-source-maps',
  '--max-old-space-size=256',
  '--max-semi-space-size=4',
  '--single-threaded-gc',
] as const;

/** Read by glibc before the process begins, so the parent process sets it. */
export const WORKER_ENV = { MALLOC_ARENA_MAX: '2' } as const;
