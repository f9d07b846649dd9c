/**
 * API composition as teams write it: owners that answer for their own rows over HTTP and over NATS, and a service that asks
 * them for each request. NestJS on Fastify everywhere, keep-alive connections, products asked for in one call.
 */
import 'reflect-metadata';
import { Controller, Get, Inject, Module, Param, Query, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { connect, JSONCodec } from 'nats';
import { Pool } from 'pg';
import { Pool as HttpPool } from 'undici';
import { setTimeout as pause } from 'node:timers/promises';

export type Owner = 'users' | 'products' | 'orders';

/** What an owner is asked for: rows of one key, or of several separated by commas. */
type Ask = (owner: Owner, key: string) => Promise<readonly Record<string, unknown>[]>;

/** The owners' rows, taken from their own logs. */
export const OWNED_TABLES: Readonly<Record<Owner, string>> = {
  users: `
    create schema peer;
    create table peer.users as select (data->>'userId')::uuid as id, data->'personal'->>'displayName' as display_name
      from log.events where type = 'UserSignedUp';
    alter table peer.users add primary key (id)`,
  products: `
    create schema peer;
    create table peer.products as select (data->>'productId')::uuid as id, data->>'title' as title, data->>'image' as image,
      (data->>'price')::bigint as price, data->>'currency' as currency from log.events where type = 'ProductListed';
    alter table peer.products add primary key (id)`,
  orders: `
    create schema peer;
    create table peer.purchases as select (data->>'userId')::uuid as user_id, (item->>'productId')::uuid as product_id,
      sum((item->>'quantity')::int)::int as quantity, sum((item->>'quantity')::int * (item->>'unitPrice')::bigint)::bigint as spent,
      min(data->>'currency') as currency, min((data->>'placedAt')::timestamptz) as first_purchased_at,
      max((data->>'placedAt')::timestamptz) as last_purchased_at, count(*)::int as order_count
      from log.events, jsonb_array_elements(data->'items') item where type = 'OrderConfirmed' group by 1, 2;
    alter table peer.purchases add primary key (user_id, product_id);
    create index on peer.purchases (user_id, last_purchased_at desc, product_id desc)`,
};

const ROWS: Readonly<Record<Owner, string>> = {
  users: 'select id, display_name from peer.users where id = any($1::uuid[])',
  products: 'select id, title, image, price, currency from peer.products where id = any($1::uuid[])',
  orders: `select product_id, quantity, spent, currency, first_purchased_at, last_purchased_at, order_count
    from peer.purchases where user_id = any($1::uuid[]) order by last_purchased_at desc, product_id desc limit 20`,
};

const ROWS_OF_OWNER = Symbol('rows');
const ASK = Symbol('ask');
const OWNER_TIMEOUT_MS = 2_000;

@Controller()
class OwnerController {
  constructor(@Inject(ROWS_OF_OWNER) private readonly rows: (key: string) => Promise<object[]>) {}
  @Get('rows')
  answer(@Query('key') key: string): Promise<object[]> {
    return this.rows(key);
  }
}

@Controller('users')
class CompositionController {
  constructor(@Inject(ASK) private readonly ask: Ask) {}

  @Get(':id/products')
  async products(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    try {
      const [[user], bought] = await Promise.all([this.ask('users', id), this.ask('orders', id)]);
      if (!user) return void reply.code(404).send({ code: 'unknown-user' });
      const details = await this.ask('products', bought.map(row => row['product_id']).join());
      const byId = new Map(details.map(row => [row['id'], row]));
      const items = bought.map(row => {
        const product = byId.get(row['product_id'])!;
        return {
          productId: row['product_id'],
          title: product['title'],
          image: product['image'],
          price: { amount: Number(product['price']), currency: product['currency'] },
          quantity: Number(row['quantity']),
          spent: { amount: Number(row['spent']), currency: row['currency'] },
          firstPurchasedAt: row['first_purchased_at'],
          lastPurchasedAt: row['last_purchased_at'],
          orderCount: row['order_count'],
        };
      });
      reply.send({ items, pending: 0, next: null });
    } catch {
      reply.code(503).send({ code: 'owner-does-not-answer' });
    }
  }
}

@Module({})
class PeerModule {}

async function listen(controller: new (...parts: never[]) => object, provide: symbol, useValue: unknown, port: number) {
  const module = { module: PeerModule, controllers: [controller], providers: [{ provide, useValue }] };
  const app = await NestFactory.create(module, new FastifyAdapter() as never, { logger: false });
  await app.listen(port, '127.0.0.1');
}

const codec = JSONCodec<unknown>();

/** Told `{delayMs}` by the bench, it answers so much later. */
export async function ownerPeer(owner: Owner, port: number): Promise<void> {
  const pool = new Pool({ connectionString: process.env.PEER_DATABASE_URL, max: 10, options: '-c jit=off' });
  let delayMs = 0;
  process.on('message', message => ({ delayMs } = message as { delayMs: number }));
  const rows = async (key: string): Promise<object[]> => {
    if (delayMs > 0) await pause(delayMs);
    return (await pool.query({ name: owner, text: ROWS[owner], values: [key.split(',')] })).rows as object[];
  };
  const nats = await connect({ servers: process.env.PEER_NATS_URL! });
  nats.subscribe(`peer.${owner}`, {
    callback: (_error, message) =>
      void rows(message.string()).then(
        found => message.respond(codec.encode(found)),
        () => undefined,
      ),
  });
  await listen(OwnerController, ROWS_OF_OWNER, rows, port);
}

/** (a): one HTTP call to each owner; their addresses in PEER_OWNERS. */
export async function httpComposition(port: number): Promise<void> {
  const urls = JSON.parse(process.env.PEER_OWNERS!) as Record<Owner, string>;
  const options = { connections: 64, bodyTimeout: OWNER_TIMEOUT_MS, headersTimeout: OWNER_TIMEOUT_MS };
  const pools = { users: urls.users, products: urls.products, orders: urls.orders };
  const http = new Map(Object.entries(pools).map(([owner, url]) => [owner, new HttpPool(url, options)]));
  const ask: Ask = async (owner, key) => {
    const { statusCode, body } = await http.get(owner)!.request({ method: 'GET', path: `/rows?key=${key}` });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${owner} answered ${statusCode}`);
    return JSON.parse(text) as Record<string, unknown>[];
  };
  await listen(CompositionController, ASK, ask, port);
}

/** (b): one request over NATS to each owner. */
export async function natsComposition(port: number): Promise<void> {
  const nats = await connect({ servers: process.env.PEER_NATS_URL! });
  const ask: Ask = async (owner, key) =>
    (await nats.request(`peer.${owner}`, Buffer.from(key), { timeout: OWNER_TIMEOUT_MS })).json();
  await listen(CompositionController, ASK, ask, port);
}
