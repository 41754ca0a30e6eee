/** One fault of a declaration: where (RFC 6901 pointer), what, and what to do. */
export interface DeclarationFault {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** Makes one fault. */
export function fault(path: string, code: string, message: string, next: string): DeclarationFault {
  return { path, code, message, next };
}
