/** `nextbar/research`: for anyone who wants to know what a strategy's results are worth. */

export { auditLookahead, formatAudit } from '../research/index.ts';
export type { AuditOptions, AuditReport, Leak, WarmUp } from '../research/index.ts';
