/** The platform for assistants: the questions of the HTTP API as tools of the Model Context Protocol, over standard input and output. */
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';

import { ConfigError, messageOf } from '../../core/index.ts';
import { openAnswers, type AnswerOptions, type QuestionName } from '../api/answers.ts';
import { passCommand } from '../api/control.ts';
import { endpoints, type Endpoint } from '../api/endpoints.ts';
import { faultText, Refused } from '../api/gate/refusal.ts';
import type { AuditLog } from '../security/audit.ts';

/** Options of the server. */
export interface McpOptions extends AnswerOptions {
  readonly version: string;
  /** Whether assistants may also stop and flatten sessions. Default false: they only read. */
  readonly isControlAllowed?: boolean;
  readonly audit: AuditLog;
  readonly stdin: Readable;
  readonly stdout: Writable;
}

/** Rows of an answer by default, and at most: an assistant pays for what it reads. */
const [usualRows, mostBars] = [100, 1_000];
const controls = ['stop', 'flatten'] as const;
type ToolName = QuestionName | (typeof controls)[number];

const instructions =
  'Market data, kept runs and live sessions of nextbar. Times are milliseconds UTC; bars are [time, open, high, low, close, volume] with time at their opening. ' +
  'Ask series first to see which bars are stored, and exchanges and symbols for what is listed.';

/**
 * Serves until the input ends.
 *
 * @returns A function that stops it.
 * @throws {ConfigError} If the package `@modelcontextprotocol/sdk` is not installed.
 */
export async function startMcp(options: McpOptions): Promise<{ readonly ended: Promise<void>; close(): Promise<void> }> {
  const [{ McpServer }, { StdioServerTransport }, { CallToolRequestSchema, ListToolsRequestSchema }] = await Promise.all([
    import('@modelcontextprotocol/sdk/server/mcp.js'),
    import('@modelcontextprotocol/sdk/server/stdio.js'),
    import('@modelcontextprotocol/sdk/types.js'),
  ]).catch((cause: unknown) => {
    throw new ConfigError('nextbar mcp needs the package @modelcontextprotocol/sdk: run npm install @modelcontextprotocol/sdk', {
      code: 'missing-package',
      context: { package: '@modelcontextprotocol/sdk' },
      cause,
    });
  });
  const answers = await openAnswers(options);
  const names = (Object.keys(endpoints) as (keyof typeof endpoints)[]).filter(
    (name): name is ToolName => name in answers.to || (options.isControlAllowed === true && (controls as readonly string[]).includes(name)),
  );
  const tools = new Map(names.map((name) => [name as string, { name, ...toolOf(endpoints[name]) }]));
  const mcp = new McpServer({ name: 'nextbar', version: options.version }, { capabilities: { tools: {} }, instructions });
  mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [...tools.values()].map(({ name, endpoint, schema }) => ({
      name,
      description: endpoint.about,
      inputSchema: schema as { type: 'object' },
      annotations: { readOnlyHint: name in answers.to, destructiveHint: !(name in answers.to), openWorldHint: false },
    })),
  }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const tool = tools.get(params.name);
    try {
      if (tool === undefined) throw new Refused(404, 'no-tool', `there is no tool '${params.name}': the tools are ${names.join(', ')}`);
      const given = tool.read(params.arguments ?? {});
      const found = isControl(tool.name) ? command(tool.name, given, options) : await answers.to[tool.name](given, given);
      const content = found as Record<string, unknown>;
      return { content: [{ type: 'text', text: JSON.stringify(content) }], structuredContent: content };
    } catch (error) {
      return { isError: true, content: [{ type: 'text', text: messageOf(error) }] };
    }
  });
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  options.stdin.once('end', end).once('close', end);
  mcp.server.onclose = end;
  await mcp.connect(new StdioServerTransport(options.stdin, options.stdout));
  return {
    ended,
    close: async () => {
      await mcp.close();
      answers.close();
    },
  };
} // prettier-ignore

function isControl(name: ToolName): name is (typeof controls)[number] {
  return (controls as readonly string[]).includes(name);
}

function command(kind: (typeof controls)[number], given: unknown, { sessions, runtime, audit }: McpOptions): object {
  const { session } = given as { readonly session: string };
  return passCommand(kind, session, { subject: 'mcp' }, { sessions, runtime, audit });
}

/** A tool takes the query and the parts of the path as one object. Its values may be texts, numbers or booleans. */
function toolOf(endpoint: Endpoint): { endpoint: Endpoint; schema: object; read(given: object): unknown } {
  const shape = {
    ...(endpoint.query as z.ZodObject).shape,
    ...(endpoint.params as z.ZodObject).shape,
  };
  const input = z.strictObject(shape);
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {})
      // An answer is one text here.
      .filter(([name]) => name !== 'format')
      .map(([name, property]) => [name, typed(property as { readonly description?: string; readonly enum?: readonly unknown[] })]),
  );
  return {
    endpoint,
    schema: { ...schema, properties },
    read: (given) => {
      const texts = Object.entries(given).filter(([name]) => name !== 'format').map(([name, value]) => [name, String(value)]);
      const limit = 'limit' in shape && !('limit' in given) ? { limit: String(usualRows) } : {};
      const checked = input.safeParse({ ...limit, ...Object.fromEntries(texts) });
      if (!checked.success) {
        const [issue] = checked.error.issues;
        throw new Refused(400, 'bad-request', faultText(issue!.path.join('.'), issue!, Object.keys(shape)));
      }
      const { limit: rows } = checked.data as { readonly limit?: number };
      if ('timeframe' in shape && rows !== undefined && rows > mostBars) throw new Refused(400, 'bad-request', `limit: must be ${mostBars} at most here, was ${rows}`);
      return checked.data;
    },
  };
} // prettier-ignore

/** The type that an assistant should send: the API itself takes texts, as addresses do. */
function typed({ enum: values, ...property }: { readonly description?: string; readonly enum?: readonly unknown[] }): object {
  if (values?.includes('true') === true) return { ...property, type: 'boolean' };
  if (property.description?.startsWith('From ') === true) return { description: property.description, type: 'integer' };
  return values === undefined ? property : { ...property, enum: values };
} // prettier-ignore
