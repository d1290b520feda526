/** Live sessions seen from other processes: the state that each writes, and the commands that it takes. */
export { SessionBoard, type BoardFacts } from './board.ts';
export { sendCommand, SessionInbox, type SessionCommandFile } from './inbox.ts';
export { readSession, readSessions, type SessionEvent, type SessionRecord } from './record.ts';
