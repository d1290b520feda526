/** Answers that refuse a request, each with its status, a code for programs and one sentence. */
import { foreignHint, unknownName } from '../../../core/index.ts';

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

/** A fault that a schema found. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  /** The values that an enumeration allows. */
  readonly values?: readonly unknown[] | undefined;
  /** Names that the schema does not know. */
  readonly keys?: readonly string[] | undefined;
}

/** What is wrong with a parameter, in one sentence. */
export function faultText(field: string, { code, message, values, keys }: Fault, known: readonly string[]): string {
  const [unknown] = keys ?? [];
  if (unknown !== undefined) {
    const hint = foreignHint(unknown, known);
    return hint === undefined ? unknownName('parameter', unknown, known).message : `unknown parameter '${unknown}': ${hint}`; // prettier-ignore
  }
  return `${field === '' ? '' : `${field}: `}${worded(code, message, values)}`;
}

function worded(code: string, message: string, values: readonly unknown[] | undefined): string {
  if (code === 'invalid_type' && message.endsWith('received undefined')) return 'is missing';
  if (code === 'invalid_type' && message.endsWith('received array')) return 'was given twice';
  return code === 'invalid_value' && values !== undefined ? `must be one of ${values.join(', ')}` : message;
}
