/** Research: what a strategy's results are worth. */
export { auditLookahead, type AuditOptions, type AuditReport } from './audit.ts';
export type { Leak } from './audit-leaks.ts';
export type { WarmUp } from './audit-warm.ts';
export { formatAudit } from './audit-report.ts';
