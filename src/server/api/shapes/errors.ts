/** What the API answers when it refuses, and about its health. */
import { z } from 'zod';

export const healthShape = z.object({ status: z.enum(['ok', 'unavailable']), detail: z.string().optional() });
export const errorShape = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
