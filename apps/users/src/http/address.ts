/** Whose request it is, for limits: the gateway on this machine says so, nobody else is believed. */
import type { FastifyRequest } from 'fastify';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const PRIVATE = /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|::ffff:(10\.|172\.|192\.168\.)|f[cd])/;

/** The gateway replaces every forwarded-for header from outside, so the one it sends holds exactly one address. */
export function addressOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): string {
  const forwarded = headers['x-forwarded-for'];
  return (LOOPBACK.test(ip) || PRIVATE.test(ip)) && typeof forwarded === 'string' && forwarded.length < 64
    ? forwarded
    : ip;
}
