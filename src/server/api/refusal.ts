/** Answers that refuse a request, each with its status, a code for programs and one sentence. */

/** An error whose sentence the client may read. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'Refused';
    this.status = status;
    this.code = code;
  }
}

/** The error for a request that is refused. */
export function refuse(status: number, code: string, message: string): Refused {
  return new Refused(status, code, message);
}
