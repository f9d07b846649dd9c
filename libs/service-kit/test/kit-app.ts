/** A small service on the kit: one of every kind of route, a key that tokens are signed with, and nothing behind it. */
import { Body, Controller, Delete, Get, Module, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import type { Role, UserId } from '@foldline/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  AccessTokens,
  AdminOnly,
  commandOf,
  commonSettings,
  CurrentUser,
  Email,
  Id,
  IdParam,
  KeyRing,
  MoneyField,
  MoneyRule,
  NestedList,
  newId,
  Optional,
  Public,
  QueryNumber,
  readConfig,
  SelfOrAdmin,
  sendAnswer,
  SignedIn,
  signAccessToken,
  startService,
  Text,
  wantedPositions,
  WholeNumber,
  type CommonConfig,
  type HttpSettings,
  type Recheck,
  type Principal,
  type RunningService,
} from '@foldline/service-kit';

export class LineBody {
  @Id() productId: string;
  @WholeNumber(0, 1000) quantity: number;
}

export class ThingBody {
  @NestedList(() => LineBody, 1, 50) lines: LineBody[];
  @Optional() @MoneyRule() price?: MoneyField;
  @Optional() @Text(1, 200) title?: string;
  @Optional() @Email() email?: string;
}

export class ChangeBody {
  @Optional() @Text(1, 200) title?: string;
}

export class ThingsQuery {
  @QueryNumber(1, 100, 20, 'Most of a page') limit: number;
  @Optional() @Text(1, 100) q?: string;
}

@Controller('things')
export class ThingsController {
  /** What the handlers were given, so that a test can tell that nothing reached them. */
  static seen: unknown[] = [];
  static release: () => void = () => undefined;

  @Post() @Public() make(@Body() body: ThingBody, @Req() { context }: FastifyRequest): unknown {
    ThingsController.seen.push(body);
    return { body, context };
  }
  @Get() @Public() list(@Query() query: ThingsQuery, @Req() { context }: FastifyRequest): unknown {
    return { query, context };
  }
  @Get('mine') @SignedIn() mine(@CurrentUser() user: Principal): Principal {
    return user;
  }
  @Get('fails') @Public() fails(): never {
    throw new Error('relation "log.events" does not exist: SELECT secret');
  }
  @Get('slow') @Public() async slow(): Promise<object> {
    await new Promise<void>(done => (ThingsController.release = done));
    return {};
  }
  @Get('token') @Public() token(@Req() request: FastifyRequest): unknown {
    return wantedPositions(request);
  }
  @Get('plain') @AdminOnly() plain(): object {
    return { fine: true };
  }
  @Post('commands/:id') @SignedIn() command(
    @Param('id') _: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): FastifyReply {
    return sendAnswer(reply, { status: 200, body: { ...commandOf(request, reply) } });
  }
  @Get(':id') @SelfOrAdmin() read(@IdParam() id: string): object {
    return { id };
  }
  @Patch(':id') @Public() change(@IdParam() id: string, @Body() body: ChangeBody): object {
    return { id, ...body };
  }
  @Post(':id/cancellation') @Public() cancel(@IdParam() id: string): object {
    return { id };
  }
  @Delete(':id') @AdminOnly() remove(@IdParam() id: string): object {
    return { id };
  }
}

@Module({})
class ThingsModule {}

export interface KitApp extends RunningService {
  readonly key: { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey; readonly kid: string };
  tokenOf(role?: Role, userId?: string): Promise<string>;
}

export interface KitAppParts {
  readonly recheck?: Recheck;
  readonly controllers?: readonly (new () => object)[];
  readonly http?: Partial<HttpSettings>;
}

export const testConfig = (settings: Partial<CommonConfig> = {}): CommonConfig => ({
  ...readConfig(commonSettings, { PORT: '1', LOG_LEVEL: 'fatal' }),
  PORT: 0,
  ...settings,
});

export async function startKitApp(
  settings: Partial<CommonConfig> = {},
  { recheck, controllers = [ThingsController], http }: KitAppParts = {},
): Promise<KitApp> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'key-1' };
  const keys = new KeyRing({ load: async () => [jwk], save: async () => undefined }, []);
  const config = testConfig(settings);
  const service = await startService('things', config, async () => ({
    module: { module: ThingsModule, controllers: [...controllers] },
    tokens: new AccessTokens(keys, config.TOKEN_ISSUER),
    ...(recheck && { recheck }),
    ...(http && { http }),
  }));
  const key = { privateKey, publicKey, kid: 'key-1' };
  const tokenOf = (role: Role = 'customer', userId: string = newId()): Promise<string> =>
    signAccessToken(key, config.TOKEN_ISSUER, { userId: userId as UserId, role }, newId());
  return { ...service, key, tokenOf };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies of every shape
  readonly body: any;
}

export interface Call {
  readonly payload?: string | Buffer | object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Through Fastify without a socket. */
export const callOn =
  ({ app }: RunningService) =>
  async (method: string, url: string, { payload, headers }: Call = {}): Promise<Answer> => {
    const answer = await app.inject({
      method: method as 'GET',
      url,
      ...(payload !== undefined && { payload }),
      ...(headers && { headers }),
    });
    let body: unknown;
    try {
      body = JSON.parse(answer.payload);
    } catch {
      body = undefined;
    }
    return { status: answer.statusCode, headers: answer.headers, text: answer.payload, body };
  };

const INSIDES = /(at .+\.(ts|js):\d+|node_modules|SELECT |relation "|syntax error|Unexpected token|FST_)/;

/** A whole problem document of one of these statuses, with ids to find it by and nothing of the inside. */
export function expectProblem(answer: Answer, status: number, code?: string): void {
  expect(`${answer.status} ${answer.text}`).toMatch(new RegExp(`^${status} `));
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.headers['x-request-id']).toEqual(expect.stringMatching(/^[\w.-]{1,64}$/));
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.body).toMatchObject({
    type: `http://127.0.0.1:8080/problems/${answer.body.code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    instance: expect.any(String),
    code: code ?? expect.any(String),
    retryable: expect.any(Boolean),
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(answer.text).not.toMatch(INSIDES);
}
