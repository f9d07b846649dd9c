/** A service's OpenAPI 3.1 document, made from its controllers and request classes when it is first asked for. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { commonProblems, type ProblemKind } from './problems/problem';

/** How every error looks; the codes that there are stand in `x-problems`. */
const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'retryable', 'traceId'],
  properties: {
    type: { type: 'string', format: 'uri', example: 'http://127.0.0.1:8080/problems/invalid-request' },
    title: { type: 'string', example: commonProblems['invalid-request'].title },
    status: { type: 'integer', example: 400 },
    detail: { type: 'string', example: commonProblems['invalid-request'].cure },
    instance: { type: 'string', example: '/orders' },
    code: { type: 'string', example: 'invalid-request' },
    retryable: { type: 'boolean', example: false },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: {
          pointer: { type: 'string', example: '/items/0/quantity' },
          code: { type: 'string', example: 'is-int' },
          message: { type: 'string', example: 'quantity must be an integer number' },
        },
      },
    },
    traceId: { type: 'string', pattern: '^[0-9a-f]{32}$', example: '4bf92f3577b34da6a3ce929d0e0e4736' },
  },
};

const ERROR_ANSWER = {
  description: 'A problem (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const header = (name: string, example: string, description: string) => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string', example },
});
/** Headers that mean the same on every call. */
const HEADERS = {
  ConsistencyToken: header(
    'Consistency-Token',
    'e30',
    'What the caller has seen or written, as the last answer gave it: this answer shows at least that.',
  ),
  Prefer: header('Prefer', 'wait=5', 'Seconds to wait for what the token names, or for the decision of an order.'),
  IdempotencyKey: header(
    'Idempotency-Key',
    '7d9f1b0e-8f6b-4a53-9d0e-2f1c5a7b9e11',
    'Names this request: sent again with the same key it has one effect and one answer.',
  ),
};
/** Who is signed in, and with which keys, is outside of the logs that tokens and keys are about. */
const WITHOUT_HEADERS = /^\/(sessions|\.well-known)(\/|$)/;

const referTo = (name: keyof typeof HEADERS) => ({ $ref: `#/components/parameters/${name}` });

function describeHeaders(document: OpenAPIObject): void {
  document.components = { ...document.components, parameters: HEADERS as never };
  for (const [address, path] of Object.entries(document.paths))
    for (const method of METHODS) {
      const operation = path[method];
      if (!operation || WITHOUT_HEADERS.test(address)) continue;
      operation.parameters = [
        ...(operation.parameters ?? []),
        referTo('ConsistencyToken'),
        referTo('Prefer'),
        ...(method === 'get' ? [] : [referTo('IdempotencyKey')]),
      ];
    }
}

/** `orders.place`, `userOrders.products`: an operation's name is the same for ever and there is none like it. */
const operationId = (controller: string, method: string): string =>
  `${controller.replace(/Controller$/, '').replace(/^./, first => first.toLowerCase())}.${method}`;

function describeErrors(document: OpenAPIObject): void {
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM as never },
  };
  for (const path of Object.values(document.paths))
    for (const method of METHODS) if (path[method]) path[method].responses['default'] ??= ERROR_ANSWER;
}

/** `x-problems` lists every code that an error can have: the gateway makes a page of each. */
export function openApiDocument(
  app: INestApplication,
  title: string,
  problems: Readonly<Record<string, ProblemKind>> = {},
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setVersion('1.0.0')
    .setOpenAPIVersion('3.1.0')
    .setDescription(
      'Errors are RFC 9457 problem documents. Writes answer with a Consistency-Token; a read that sends it shows at least that write.',
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationId });
  describeHeaders(document);
  describeErrors(document);
  return Object.assign(document, { 'x-problems': { ...commonProblems, ...problems } });
}
