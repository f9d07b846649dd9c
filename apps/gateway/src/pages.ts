/** The pages a person sees: the front page, the documentation, and one page for every kind of problem. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { asyncApiDocument } from '@foldline/contracts';
import { problem } from '@foldline/service-kit';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ASSETS, readDocument, type ApiDocument } from './assets';

const CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; frame-ancestors 'none'; base-uri 'none'";

const escaped = (text: string): string => text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#222;background:#fff}code{background:#f2f2f2;padding:.1em .3em}a{color:#0b57d0}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}code{background:#2a2a2a}a{color:#8ab4f8}}</style></head>
<body><main>${body}</main></body></html>`;

const html = (reply: FastifyReply, text: string): FastifyReply =>
  reply
    .header('content-security-policy', CSP)
    .header('cache-control', 'no-cache')
    .type('text/html; charset=utf-8')
    .send(text);

const FRONT = `<h1>Foldline</h1><p>A small shop built as event-sourced CQRS microservices.</p><ul>
<li><a href="/docs">Try every call</a></li><li><a href="/openapi.json">The API as OpenAPI 3.1</a></li><li><a href="/asyncapi.json">The events as AsyncAPI 3</a></li><li><a href="/products">The products</a></li><li><a href="/problems">What can go wrong</a></li></ul>`;

const DOCS = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Foldline API</title><link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<style>#sign-in{font:14px system-ui,sans-serif;max-width:1460px;margin:1rem auto;padding:0 20px}#sign-in input,#sign-in button{font:inherit;padding:.3em .6em}</style></head>
<body><form id="sign-in"><label>E-mail <input name="email" type="email" autocomplete="username" required></label> <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button> <output>Then every call below can be tried. Without an account: POST /users.</output></form>
<div id="swagger-ui"></div><script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>`;

function problemPages(instance: FastifyInstance, problems: ApiDocument['x-problems']): void {
  instance.get('/problems', async (_, reply) =>
    html(
      reply,
      page(
        'Problems',
        `<h1>Problems</h1><ul>${Object.entries(problems)
          .map(([code, { title }]) => `<li><a href="/problems/${code}">${code}</a> ${escaped(title)}</li>`)
          .join('')}</ul>`,
      ),
    ),
  );
  instance.get<{ Params: { code: string } }>('/problems/:code', async ({ params }, reply) => {
    const kind = Object.hasOwn(problems, params.code) ? problems[params.code] : undefined;
    if (!kind) throw problem('not-found');
    const retry = kind.retryable ? '<p>The same request may succeed later.</p>' : '';
    return html(
      reply,
      page(
        kind.title,
        `<h1>${escaped(kind.title)}</h1><p>Status <code>${kind.status}</code>, code <code>${params.code}</code></p><p><b>What to do:</b> ${escaped(kind.cure)}</p>${retry}<p><a href="/problems">All problems</a></p>`,
      ),
    );
  });
}

export async function registerPages(instance: FastifyInstance, publicUrl: string): Promise<void> {
  const document = readDocument();
  const text = JSON.stringify(document);
  instance.get('/', async (_, reply) => html(reply, page('Foldline', FRONT)));
  instance.get('/openapi.json', async (_, reply) =>
    reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(text),
  );
  const events = JSON.stringify(asyncApiDocument(publicUrl));
  instance.get('/asyncapi.json', async (_, reply) =>
    reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(events),
  );
  const start = readFileSync(join(ASSETS, 'docs.js'), 'utf8');
  instance.get('/docs', async (_, reply) => html(reply, DOCS));
  instance.get('/docs/start.js', async (_, reply) => reply.type('text/javascript; charset=utf-8').send(start));
  problemPages(instance, document['x-problems']);
  const assets = dirname(createRequire(__filename).resolve('swagger-ui-dist/package.json'));
  const files = {
    decorateReply: false,
    index: false as const,
    list: false,
    dotfiles: 'ignore' as const,
    wildcard: true,
  };
  await instance.register(fastifyStatic, { ...files, root: assets, prefix: '/docs/assets/', maxAge: '1d' });
  await instance.register(fastifyStatic, {
    ...files,
    root: join(ASSETS, 'images'),
    prefix: '/images/',
    maxAge: '1h',
    // A picture opened by itself must not run anything.
    setHeaders: reply => {
      void reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    },
  });
}
