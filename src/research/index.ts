/** Research: finding parameters, and what a strategy's results are worth. */
export { auditLookahead, type AuditOptions, type AuditReport } from './audit/audit.ts';
export type { Leak } from './audit/leaks.ts';
export type { WarmUp } from './audit/warm.ts';
export { formatAudit } from './audit/report.ts';
export * from './statistics/index.ts';
