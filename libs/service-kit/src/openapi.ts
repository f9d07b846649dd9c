/** A service's OpenAPI 3.1 document, made from its controllers and request classes when it is first asked for. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { commonProblems, type ProblemKind } from './problems/problem';

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
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: (_, method) => method });
  return Object.assign(document, { 'x-problems': { ...commonProblems, ...problems } });
}
