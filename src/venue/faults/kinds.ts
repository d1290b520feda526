/** The vocabulary of faults: everything that can go wrong between a program and an exchange, one word each. */

/**
 * Faults of sockets.
 *
 * - `refuse`: no socket opens. `drop`: the socket closes. `silence`: no data, while heartbeats continue.
 * - `gap`: single frames are lost. `duplicate`: frames arrive twice (of a request: rows do). `reorder`: two frames swap places.
 * - `slow`: frames arrive late, all together. `garbage`: something that is no message arrives in between.
 * - `cut`: half a frame, then the socket closes. `corrupt`: one size in a book is wrong.
 */
export const socketFaults = [
  'refuse', 'drop', 'silence', 'gap', 'duplicate', 'reorder', 'slow', 'garbage', 'cut', 'corrupt',
] as const; // prettier-ignore

/** Faults of a request that never reaches the exchange: what comes back instead of an answer, or nothing. */
export const connectionFaults = [
  'too-many-requests', 'banned', 'region-block', 'server-error', 'bad-gateway', 'maintenance', 'web-page', 'empty-body',
  'broken-json', 'hang', 'hang-in-body', 'reset',
] as const; // prettier-ignore

/**
 * Faults of an answer: the request is carried out, and the client does not learn its outcome.
 *
 * `lost-answer`: nothing arrives. `spoiled-answer`: a web page does. `late-answer`: the answer takes 2 to 30 seconds.
 */
export const answerFaults = ['lost-answer', 'spoiled-answer', 'late-answer'] as const;

/** Faults of the data: a well-formed answer whose rows are not the ones requested. */
export const pageFaults = ['short-page', 'overlap', 'duplicate', 'disorder', 'ignore-since'] as const;

/** Faults that strike a request, whether it is carried out or not. */
export const requestFaults = [...connectionFaults, ...answerFaults, ...pageFaults] as const;

/** A fault of sockets. */
export type SocketFault = (typeof socketFaults)[number];
export type ConnectionFault = (typeof connectionFaults)[number];
export type AnswerFault = (typeof answerFaults)[number];
export type PageFault = (typeof pageFaults)[number];
/** A fault of requests. */
export type RequestFault = (typeof requestFaults)[number];

/** Any fault. `old-book` answers a request for a book with one from a moment ago. */
export type FaultKind = SocketFault | RequestFault | 'old-book';

/** Every fault, each once. */
export const faultKinds: readonly FaultKind[] = [
  ...new Set<FaultKind>([...socketFaults, ...requestFaults, 'old-book']),
];

/** Whether the rows of an answer are altered, rather than the connection. */
export function isPageFault(kind: FaultKind): kind is PageFault {
  return (pageFaults as readonly string[]).includes(kind);
}

/** Whether the request is carried out, and only its answer goes wrong. */
export function isAnswerFault(kind: FaultKind): kind is AnswerFault {
  return (answerFaults as readonly string[]).includes(kind);
}
